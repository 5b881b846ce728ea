import { createHash } from 'node:crypto'
import type { KnownDelivery } from '../audit/deliveries.js'
import { EXIT, MlcError } from '../errors.js'
import type { Delivery } from '../looker/delivery/delivery.js'
import type { Expected } from '../looker/delivery/source.js'
import { deliveryModeOf, type DeliveryMode, type Job } from '../model/job.js'
import { formatPeriod, parsePeriod, type Period } from '../model/period.js'
import type { Cell } from '../model/row.js'
import { columnsOf } from './figures.js'
import { findMissing, refuseFewer, refuseOlder } from './following.js'
import { hasPlaceholder, placeholdersOf } from './placeholders.js'
import type { Ports } from './ports.js'
import { because } from './pull.js'
import { refusalOf } from './push.js'
import { findConflicts, findRest } from './rest.js'
import { asMlcError, closeRun, syncJob, type JobReport, type SyncRequest } from './sync.js'

/** One delivery of a job, to be taken like a sync. */
export interface DeliveryRequest extends SyncRequest {
  readonly bytes: Uint8Array
  /** Name of the file; null for a webhook or a stream. */
  readonly name: string | null
  /** ISO time at which it came. */
  readonly receivedAt: string
  /** Looker's own repetition (webhook) and a file that still lies there (folder) are no news; what a person gives may be. */
  readonly from: 'hand' | 'folder' | 'webhook'
  /** What stopped it before it was looked at, such as a calendar that does not tell the period; it is refused for that. */
  readonly fault?: MlcError | null
  /** A person says that figures which are still to be posted and not in the delivery are gone. */
  readonly allowMissing?: boolean
}

/** Reads what was delivered. */
export interface DeliveryReader {
  /** @throws MLC-I010 */
  read(bytes: Uint8Array): Delivery
  /** The delivered rows as a source of figures. */
  source(delivery: Delivery, expected: Omit<Expected, 'labels'>): ReturnType<Ports['source']>
}

/** What became of a delivery. */
export interface DeliveryReport extends JobReport {
  readonly delivery: DeliveryNote
}

export interface DeliveryNote {
  readonly digest: string
  readonly name: string | null
  /** Null when it could not be told. */
  readonly format: string | null
  readonly plan: string | null
  readonly mode: DeliveryMode
  /**
   * now: its figures went the way of a sync, whatever became of them. before: an earlier run has posted them. empty: it has none.
   * refused: nothing of it was posted, and the error says why.
   */
  readonly taken: 'now' | 'before' | 'empty' | 'refused'
  /** Of a delivery taken before: records of its run that QAD does not hold as they were delivered. */
  readonly open?: number
  /** Figures that earlier runs wanted in QAD, and that are not in it. What QAD holds of them stays. */
  readonly missing?: number
}

/**
 * Takes one delivery: its figures, or those that it says are ready, go the way of a sync, under the same lock, audit and rules.
 * The same body is taken once. What stops the job is not thrown, but its `error`. @throws MLC-A001 when the audit cannot be written
 */
export async function deliver(request: DeliveryRequest, reader: DeliveryReader, ports: Ports): Promise<DeliveryReport> {
  const report = await take(request, reader, ports)
  const { error, push, delivery } = report
  if (error?.category !== 'guard' || push !== null) return report
  return { ...report, delivery: { ...delivery, taken: 'refused' } }
}

