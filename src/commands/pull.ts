import { MlcError } from '../errors.js'
import type { Context } from '../context.js'
import type { PullResult, SourceDefinition, SourceSpec } from '../looker/source.js'
import { absolute, compare, money, subtract, toText } from '../model/money.js'
import type { Field } from '../model/row.js'
import { describeSource } from '../pipeline/source-name.js'
import { groupDigits } from '../terminal/amount.js'
import type { RowOutput } from '../terminal/export/rows.js'
import { exactAmounts } from './exact-amounts.js'
import { fileFormatFlag, refuseTwice, zoneFlag, type CommonFlags } from './flags.js'
import { counted } from '../model/counted.js'

export interface PullFlags extends CommonFlags {
  readonly job?: string
  readonly period?: string
  /** True without an id: a person chooses. */
  readonly look?: string | true
  readonly dashboard?: string
  readonly model?: string
  readonly explore?: string
  readonly fields?: string
  readonly query?: string
  readonly filter: readonly string[]
  readonly sort: readonly string[]
  readonly limit: string
  readonly paging: SourceSpec['paging']
  readonly timezone?: string
  readonly estimate?: boolean
}

const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const

/** `mlc pull`: rows on stdout, what they are on stderr. With --job they also become the figures of a new run. */
export async function runPull(flags: PullFlags, context: Context): Promise<number> {
  if (flags.estimate === true) return (await import('./estimate.js')).runEstimate(flags, context)
  if (flags.dashboard !== undefined)
    return (await import('./pull-dashboard.js')).runDashboard(flags.dashboard, flags, context)
  const format = fileFormatFlag(flags, FORMATS)
  return flags.job === undefined ? pullByHand(flags, format, context) : pullForJob(flags.job, flags, format, context)
}

type Format = (typeof FORMATS)[number]

async function pullForJob(name: string, flags: PullFlags, format: Format, context: Context): Promise<number> {
  refuseQueryFlags(flags)
  const job = await context.job(name)
  const period = await context.period(flags.period)
  const ports = await context.open('pull', name)
  const run = ports.newRunId()
  const { pull } = await import('../pipeline/pull.js')
  const head = await context.ending(run, ports, () => pull(job, period, run, ports))
  await show({ run, definition: head.source, fields: head.pull.fields }, format, flags, context, async (output) => {
    for await (const batch of ports.store.rows(run)) output.write(batch)
    return head.pull
  })
  context.terminal.note(`run ${run}`)
  context.terminal.note(`Next: mlc map --job ${name}`)
  return 0
}

async function pullByHand(flags: PullFlags, format: Format, context: Context): Promise<number> {
  const spec = await specOfFlags(flags, context)
  const source = await context.source()
  const definition = await source.describe(spec)
  await show({ run: null, definition, fields: definition.fields }, format, flags, context, async (output) => {
    const stream = source.rows(spec, definition)
    for await (const batch of exactAmounts(stream, definition.fields)) {
      if (batch.length === 0) output.restart()
      else output.write(batch)
    }
    return stream.result()
  })
  return 0
}
interface Shown {
  readonly run: string | null
  readonly definition: SourceDefinition
  readonly fields: readonly Field[]
}

/** Shows the rows that `read` hands on, and then what they are: nothing of them when it fails. */
async function show(
  { run, definition, fields }: Shown,
  format: Format,
  flags: PullFlags,
  context: Context,
  read: (output: RowOutput) => Promise<PullResult>,
): Promise<void> {
  const { look, queryId, exploreUrl, definition: hash } = definition
  const head = { schema: 'mlc/pull/1', run, source: { look, queryId, exploreUrl, definition: hash } }
  const output = await context.rows({ format, path: flags.output, fields, head })
  try {
    const pulled = await read(output)
    const remarks = await output.finish({ members: membersOf(pulled), totals: sumsOf(pulled) })
    remark(pulled, definition, context)
    for (const text of remarks) context.terminal.note(text)
  } finally {
    output.discard()
  }
}

function membersOf({ complete, paging, requests, totals, fields, rows, notes, warnings = [] }: PullResult) {
  const shown = fields.map(({ name, type, label }) => ({ name, type, label }))
  return { complete, paging, requests, totals, fields: shown, rows, notes: [...notes, ...warnings] }
}

/** Totals that mean something: of plain sums and counts, and of more than one row. An average cannot be summed. */
function sumsOf({ totals, fields, complete, rows }: PullResult): Readonly<Record<string, string>> {
  if (!complete || rows < 2 || fields.every(({ kind }) => kind !== 'dimension')) return {}
  const summed = fields.filter(({ name, type }) => ADDITIVE.has(type) && totals[name] !== undefined)
  const shown = (type: string, total: string) => (type === 'count' ? total : withoutNoise(total))
  return Object.fromEntries(summed.map(({ name, type }) => [name, shown(type, totals[name] ?? '')]))
}

const ADDITIVE: ReadonlySet<string> = new Set(['sum', 'count'])

