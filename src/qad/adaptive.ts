import { MlcError } from '../errors.js'
import type { Desk } from './answers.js'
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
    batchSize: options.write?.batchSize ?? 1,
    chart: () => readChart(tenant, options.reads),
    balances: (period) => readBalances(tenant, options.reads, period),
    posted: (period) => readPosted(tenant, options.reads, period),
    post: async (references) => postReferences(references, tenant, deskOf(options)),
    close: () => tenant.close(),
  }
}

function deskOf({ write, reads, limits }: AdaptiveOptions): Desk {
  if (!write) throw new MlcError('MLC-C012', 'mlc.yaml has no section qad.write, so nothing can be posted')
  return { write, reads, limits }
}