async function take(request: DeliveryRequest, reader: DeliveryReader, ports: Ports): Promise<DeliveryReport> {
  const { job, bytes, name, receivedAt } = request
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const mode = deliveryModeOf(job.source)
  const note: DeliveryNote = { digest, name, format: null, plan: null, mode: mode ?? 'payload', taken: 'now' }
  if (mode === null) return { ...reportOf(request, '', notFed(job)), delivery: note }
  const period = request.period && formatPeriod(request.period)
  const { fault = null } = request
  const known = fault === null ? await ports.history.deliveries(job.name) : []
  const before = takenBefore({ ...request, digest, period }, mode, known)
  if (before) {
    const open = await countOpen(job.name, before.run, ports)
    const told = { ...reportOf(request, before.run, null), delivery: { ...note, taken: 'before' as const, open } }
    return open > 0 ? { ...told, exitCode: EXIT.partial } : told
  }
  const run = ports.newRunId()
  const read = fault ?? readAs(job, bytes, reader)
  const delivery = read instanceof MlcError ? null : read
  const told: DeliveryNote = { ...note, format: delivery?.format ?? null, plan: delivery?.plan.id ?? null }
  await received(request, run, told, delivery, ports)
  if (delivery === null) return { ...(await refuse(request, run, read as MlcError, ports)), delivery: told }
  if (delivery.isEmpty) return { ...(await refuse(request, run, null, ports)), delivery: { ...told, taken: 'empty' } }
  const own = { ...ports, newRunId: () => run }
  if (mode === 'trigger') {
    const fired = request.period ?? (await periodTold(job, delivery, receivedAt, reader).catch(asMlcError))
    if (fired instanceof MlcError) return { ...(await refuse(request, run, fired, ports)), delivery: told }
    return { ...(await syncJob({ ...request, period: fired }, own)), delivery: told }
  }
  const source = reader.source(delivery, expectedOf(job, receivedAt))
  const checks = inItsTurn(request, ports)
  const report = await syncJob({ ...request, ...checks, job: asFed(job) }, { ...own, source: () => source })
  return { ...report, delivery: { ...told, ...checks.missing() } }
}

/** Before anybody is asked to approve it: that it is not older than what was taken, and gives up nothing that is still to be posted. */
function inItsTurn(request: DeliveryRequest, ports: Ports) {
  const { job, name, from, target, dryRun, allowMissing = false } = request
  let missing = 0
  const approve: SyncRequest['approve'] = async (plan, mapped, head) => {
    // A plan that is refused anyway lacks what cannot be mapped.
    if (refusalOf(plan) === null) {
      await refuseOlder({ name, from, plan, head }, ports)
      const found = await findMissing({ plan, head }, target.movements ?? false, ports)
      if (!allowMissing) refuseFewer(found)
      missing = found.standing.length
    }
    const approved = await request.approve(plan, mapped, head)
    if (!approved || missing === 0 || dryRun) return approved
    const data = { missing, ...(allowMissing ? { approved: '--allow-missing' } : {}), ...because(ports) }
    await ports.journal.append({ event: 'note.added', run: plan.run, job: job.name, key: null, data })
    return approved
  }
  return { approve, missing: () => (missing > 0 ? { missing } : {}) }
}

/**
 * To the stages after it the job has a source like any other. A schedule filters by words such as "last month": what a filter
 * with `{period}` asks for is seen in the rows, whose period column is looked at.
 */
function asFed(job: Job): Job {
  const fixed = Object.entries(job.source.filters).filter(([, value]) => !hasPlaceholder(value))
  return { ...job, source: { ...job.source, filters: Object.fromEntries(fixed), delivery: null } }
}

/**
 * The one period of the rows that came with a trigger, for a job that has to be told one; null when they do not tell it.
 * @throws MLC-L… when Looker, asked for labels, is not to be reached or refuses the credentials
 */
async function periodTold(
  job: Job,
  delivery: Delivery,
  receivedAt: string,
  reader: DeliveryReader,
): Promise<Period | null> {
  const { period } = job.figure
  if (period === null || placeholdersOf(job).size === 0) return null
  const source = reader.source(delivery, { ...expectedOf(job, receivedAt), measures: [], dimensions: [period] })
  const told = new Set<Cell | undefined>()
  try {
    const definition = await source.describe(NO_QUERY)
    for await (const batch of source.rows(NO_QUERY, definition)) for (const row of batch) told.add(row[period])
  } catch (error) {
    // Its rows are not the figures: it matters as little that they cannot be read.
    if (error instanceof MlcError && !error.retryable && error.category !== 'auth') return null
    throw error
  }
  const [only] = told
  return told.size === 1 && typeof only === 'string' ? parsePeriod(only) : null
}

/** Nothing is asked of a delivery: it is what it is. */
const NO_QUERY = {
  look: null,
  query: null,
  slug: null,
  filters: {},
  sorts: [],
  timeZone: null,
  paging: 'auto',
  limit: 'all',
} as const

/** Looker tries to deliver for half an hour: what comes again later than that was sent anew. */
const RESENT_WITHIN_MS = 60 * 60 * 1000

/**
 * The run that took the same body for the same period before. Figures may go back to what they were: where others were taken in
 * between, the same body under another name, or long after, is news, and not the echo of the first. A trigger says nothing of
 * the figures, so after that time it is news in any case.
 */
