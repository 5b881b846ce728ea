import { MlcError } from '../errors.js'
import type { Chart } from '../model/chart.js'
import { readBalances, readPosted } from './books.js'
import { bdocDesk } from './desk.js'
import { journalDesk } from './journal/desk.js'
import { checkDaybook } from './journal/daybook.js'
import type { Ledger, Readiness } from './ledger.js'
import { readChart } from './masters.js'
import type { AdaptiveOptions } from './options.js'
import { postReferences } from './post.js'
import { readAnswer } from './read.js'
import { createTenant, type AdaptivePorts as TenantPorts, type Tenant } from './tenant.js'

export interface AdaptivePorts extends TenantPorts {
  /**
   * Compares what mlc.yaml names with the tenant's own Swagger document, which `document` reads under the base URL.
   * @throws MLC-Q041
   */
  readonly swagger?: (document: (path: string) => Promise<string>) => Promise<void>
}

/** QAD Adaptive over REST: browses for all reads; a custom business document or a journal for our references. @throws MLC-C007 */
export function createAdaptive(options: AdaptiveOptions, ports: AdaptivePorts): Ledger {
  const tenant = createTenant(options, ports)
  const { reads, write } = options
  const form = write?.target === 'journal' ? write : null
  let known: Chart | null = null
  let readiness: Promise<Readiness> | null = null
  let isConsented = false
  const chart = async () => (known = await readChart(tenant, reads))
  const desk = async () => {
    if (!write) throw new MlcError('MLC-C012', 'mlc.yaml has no section qad.write, so nothing can be posted')
    if (write.target === 'bdoc') return bdocDesk(write, options)
    return journalDesk(write, options, (known ?? (await chart())).periods ?? [])
  }
  return {
    canReadBack: Boolean(reads.posted),
    batchSize: write?.target === 'bdoc' ? write.batchSize : 1,
    chart,
    balances: (period, onStray) => readBalances(tenant, reads, period, onStray),
    posted: (period) => readPosted(tenant, reads, period, form),
    post: async (references) => postReferences(references, tenant, await desk()),
    ready: async () => {
      readiness ??= askReadiness(tenant, options, async () => known ?? (await chart()), ports)
      return isConsented ? { caution: null } : readiness
    },
    consent: () => void (isConsented = true),
    close: () => tenant.close(),
  }
}

async function askReadiness(
  tenant: Tenant,
  { write, reads }: AdaptiveOptions,
  chart: () => Promise<Chart>,
  { swagger }: AdaptivePorts,
): Promise<Readiness> {
  await swagger?.(async (path) => JSON.stringify(await readAnswer(tenant, path, 'the document of qad.swagger')))
  if (write?.target !== 'journal') return { caution: null }
  return checkDaybook(write, tenant, reads, (await chart()).accounts)
}
