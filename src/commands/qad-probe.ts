import type { Candidate, Context, Fact, QadProbe, Verdict } from '../context.js'
import { CATALOGUE, EXIT } from '../errors.js'
import { table, type Column } from '../terminal/table.js'
import { visible } from '../terminal/sanitise.js'
import { wrap } from '../terminal/wrap.js'
import { formatFlag, type CommonFlags } from './flags.js'

/** `mlc qad probe`: what of QAD is as mlc.yaml has it, by reads alone; exit 6 when QAD was seen to do otherwise. */
export async function runProbe(flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const progress = context.terminal.progress('looking at QAD; nothing is written')
  const probe = await context.qadProbe().finally(() => progress.stop())
  const exitCode = exitOf(probe.facts)
  const width = context.columns(flags)
  const text = format === 'json' ? `${JSON.stringify(asJson(probe, exitCode))}\n` : await page(probe, width)
  await context.data(flags, text)
  if (format === 'table') context.terminal.note(`${summary(probe.facts)}; nothing was written`)
  return exitCode
}

/** A right that is denied is what a person has to see to first. */
function exitOf(facts: readonly Fact[]): number {
  const wrong = facts.filter(({ verdict }) => verdict === 'contradicted')
  if (wrong.length === 0) return EXIT.done
  const isDenied = wrong.some(({ code }) => code !== null && CATALOGUE[code].category === 'auth')
  return isDenied ? EXIT.auth : EXIT.guard
}

function asJson({ kind, baseUrl, domain, entity, at, facts, candidates, isProven }: QadProbe, exitCode: number) {
  return {
    ...{ schema: 'mlc/qad-probe/1', exit_code: exitCode, kind, baseUrl, domain, entity, at },
    summary: { confirmed: 0, assumed: 0, contradicted: 0, ...counts(facts) },
    /** True: an empty answer of `posted` counts as absence from now on. */
    postedProven: isProven,
    reads: Object.fromEntries(readsOf(facts)),
    facts,
    candidates,
  }
}

const READS = ['glAccounts', 'costCentres', 'periods', 'balances', 'posted', 'daybooks'] as const

/** One word for each read: the worst that is known of it. */
function readsOf(facts: readonly Fact[]): readonly (readonly [string, { readonly verdict: Verdict | 'absent' }])[] {
  return READS.map((name) => {
    const own = facts.filter(({ subject }) => subject === `reads.${name}`)
    const isThere = own.some(({ rule, verdict }) => rule !== 'configured' && verdict !== undefined)
    const verdict = (['contradicted', 'assumed'] as const).find((one) => own.some((fact) => fact.verdict === one))
    const rows = own.find(({ rule }) => rule === 'rows')
    const seen = rows === undefined ? {} : { evidence: rows.evidence, rows: rows.verdict }
    return [name, { verdict: isThere ? (verdict ?? 'confirmed') : 'absent', ...seen }] as const
  })
}

function counts(facts: readonly Fact[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const { verdict } of facts) found[verdict] = (found[verdict] ?? 0) + 1
  return found
}

function summary(facts: readonly Fact[]): string {
  const { confirmed = 0, assumed = 0, contradicted = 0 } = counts(facts)
  return `${confirmed} confirmed, ${assumed} assumed, ${contradicted} contradicted`
}

const COLUMNS: readonly Column[] = ['verdict', 'of', 'rule', 'seen'].map((title) => ({ title, align: 'left' }))

async function page({ facts, candidates }: QadProbe, width: number | null): Promise<string> {
  const rows = facts.map(({ verdict, subject, rule, evidence }) => [verdict, subject, rule, evidence])
  const parts = [await table(COLUMNS, rows, width)]
  for (const verdict of ['contradicted', 'assumed'] as const) {
    const lines = facts.filter((fact) => fact.verdict === verdict).flatMap(bearingLines)
    if (lines.length > 0) parts.push(paragraph(TITLES[verdict], lines, width))
  }
  if (candidates.length > 0) parts.push(paragraph('Candidates: not in mlc.yaml', candidates.flatMap(offerLines), width))
  return parts.join('\n')
}

const TITLES = {
  contradicted: 'Contradicted: change this first',
  assumed: 'Assumed: what hangs on it',
}

function bearingLines({ subject, rule, meaning, change, code }: Fact): readonly string[] {
  const head = `  ${subject}, ${rule}: ${meaning ?? ''}${code === null ? '' : `  ${code}`}`
  return change === null ? [head] : [head, `    change: ${change}`]
}

function offerLines({ for: what, evidence, config }: Candidate): readonly string[] {
  return [`  ${what}: ${evidence}`, `    ${config}`]
}

function paragraph(title: string, lines: readonly string[], width: number | null): string {
  const fitted = [title, ...lines].flatMap((line) => (width === null ? [line] : wrap(visible(line), width, 6)))
  return fitted.map((line) => `${visible(line)}\n`).join('')
}