function takenBefore(
  { digest, name, period, receivedAt, from }: Came,
  mode: DeliveryMode,
  taken: readonly KnownDelivery[],
): KnownDelivery | null {
  const same = taken.filter((one) => one.digest === digest && one.period === period)
  const last = same.at(-1)
  if (last === undefined) return null
  // Other figures may stand in QAD now. Where they do not, to take it again changes nothing.
  if (from === 'hand' && last.isOvertaken) return null
  const isNewest = last === taken.findLast((one) => one.period === period)
  if (isNewest && mode === 'payload') return last
  // A file that is written anew under one name has held something else since; one that is still there has not.
  const ofName = taken.findLast((one) => name !== null && one.name === name && one.period === period)
  if (ofName) return ofName.digest === digest ? ofName : null
  if (name !== null && last.name !== null && !isNewest) return null
  return Date.parse(receivedAt) - Date.parse(last.receivedAt) <= RESENT_WITHIN_MS ? last : null
}

type Came = Pick<DeliveryRequest, 'from'> & Pick<KnownDelivery, 'digest' | 'name' | 'period' | 'receivedAt'>

/** Records of the run that QAD refused, may not have, or holds otherwise, and that are still wanted. */
async function countOpen(job: string, run: string, ports: Ports): Promise<number> {
  const left = (await findRest({ job, run }, ports)).filter(({ supersededBy }) => supersededBy === null)
  return left.length + (await findConflicts({ job, run }, ports)).length
}

function readAs(job: Job, bytes: Uint8Array, reader: DeliveryReader): Delivery | MlcError {
  try {
    const delivery = reader.read(bytes)
    const wanted = job.source.delivery?.plan ?? null
    const { id } = delivery.plan
    if (wanted === null || id === null || id === wanted) return delivery
    return new MlcError(
      'MLC-I015',
      `the delivery is of plan ${JSON.stringify(id)}, and job ${job.name} is fed by plan ${wanted}`,
    )
  } catch (error) {
    return asMlcError(error)
  }
}

async function received(
  { job, bytes, from, period: asked, receivedAt, dryRun }: DeliveryRequest,
  run: string,
  { digest, name, format, plan, mode }: DeliveryNote,
  delivery: Delivery | null,
  ports: Ports,
): Promise<void> {
  const period = asked && formatPeriod(asked)
  const about = {
    digest,
    name,
    from,
    bytes: bytes.length,
    format,
    mode,
    period,
    plan,
    title: delivery?.plan.title ?? null,
  }
  const data = { ...about, received: receivedAt, ...(dryRun ? { dryRun } : {}) }
  await ports.journal.append({ event: 'delivery.received', run, job: job.name, key: null, data })
}

/** Ends a run that came to nothing: with the reason, or because there was nothing to take. */
async function refuse(request: DeliveryRequest, run: string, error: MlcError | null, ports: Ports): Promise<JobReport> {
  const { job, period } = request
  const data = { period: period && formatPeriod(period), ...because(ports) }
  await ports.journal.append({ event: 'run.started', run, job: job.name, key: null, data })
  const report = reportOf(request, run, error)
  return { ...report, exitCode: await closeRun(run, report, ports) }
}

function reportOf({ job, period }: DeliveryRequest, run: string, error: MlcError | null): JobReport {
  const exitCode = error?.exitCode ?? EXIT.done
  const asked = period && formatPeriod(period)
  return { job: job.name, run, period: asked, exitCode, error, head: null, map: null, push: null }
}

function expectedOf(job: Job, receivedAt: string): Omit<Expected, 'labels'> {
  const { model = null, explore = null } = job.source.delivery ?? {}
  const measures = [...new Set(Object.values(job.figure.measures))]
  const dimensions = [...new Set(columnsOf(job.figure))].filter((column) => !measures.includes(column))
  const place = model === null || explore === null ? null : { model, explore }
  return { measures, dimensions, explore: place, receivedAt }
}

function notFed({ name }: Job): MlcError {
  return new MlcError('MLC-I016', `job ${name} is not fed by deliveries: its source has no delivery`, {
    fix: `Set jobs.${name}.source.delivery in mlc.yaml: true for the rows delivered, or beside a look for a trigger.`,
  })
}
