import { MlcError } from '../errors.js'
import type { FigureSource, PullResult, SourceDefinition, SourceSpec } from '../looker/source.js'
import { isoTime } from '../model/clock.js'
import { deliveryModeOf, type Job } from '../model/job.js'
import { formatPeriod, periodDates, type CalendarPeriod, type Period } from '../model/period.js'
import { createRowCheck, type RowCheck } from './check.js'
import { columnsOf, type PeriodScope } from './figures.js'
import { describeSource } from './source-name.js'
import { fillPlaceholders, placeholdersOf } from './placeholders.js'
import type { Ports, RowSink, RunHead } from './ports.js'

/** Runs the job's source and keeps its rows as a new run. Nothing is kept of a pull that is not complete and readable. */
export async function pull(job: Job, period: Period | null, run: string, ports: Ports): Promise<RunHead> {
  const startedAt = isoTime(ports.clock)
  const asked = period && formatPeriod(period)
  await ports.journal.append({
    event: 'run.started',
    run,
    job: job.name,
    key: null,
    data: { period: asked, ...because(ports) },
  })
  const pulled = await pullJob(job, period, await ports.store.begin(run), ports)
  const head: RunHead = {
    schema: 'mlc/run/1',
    run,
    job: job.name,
    period: asked,
    scope: scopeOf(job),
    startedAt,
    figure: job.figure,
    source: pulled.definition,
    filters: pulled.filters,
    pull: pulled.result,
    rowsHash: pulled.hash,
  }
  await ports.store.commit(head)
  await ports.journal.append({ event: 'pull.done', run, job: job.name, key: null, data: pullLine(head) })
  return head
}

export function because({ reason }: Ports): { readonly reason?: string } {
  return reason === null ? {} : { reason }
}

/** The pull of a job into any sink; `reconcile` uses it without making a run. */
export async function pullJob(job: Job, period: Period | null, sink: RowSink, ports: Ports) {
  const { spec, calendar } = await specOf(job, period, ports)
  const source = ports.source()
  const definition = await source.describe(spec)
  await checkDefinition(job, definition, ports)
  const scope: PeriodScope = {
    asked: period,
    within: scopeOf(job),
    calendar: await calendarFor(job, definition, calendar, ports),
  }
  const result = await drain(source, spec, definition, sink, createRowCheck(job.figure, scope))
  if (result.rows === 0 && job.source.onEmpty === 'fail') {
    throw new MlcError(
      'MLC-L020',
      `${describeSource(definition)} returned no rows${period ? ` for ${formatPeriod(period)}` : ''}`,
    )
  }
  return { definition, filters: spec.filters, result, hash: await sink.finish() }
}

/** Reads a source to its end. An answer that broke off is asked for again by the source, which then says so with an empty batch. */
export async function drain(
  source: Pick<FigureSource, 'rows'>,
  spec: SourceSpec,
  definition: SourceDefinition,
  sink: RowSink,
  check: RowCheck,
): Promise<PullResult> {
  const stream = source.rows(spec, definition)
  let number = 0
  for await (const batch of stream) {
    if (batch.length === 0) {
      sink.restart()
      number = 0
      continue
    }
    check(batch, number)
    number += batch.length
    sink.write(batch)
  }
  return stream.result()
}

/** Whether rows must belong to the very period asked for, or to its year: the filters of the source say which was asked. */
export function scopeOf(job: Job): 'period' | 'year' {
  const used = placeholdersOf(job)
  return used.has('year') && !['period', 'pp', 'start', 'end'].some((name) => used.has(name)) ? 'year' : 'period'
}