function remark(pulled: PullResult, definition: SourceDefinition, context: Context): void {
  const { totals, complete, requests, rows, fields } = pulled
  const { exploreUrl, timeZone } = definition
  const { terminal } = context
  const summed = fields.filter(({ name, type }) => type === 'sum' && totals[name] !== undefined)
  const sums = summed.map(({ name }) => `${name} ${groupDigits(withoutNoise(totals[name] ?? ''))}`)
  const of = sums.length > 0 ? `, total ${sums.join(', ')}` : ''
  terminal.note(`${describeSource(definition)}: ${counted(rows, 'row')}${of}`)
  if (complete) terminal.note(`complete: the result was not cut (${pulled.paging}, ${counted(requests, 'query call')})`)
  else terminal.warn(`not complete: there are more rows than the --limit shows`)
  terminal.note(`as of ${pulled.ranAt}, not from Looker's cache${timeZone ? `, time zone ${timeZone}` : ''}`)
  if (exploreUrl) terminal.note(`Explore: ${exploreUrl}`)
  for (const note of pulled.notes) terminal.note(`remark: ${note}`)
}

/** Values for the filters of a dashboard. @throws MLC-C006 for a flag that names another source, or changes a tile's query */
export function dashboardFilters(flags: PullFlags): Readonly<Record<string, string>> {
  const others = ['job', 'look', 'query', 'model', 'explore', 'fields', 'period'] as const
  const used: string[] = others.filter((name) => flags[name] !== undefined)
  if (flags.sort.length > 0) used.push('sort')
  if (flags.limit !== 'all') used.push('limit')
  if (used.length > 0) throw new MlcError('MLC-C006', `--${used.join(', --')} cannot be used with --dashboard`)
  return filtersOf(flags.filter)
}

/** The source that the flags name. @throws MLC-C006 */
export async function specOfFlags(flags: PullFlags, context: Context): Promise<SourceSpec> {
  const chosen = [flags.look, flags.query, flags.explore ?? flags.model].filter((choice) => choice !== undefined)
  if (chosen.length !== 1) {
    throw new MlcError(
      'MLC-C006',
      chosen.length === 0 ? 'mlc pull does not know what to pull' : 'mlc pull takes one source',
      {
        fix: 'Use one of --job NAME, --look ID, --dashboard ID, --query SLUG|URL|FILE.json, or --model M --explore E --fields a,b.',
      },
    )
  }
  if (flags.period !== undefined) {
    throw new MlcError('MLC-C006', '--period needs --job', {
      fix: 'Use --filter FIELD=VALUE to filter a Look or a query.',
    })
  }
  const base = {
    filters: filtersOf(flags.filter),
    sorts: flags.sort,
    timeZone: zoneFlag('--timezone', flags.timezone),
    paging: flags.paging,
    limit: limitOf(flags.limit),
  }
  if (flags.look !== undefined) {
    const look = flags.look === true ? await (await import('./choose-look.js')).chooseLook(context) : flags.look
    return { ...base, look, query: null, slug: null }
  }
  if (flags.query !== undefined && !flags.query.endsWith('.json'))
    return { ...base, look: null, query: null, slug: flags.query }
  if (flags.query !== undefined) return (await import('./query-file.js')).readQuery(flags.query, base)
  return { ...base, look: null, slug: null, query: inlineQuery(flags) }
}

function inlineQuery({ model, explore, fields }: PullFlags) {
  if (model === undefined || explore === undefined || fields === undefined) {
    throw new MlcError('MLC-C006', 'an Explore query needs --model, --explore and --fields')
  }
  const names = fields
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '')
  refuseTwice(names, '--fields')
  return { model, explore, fields: names }
}

/** @throws MLC-C006 for a field that is filtered twice: Looker takes one filter of a field, and which of two is meant nobody can tell */
function filtersOf(texts: readonly string[]): Readonly<Record<string, string>> {
  const filters = new Map<string, string>()
  for (const [field, value] of texts.map(pair)) {
    const before = filters.get(field)
    if (before !== undefined)
      throw new MlcError(
        'MLC-C006',
        `--filter of ${field} is given twice: ${JSON.stringify(before)} and ${JSON.stringify(value)}`,
        {
          fix: 'Write one --filter for each field; in a filter of Looker a comma means or.',
        },
      )
    filters.set(field, value)
  }
  return Object.fromEntries(filters)
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1)]
  throw new MlcError('MLC-C006', `--filter is ${JSON.stringify(text)}`, { fix: 'Write --filter field=value.' })
}

function limitOf(text: string): number | 'all' {
  if (text === 'all') return 'all'
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new MlcError('MLC-C006', `--limit is ${JSON.stringify(text)}`, { fix: 'Write --limit 500 or --limit all.' })
}

/** @throws MLC-C006 */
export function refuseQueryFlags(flags: PullFlags): void {
  const given = {
    look: flags.look,
    query: flags.query,
    model: flags.model,
    explore: flags.explore,
    fields: flags.fields,
    timezone: flags.timezone,
  }
  const used = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name}`)
  if (flags.filter.length > 0) used.push('--filter')
  if (flags.sort.length > 0) used.push('--sort')
  if (flags.limit !== 'all') used.push('--limit')
  if (used.length === 0) return
  throw new MlcError('MLC-C006', `${used.join(', ')} cannot be used with --job: a job says itself what it pulls`, {
    fix: 'Change the job in mlc.yaml, or leave out --job.',
  })
}

/** A total to the cent where only the noise of the warehouse's floating-point sums is beyond it; the exact text is in --json. */
function withoutNoise(total: string): string {
  const cents = toText(money(total), 2)
  return compare(absolute(subtract(money(total), money(cents))), NOISE) < 0 ? cents : total
}

const NOISE = money('0.000001')
