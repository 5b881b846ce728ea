import type { Claim } from '../../audit/proof.js'
import { readAudit } from '../../audit/read.js'
import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import { formatPeriod, parsePeriod, type Period } from '../../model/period.js'
import type { Reference } from '../../model/reference.js'

/** What QAD was asked for, and showed. */
export interface AnchorsInQad {
  readonly claims: readonly Claim[]
  /** Keys that were posted with an anchor which QAD does not show. */
  readonly notShown: readonly string[]
}

/**
 * The heads of the audit that references in QAD carry: of all periods in which the audit says something was sent.
 * @throws MLC-C012 where no reference can carry one, or the read of references lacks the text in which one was sent
 */
export async function anchorsInQad(folder: string, context: Context): Promise<AnchorsInQad> {
  if (!(await context.systems()).includes('qad')) throw noSystem()
  const { target } = await context.settings()
  const ledger = (await context.reading()).ledger()
  const { periods, anchored, absent } = await sentBy(folder)
  if (anchored.size === 0 && TEXTS.every((name) => (target.anchorRoom?.[name] ?? null) === null)) throw noCarrier()
  const claims: Claim[] = []
  for (const period of periods) {
    for await (const posted of ledger.posted(period)) {
      const missing = [...anchored.values()].find((name) => posted[name] === undefined)
      if (missing !== undefined) throw unread(missing, target.movements ?? false)
      for (const name of TEXTS) {
        const hash = ANCHOR.exec(posted[name] ?? '')?.[1]
        if (hash !== undefined)
          claims.push({ kind: 'anchor', records: null, hash, by: `QAD ${posted.key}`, key: posted.key })
      }
    }
  }
  const shown = new Set(claims.map(({ key }) => key?.toUpperCase()))
  return {
    claims: distinct(claims),
    notShown: [...anchored.keys()].filter((key) => !shown.has(key) && !absent.has(key)),
  }
}

const TEXTS = ['description', 'source'] as const
type Text = (typeof TEXTS)[number]
const ANCHOR = /(?:^|\s)audit:([0-9a-f]{16})\s*$/

function noSystem(): MlcError {
  return new MlcError('MLC-C012', 'mlc.yaml names no QAD that could be asked, so none carries an anchor', {
    fix: 'Leave --qad out, and keep the output of mlc audit anchor elsewhere.',
  })
}

function noCarrier(): MlcError {
  return new MlcError(
    'MLC-C012',
    'qad.write.fields names neither description nor source, so no reference carries an anchor',
    {
      fix: 'Add description (or source) to qad.write.fields and to qad.reads.posted.columns: later runs then post anchors.',
    },
  )
}

/** The text that carried an anchor, and no other, has to be read. */
function unread(text: Text, isJournal: boolean): MlcError {
  const field = isJournal ? 'the {{description}} of the template' : `the field of qad.write.fields.${text}`
  return new MlcError('MLC-C012', `runs posted their anchors as ${text}, and qad.reads.posted has no column ${text}`, {
    fix: `Add ${text} to qad.reads.posted.columns: the column in which QAD shows ${field}.`,
  })
}

interface Sent {
  readonly periods: readonly Period[]
  /** Keys that were sent with an anchor → the text that carried it. */
  readonly anchored: ReadonlyMap<string, Text>
  /** Those of them that QAD need not hold, or not as they were sent. */
  readonly absent: ReadonlySet<string>
}

async function sentBy(folder: string): Promise<Sent> {
  const periods = new Set<string>()
  const anchored = new Map<string, Text>()
  const absent = new Set<string>()
  for await (const { event, key, data } of readAudit(folder)) {
    if (key === null) continue
    if (AS_SENT.has(event)) absent.delete(key)
    else absent.add(key)
    const { reference } = data
    if (event !== 'record.sent' || !isReference(reference)) continue
    periods.add(formatPeriod(reference))
    const text = TEXTS.find((name) => ANCHOR.test(reference[name]))
    if (text !== undefined) anchored.set(key, text)
  }
  return { periods: [...periods].sort().flatMap((text) => parsePeriod(text) ?? []), anchored, absent }
}

/** After these and no others, QAD shows what was sent. */
const AS_SENT: ReadonlySet<string> = new Set(['record.posted', 'record.same'])

function isReference(value: unknown): value is Reference {
  if (typeof value !== 'object' || value === null) return false
  const { year, period, description, source } = value as Partial<Reference>
  return (
    [year, period].every((one) => typeof one === 'number') &&
    [description, source].every((one) => typeof one === 'string')
  )
}

/** A read of one period may show references of others, so the next one shows them again. */
function distinct(claims: readonly Claim[]): readonly Claim[] {
  return [...new Map(claims.map((claim) => [claim.by, claim])).values()]
}
