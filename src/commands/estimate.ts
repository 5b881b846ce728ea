import { readAudit } from '../audit/read.js'
import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import type { Estimate, KnownRows, SourceDefinition, SourceSpec } from '../looker/source.js'
import { counted } from '../model/counted.js'
import { comparePeriods, formatPeriod, parsePeriod, type Period } from '../model/period.js'
import { specOf } from '../pipeline/pull.js'
import { describeSource } from '../pipeline/source-name.js'
import { table } from '../terminal/table.js'
import { formatFlag } from './flags.js'
import { refuseQueryFlags, specOfFlags, type PullFlags } from './pull.js'

/** `mlc pull --estimate`: about how many rows and how many query calls a pull, or one a period, would be. Pulls nothing. */
export async function runEstimate(flags: PullFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const asked = await askedBy(flags, context)
  const [first] = asked
  const source = await context.source()
  const definition = await source.describe(first.spec)
  const pulls = await earlierPulls(definition, context)
  const lines: Line[] = []
  for (const { period, spec } of asked) {
    const line = await lineOf(spec, pulls, asked.length > 1, (known) => source.estimate(spec, definition, known))
    lines.push({ ...line, period, rows: atMost(spec.limit, line.rows) })
  }
  if (format === 'json')
    await context.data(flags, `${JSON.stringify(await asObject(flags, definition, lines, context))}\n`)
  else await context.data(flags, await asTable(lines, context.columns(flags)))
  await remark(definition, lines, context)
  return 0
}

interface Asked {
  /** `YYYY-PP`; null where the source says itself what it pulls. */
  readonly period: string | null
  readonly spec: SourceSpec
}

interface Line extends Estimate {
  readonly period: string | null
  /** The same pull was made before; one with other filters was; Looker counted the records; nobody can tell. */
  readonly basis: 'same' | 'other' | 'count' | 'unknown'
}

async function askedBy(flags: PullFlags, context: Context): Promise<readonly [Asked, ...Asked[]]> {
  if (flags.job === undefined) return [{ period: null, spec: await specOfFlags(flags, context) }]
  refuseQueryFlags(flags)
  const job = await context.job(flags.job)
  const ports = await context.reading()
  const asked = async (period: Period | null) => {
    const { spec } = await specOf(job, period, ports)
    return { period: period && formatPeriod(period), spec }
  }
  const [first = null, ...others] = await periodsOf(flags.period, context)
  const rest: Asked[] = []
  for (const period of others) rest.push(await asked(period))
  return [await asked(first), ...rest]
}

/** `2026-01..2026-12` is every period from the first to the last; thirteenth periods are not among them. */
async function periodsOf(flag: string | undefined, context: Context): Promise<readonly (Period | null)[]> {
  const [from = '', to] = flag?.split('..') ?? []
  if (to === undefined) return [await context.period(flag)]
  const [first, last] = [parsePeriod(from), parsePeriod(to)]
  if (first === null || last === null || comparePeriods(first, last) > 0 || last.year - first.year > 20)
    throw new MlcError('MLC-C006', `--period is ${JSON.stringify(flag)}`, { fix: 'Write --period 2026-01..2026-12.' })
  const periods: Period[] = []
  for (let period = first; comparePeriods(period, last) <= 0; period = next(period)) periods.push(period)
  return periods
}

function next({ year, period }: Period): Period {
  return period >= 12 ? { year: year + 1, period: 1 } : { year, period: period + 1 }
}

interface EarlierPull {
  readonly rows: number
  readonly filters: string
}

/** What the audit tells of pulls of the very same question, newest first, whichever job asked it. */
async function earlierPulls({ definition }: SourceDefinition, context: Context): Promise<readonly EarlierPull[]> {
  const pulls: EarlierPull[] = []
  for await (const { data } of readAudit(await context.auditFolder(), { events: ['pull.done'] })) {
    const source = data['source'] as { readonly definition?: unknown; readonly filters?: unknown } | undefined
    const rows = data['rows']
    if (source?.definition !== definition || typeof rows !== 'number') continue
    pulls.unshift({ rows, filters: JSON.stringify(source.filters) })
  }
  return pulls
}

