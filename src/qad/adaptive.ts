import { readBalances, readPosted } from './books.js'
import type { Ledger } from './ledger.js'
import { readChart } from './masters.js'
import type { AdaptiveOptions } from './options.js'
import { postReferences } from './post.js'
import { createTenant, type AdaptivePorts } from './tenant.js'

/** QAD Adaptive over REST: browses for all reads, a custom business document for our references. @throws MLC-C007 */
export function createAdaptive(options: AdaptiveOptions, ports: AdaptivePorts): Ledger {
  const tenant = createTenant(options, ports)
  return {
    canReadBack: Boolean(options.reads.posted),
    batchSize: options.write.batchSize,
    chart: () => readChart(tenant, options.reads),
    balances: (period) => readBalances(tenant, options.reads, period),
    posted: (period) => readPosted(tenant, options.reads, period),
    post: (references) => postReferences(references, tenant, options),
    close: () => tenant.close(),
  }
}
