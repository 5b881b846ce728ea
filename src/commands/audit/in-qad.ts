import type { Claim } from '../../audit/proof.js'
import { readAudit } from '../../audit/read.js'
import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import { formatPeriod, parsePeriod, type Period } from '../../model/period.js'

/**
 * The heads of the audit that references in QAD carry: of all periods in which the audit says something was sent.
 * @throws MLC-C012 when the read of references lacks a text in which an anchor was sent
 */
export async function anchorsInQad(folder: string, context: Context): Promise<readonly Claim[]> {
  const ledger = (await context.reading()).ledger()
  const { periods, texts } = await sentBy(folder)
  const claims: Claim[] = []
  for (const period of periods) {
    for await (const posted of ledger.posted(period)) {
      const missing = [...texts].find((name) => posted[name] === undefined)
      if (missing !== undefined) throw unread(missing)
      for (const name of TEXTS) {
        const hash = ANCHOR.exec(posted[name] ?? '')?.[1]
        if (hash !== undefined)
          claims.push({ kind: 'anchor', records: null, hash, by: `QAD ${posted.key}`, key: posted.key })
      }
    }
  }
  return distinct(claims)
}

const TEXTS = ['description', 'source'] as const
type Text = (typeof TEXTS)[number]
const ANCHOR = /(?:^|\s)audit:([0-9a-f]{16})\s*$/

function unread(text: Text): MlcError {
  return new MlcError('MLC-C012', `qad.reads.posted names no column ${text}, so QAD shows no anchor`, {
    fix: `Add ${text} to qad.reads.posted.columns, and to qad.write.fields.`,
  })
}

interface Sent {
  readonly periods: readonly Period[]
  /** Those in which anchors were sent; a description where the audit knows of none. */
  readonly texts: ReadonlySet<Text>
}

async function sentBy(folder: string): Promise<Sent> {
  const periods = new Set<string>()
  const texts = new Set<Text>()
  for await (const { data } of readAudit(folder, { events: ['record.sent'] })) {
    const { reference } = data
    if (typeof reference !== 'object' || reference === null || !('year' in reference) || !('period' in reference))
      continue
    const { year, period, ...rest } = reference
    if (typeof year === 'number' && typeof period === 'number') periods.add(formatPeriod({ year, period }))
    const fields: Readonly<Record<string, unknown>> = rest
    for (const name of TEXTS) {
      const text = fields[name]
      if (typeof text === 'string' && ANCHOR.test(text)) texts.add(name)
    }
  }
  if (texts.size === 0) texts.add('description')
  return { periods: [...periods].sort().flatMap((text) => parsePeriod(text) ?? []), texts }
}

/** A read of one period may show references of others, so the next one shows them again. */
function distinct(claims: readonly Claim[]): readonly Claim[] {
  return [...new Map(claims.map((claim) => [claim.by, claim])).values()]
}
