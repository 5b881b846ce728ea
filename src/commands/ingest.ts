import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Context } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { readBounded, whyUnreadable } from '../files.js'
import { isoTime } from '../model/clock.js'
import { counted } from '../model/counted.js'
import { deliveryModeOf, type Job } from '../model/job.js'
import type { DeliveryReport } from '../pipeline/deliver.js'
import { asMlcError, firstExitCode } from '../pipeline/sync.js'
import { showDelivered, takeDelivery, type Arrival } from './delivered.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { refuseUnknownPeriod } from './known-period.js'
import { lookInto } from './ingest/folder.js'
import { syncObject } from './pushed.js'

export interface IngestFlags extends CommonFlags {
  readonly job?: string
  readonly period?: string
  readonly allowMissing?: boolean
}

/** `mlc ingest`: a delivered file, what stdin sends, or each file of a folder, taken like a sync. The files stay as they are. */
export async function runIngest(path: string, flags: IngestFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const job = await chooseJob(flags, context)
  if (!flags.dryRun) context.mayPost()
  await refuseUnknownPeriod(flags.period, context)
  const files = await filesOf(path, context)
  if (flags.allowMissing && files.some(({ from }) => from === 'folder'))
    throw new MlcError('MLC-C006', '--allow-missing is for one delivery, whose figures somebody has looked at', {
      fix: 'Give that file by itself.',
    })
  const period = await context.period(flags.period)
  const ports = await context.open('ingest', job.name)
  const reports: DeliveryReport[] = []
  let fault: MlcError | null = null
  for (const { name, from, read } of files) {
    if (context.stop.aborted) break
    const take = async () => {
      const bytes = await read()
      const { allowMissing = false } = flags
      const arrival = { name, from, receivedAt: isoTime(context.clock), period, allowMissing }
      return takeDelivery(job, bytes, arrival, context, ports)
    }
    const report = await take().catch((error: unknown) => faultAfter(reports, error))
    if (report instanceof MlcError) {
      fault = report
      break
    }
    reports.push(report)
    if (format === 'table') {
      if (files.length > 1) context.terminal.note(`${name}:`)
      await showDelivered(report, flags, context)
    }
    if (mustStop(report)) break
  }
  if (fault) context.terminal.error(fault)
  const left = files.length - reports.length - (fault ? 1 : 0)
  if (left > 0) context.terminal.warn(waitingLine(left, reports.at(-1)))
  if (files.length === 0) context.terminal.note(`${path} holds nothing to take.`)
  const exitCode = firstExitCode([...reports, ...(fault ? [fault] : [])].map((one) => one.exitCode))
  if (format === 'json') await context.data(flags, `${JSON.stringify(syncObject(reports, exitCode))}\n`)
  return exitCode
}

function waitingLine(left: number, last: DeliveryReport | undefined): string {
  const why = `${counted(left, 'file')} after it not taken: older figures must not follow newer ones`
  return last?.error?.category === 'guard' ? `${why}. Mend it, or take it out of the folder to go on.` : `${why}.`
}

/** What became of the files before it is told all the same. @throws the error itself where there are none */
function faultAfter(reports: readonly DeliveryReport[], error: unknown): MlcError {
  if (reports.length === 0) throw error
  return asMlcError(error)
}

interface DeliveredFile {
  readonly name: string | null
  readonly from: Arrival['from']
  /** @throws MLC-C006 */
  readonly read: () => Promise<Uint8Array>
}

/**
 * What can never be taken is passed over; anything else would come too late once a newer file was taken. A file that cannot be read
 * may still be on its way.
 */
function mustStop({ exitCode, error, delivery }: DeliveryReport): boolean {
  if (delivery.taken === 'before') return false
  return exitCode !== EXIT.done && !NEVER_TAKEN.has(error?.code)
}

/** No table at all, and figures older than those that were taken. */
const NEVER_TAKEN: ReadonlySet<string | undefined> = new Set(['MLC-I011', 'MLC-I018'])

async function filesOf(path: string, context: Context): Promise<readonly DeliveredFile[]> {
  const { maxBodyBytes } = (await context.settings()).ingest
  if (path === '-') return [{ name: null, from: 'hand', read: () => context.stdin(maxBodyBytes) }]
  const file = (at: string, from: Arrival['from']) => {
    return { name: basename(at), from, read: () => readFile(at, maxBodyBytes, context) }
  }
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  if (!found.isDirectory()) return [file(path, 'hand')]
  const { names, passedOver } = await lookInto(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  for (const line of passedOver) context.terminal.warn(`passed over ${line}`)
  return names.map((name) => file(join(path, name), 'folder'))
}

async function readFile(path: string, maxBytes: number, context: Context): Promise<Uint8Array> {
  const bytes = await readBounded(path, { maxBytes, pipes: true, signal: context.stop }).catch((error: unknown) => {
    throw context.stop.aborted ? error : unreadable(path, error)
  })
  if (bytes.length <= maxBytes) return bytes
  throw new MlcError('MLC-C006', `${path} is larger than ${maxBytes} bytes`, {
    fix: 'Raise ingest.maxBodyBytes in mlc.yaml, or have less delivered at a time.',
  })
}

function unreadable(path: string, error: unknown): MlcError {
  return new MlcError('MLC-C006', `${path} cannot be read: ${whyUnreadable(error)}`, {
    fix: 'Name a delivered file, a folder of them, or - for what is sent to mlc.',
  })
}

async function chooseJob({ job }: IngestFlags, context: Context): Promise<Job> {
  if (job !== undefined) return context.job(job)
  const { jobs } = await context.settings()
  const fed = jobs.filter(({ source }) => deliveryModeOf(source) !== null)
  const [only] = fed
  if (only && fed.length === 1) return only
  const names = fed.map(({ name }) => name).join(', ') || 'none'
  throw new MlcError('MLC-C006', `which job is fed by this delivery? Those that deliveries feed: ${names}`, {
    fix: 'Name it with --job NAME.',
  })
}