/** What the job asks of its source for a period, placeholders filled in; and QAD's calendar, where they need it. */
export async function specOf(
  job: Job,
  period: Period | null,
  ports: Pick<Ports, 'ledger'>,
): Promise<{ spec: SourceSpec; calendar: readonly CalendarPeriod[] | null }> {
  const { source } = job
  if (deliveryModeOf(source) === 'payload') throw nothingToPull(job)
  const used = placeholdersOf(job)
  const needsDays = used.has('start') || used.has('end')
  const calendar = needsDays ? await calendarOf(ports) : null
  const days = needsDays && period ? periodDates(period, calendar ?? []) : null
  const filters = { ...source.query?.filters, ...source.filters }
  const query = source.query && {
    model: source.query.model,
    explore: source.query.explore,
    fields: source.query.fields,
  }
  const spec = {
    look: source.look,
    query,
    slug: source.slug,
    filters: fillPlaceholders(filters, period, days),
    sorts: source.query?.sorts ?? [],
    timeZone: source.query?.timezone ?? null,
    paging: source.paging,
    control: source.controlTotal === 'always' ? ('always' as const) : ('needed' as const),
    // A filter that was dropped without a word would post the wrong figures.
    learnsFilters: true,
    limit: 'all' as const,
  }
  return { spec, calendar }
}

function nothingToPull({ name }: Job): MlcError {
  return new MlcError('MLC-I016', `job ${name} is fed by deliveries: its figures are delivered, not pulled`, {
    fix: `Take a delivered file with mlc ingest FILE --job ${name}, or keep mlc listen running; for a run of it use --run ID.`,
  })
}

/** Dates inside a row belong to a period of QAD's calendar; months and `YYYY-PP` need none. */
async function calendarFor(
  job: Job,
  definition: SourceDefinition,
  known: readonly CalendarPeriod[] | null,
  ports: Ports,
) {
  if (known) return known
  const type = definition.fields.find((field) => field.name === job.figure.period)?.type ?? ''
  return type.startsWith('date') && type !== 'date_month' ? calendarOf(ports) : []
}

async function calendarOf(ports: Pick<Ports, 'ledger'>): Promise<readonly CalendarPeriod[]> {
  return (await ports.ledger().chart()).periods ?? []
}

async function checkDefinition(job: Job, definition: SourceDefinition, ports: Ports): Promise<void> {
  const expected = job.source.expect.definition
  if (expected !== null && expected !== definition.definition) {
    const pinned = await ports.store.pinned(expected)
    throw new MlcError(
      'MLC-L026',
      `${describeSource(definition)} has changed since it was pinned (it is ${definition.definition}): ${whatChanged(pinned, definition)}`,
    )
  }
  const names = new Set(definition.fields.map((field) => field.name))
  const missing = columnsOf(job.figure).filter((column) => !names.has(column))
  if (missing.length > 0) {
    throw new MlcError(
      'MLC-P005',
      `${describeSource(definition)} has no column ${missing.join(', ')} (it has ${[...names].join(', ')})`,
    )
  }
}

/** `- ` what was asked when it was pinned, `+ ` what is asked now. */
function whatChanged(pinned: SourceDefinition | null, now: SourceDefinition): string {
  const before = pinned?.definitionLines ?? []
  const gone = before.filter((line) => !now.definitionLines.includes(line)).map((line) => `- ${line}`)
  const come = now.definitionLines.filter((line) => !before.includes(line)).map((line) => `+ ${line}`)
  if (pinned === null) return `no run here knows what it was; now it asks: ${now.definitionLines.join('; ')}`
  return [...gone, ...come].join('; ') || 'the same parts in another order'
}

function pullLine(head: RunHead) {
  const { look, title, model, explore, queryId, exploreUrl, timeZone, definition } = head.source
  const { rows, requests, paging, totals, control, appliedFilters, ranAt, notes, warnings = [] } = head.pull
  const { ownFilters } = head.source
  const source = { look, title, model, explore, queryId, exploreUrl, timeZone, definition, filters: head.filters }
  return {
    source,
    rows,
    complete: true,
    requests,
    paging,
    totals,
    control,
    appliedFilters,
    // What the API user is shown: its slice, not all there is.
    ownFilters,
    ranAt,
    notes: [...notes, ...warnings],
    rowsHash: head.rowsHash,
    // Which column is what: the run's folder may be gone when somebody asks.
    figure: head.figure,
  }
}
