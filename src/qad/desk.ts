import type { Desk } from './answers.js'
import type { AdaptiveOptions, BdocOptions } from './options.js'
import { renderRecords } from './record.js'

/** References as records of a component of the site's own. */
export function bdocDesk(write: BdocOptions, { reads, limits }: AdaptiveOptions): Desk {
  const { path, settleSeconds, fields } = write
  const field = (name: string) => fields[name] ?? ''
  return {
    ...{ path, settleSeconds, reads, validatePath: null, form: null },
    echo: { key: field('key'), domain: field('domain'), entity: field('entity'), amount: field('amount') },
    render: async (references) => renderRecords(references, write, limits),
  }
}
