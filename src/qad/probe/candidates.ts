import { MlcError } from '../../errors.js'
import { counted } from '../../model/counted.js'
import { browsePage } from '../browse.js'
import type { ReadsOptions } from '../options.js'
import type { Tenant } from '../tenant.js'
import { refusalOf, type Candidate } from './fact.js'
import type { ReadName } from './rows.js'

/** Browses that QAD itself ships, by their codes in the lists of sites. None for accounts, balances and references: sites make these. */
const SHIPPED: Partial<Record<ReadName, readonly string[]>> = {
  costCentres: ['gp059'],
  periods: ['gl111', 'gl008', 'gl003'],
  daybooks: ['gl919', 'gl016', 'gl031'],
}

/** Asks the browses that QAD ships for a row, for each read that mlc.yaml leaves out, and shows their columns. */
export async function shippedBrowses(tenant: Tenant, reads: ReadsOptions): Promise<readonly Candidate[]> {
  const found: Candidate[] = []
  for (const [name, codes] of Object.entries(SHIPPED) as [ReadName, readonly string[]][]) {
    if (reads[name]) continue
    for (const code of codes) {
      const candidate = await candidateOf(tenant, name, `urn:browse:mfg:${code}`)
      if (candidate !== null) found.push(candidate)
    }
  }
  return found
}

async function candidateOf(tenant: Tenant, name: ReadName, browse: string): Promise<Candidate | null> {
  const wanted = { callId: tenant.uuid(), page: 1, pageSize: 1, filters: [] }
  const page = await browsePage(tenant, { browse, columns: {} }, wanted, `the browse ${browse}`).catch(refusalOf)
  if (page instanceof MlcError) return null
  const columns = Object.keys(page.rows[0] ?? {}).filter((column) => !/^local_variables\.|oid_|_rowid$/.test(column))
  if (columns.length === 0) return null
  return {
    for: `reads.${name}`,
    evidence: `${browse} answers rows with ${counted(columns.length, 'column')}: ${columns.slice(0, 12).join(', ')}`,
    config: `${name}: { browse: "${browse}", columns: { … } }`,
  }
}
