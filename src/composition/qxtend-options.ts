import { needQxtend } from '../config/need.js'
import type { QadConfig } from '../config/schema.js'
import type { QxtendOptions } from '../qad/qxtend/options.js'
import type { QxtendDocuments } from '../qad/qxtend/qxtend.js'
import { separated } from '../qad/qxtend/qxtend.js'
import { readTemplate } from './qad-options.js'

/** The `qad:` section as the adapter for QXtend takes it. */
export function qxtendOptions(qad: QadConfig): QxtendOptions {
  const { domain, entity, auth, http, reads, limits } = qad
  const qxtend = needQxtend(qad)
  return {
    ...{ domain, entity, http, limits, qxtend },
    auth: { type: auth.type === 'basic' ? 'basic' : 'session_context' },
    reads: separated(reads, qxtend.decimalSeparator),
  }
}

/** The site's templates, read from their files. @throws MLC-C011, MLC-C017, MLC-C018 */
export function qxtendDocuments(qad: QadConfig): QxtendDocuments {
  const { queryTemplate } = needQxtend(qad)
  const { write } = qad
  const query = queryTemplate === null ? null : readTemplate(queryTemplate, 'query')
  if (write?.target !== 'journal') return { entry: null, query }
  const { daybook, offsetAccount, template } = write
  // The schema has seen to it that what the target needs is there.
  const form = { ...write, daybook: daybook ?? '', offsetAccount: offsetAccount ?? '' }
  return { entry: { ...form, template: readTemplate(template ?? '') }, query }
}
