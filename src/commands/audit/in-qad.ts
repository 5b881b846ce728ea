import type { Claim } from '../../audit/proof.js'
import { readAudit } from '../../audit/read.js'
import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import { formatPeriod, parsePeriod, type Period } from '../../model/period.js'

/** The heads of the audit that references in QAD carry: of all periods in which the audit says something was sent. */
export async function anchorsInQad(folder: string, context: Context): Promise<readonly Claim[]> {
  const ledger = (await context.reading()).ledger()
  const claims: Claim[] = []
  let hasDescriptions = true
  for (const period of await periodsSent(folder)) {
    for await (const { key, description } of ledger.posted(period)) {
      hasDescriptions &&= description !== undefined
      const hash = /(?:^|\s)audit:([0-9a-f]{16})\s*$/.exec(description ?? '')?.[1]
      if (hash !== undefined) claims.push({ kind: 'anchor', records: null, hash, by: `QAD ${key}`, key })
    }
  }
  if (hasDescriptions) return distinct(claims)
  throw new MlcError('MLC-C012', 'qad.reads.posted names no column description, so QAD shows no anchor', {
    fix: 'Add description to qad.reads.posted.columns, and to qad.write.fields.',
  })
}

async function periodsSent(folder: string): Promise<readonly Period[]> {
  const texts = new Set<string>()
  for await (const { data } of readAudit(folder, { events: ['record.sent'] })) {
    const { reference } = data
    if (typeof reference !== 'object' || reference === null || !('year' in reference) || !('period' in reference))
      continue
    const { year, period } = reference
    if (typeof year === 'number' && typeof period === 'number') texts.add(formatPeriod({ year, period }))
  }
  return [...texts].sort().flatMap((text) => parsePeriod(text) ?? [])
}

/** A read of one period may show references of others, so the next one shows them again. */
function distinct(claims: readonly Claim[]): readonly Claim[] {
  return [...new Map(claims.map((claim) => [claim.by, claim])).values()]
}