type Ask = (known: KnownRows | null) => Promise<Estimate>

/** Periods of a range are counted each for itself, as what another came to says nothing of it: only one pull takes that. */
async function lineOf(
  { filters }: SourceSpec,
  pulls: readonly EarlierPull[],
  isOneOfMany: boolean,
  ask: Ask,
): Promise<Omit<Line, 'period'>> {
  const same = pulls.find((pull) => pull.filters === JSON.stringify(filters))
  if (same) return { ...(await ask({ rows: same.rows, isExact: true })), basis: 'same' }
  const [other] = pulls
  if (isOneOfMany || !other) {
    const estimate = await ask(null)
    if (estimate.isCounted || !other) return { ...estimate, basis: estimate.isCounted ? 'count' : 'unknown' }
  }
  return { ...(await ask({ rows: other.rows, isExact: false })), basis: 'other' }
}

function atMost(limit: SourceSpec['limit'], rows: number | null): number | null {
  return limit === 'all' || rows === null ? rows : Math.min(limit, rows)
}

function sumOf(lines: readonly Line[]) {
  const sum = (value: (line: Line) => number) => lines.reduce((total, line) => total + value(line), 0)
  const isKnown = lines.every(({ rows }) => rows !== null)
  return {
    rows: isKnown ? sum(({ rows }) => rows ?? 0) : null,
    calls: { least: sum(({ calls }) => calls.least), most: sum(({ calls }) => calls.most) },
  }
}

async function asObject(flags: PullFlags, definition: SourceDefinition, lines: readonly Line[], context: Context) {
  const { look, model, explore, definition: hash } = definition
  const periods = lines.map(({ period, rows, basis, calls }) => ({ period, rows, basis, calls }))
  return {
    schema: 'mlc/estimate/1',
    job: flags.job ?? null,
    source: { look, model, explore, definition: hash },
    ...sumOf(lines),
    periods,
    spent: lines.filter(({ isCounted }) => isCounted).length,
    lookerCalls: await context.lookerCalls(),
  }
}

const COLUMNS = [
  { title: 'period', align: 'left' },
  { title: 'rows, about', align: 'right' },
  { title: 'query calls', align: 'right' },
  { title: 'known from', align: 'left' },
] as const

const BASIS: Record<Line['basis'], string> = {
  same: 'the same pull before',
  other: 'a pull with other filters',
  count: 'the records, which are at least as many',
  unknown: 'nothing: never pulled, and the Explore has no count',
}

async function asTable(lines: readonly Line[], width: number | null): Promise<string> {
  const cells = lines.map(({ period, rows, calls, basis }) => [period ?? '-', shown(rows), range(calls), BASIS[basis]])
  const { rows, calls } = sumOf(lines)
  const total = lines.length > 1 ? [['total', shown(rows), range(calls), '']] : []
  return table(COLUMNS, [...cells, ...total], width)
}

function shown(rows: number | null): string {
  return rows === null ? '?' : String(rows).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function range({ least, most }: Estimate['calls']): string {
  return least === most ? String(least) : `${least} to ${most}`
}

async function remark(definition: SourceDefinition, lines: readonly Line[], context: Context): Promise<void> {
  const { terminal } = context
  const spent = lines.filter(({ isCounted }) => isCounted).length
  const cost = spent === 0 ? 'no query call' : counted(spent, 'query call')
  terminal.note(`${describeSource(definition)}: nothing was pulled; this estimate cost ${cost}`)
  if (lines.some(({ calls }) => calls.most > calls.least))
    terminal.note(
      'the lower number, unless the rows come to a count at which Looker cuts answers: then mlc proves that they are all',
    )
  const used = await context.lookerCalls()
  if (used !== null) terminal.note(`${used.calls} query calls were sent to ${used.instance} in ${used.month} so far`)
}
