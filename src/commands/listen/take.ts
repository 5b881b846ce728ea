import { readAudit } from '../../audit/read.js'
import type { Context } from '../../context.js'
import { EXIT, type MlcError } from '../../errors.js'
import type { Delivery } from '../../ingest/read.js'
import type { Spool } from '../../ingest/spool.js'
import type { Verdict } from '../../ingest/worker.js'
import type { Job } from '../../model/job.js'
import type { DeliveryReport } from '../../pipeline/deliver.js'
import type { Ports } from '../../pipeline/ports.js'
import { findRest } from '../../pipeline/rest.js'
import { asMlcError } from '../../pipeline/sync.js'
import { showDelivered, takeDelivery } from '../delivered.js'
import { syncObject } from '../pushed.js'
import { runReplay } from '../replay.js'
import type { ListenFlags } from '../listen.js'

/** Turns a delivery of the spool into a sync, under the lock, the audit and the rules of any other. Never throws. */
export async function takeKept(
  delivery: Delivery,
  spool: Pick<Spool, 'body'>,
  flags: ListenFlags,
  context: Context,
): Promise<Verdict> {
  const own = context.apart(unattended(flags))
  try {
    const report = await sync(delivery, await spool.body(delivery), flags, own)
    // It has happened, whether or not stdout takes the words for it.
    await show(report, flags, own).catch((failure: unknown) => own.terminal.error(asMlcError(failure)))
    return verdictOf(report)
  } catch (failure) {
    const error = asMlcError(failure)
    own.terminal.error(error)
    return { kind: kindOf(error.exitCode, error), run: null, code: error.code, message: error.message }
  } finally {
    await own.close()
  }
}

/** Asks QAD about what earlier runs of the jobs left, and posts what is not there. Never throws. */
export async function finishEarlier(
  jobs: readonly string[],
  damage: Spool['damage'],
  flags: ListenFlags,
  context: Context,
): Promise<Pick<Verdict, 'kind' | 'code' | 'message'>> {
  const own = context.apart(unattended(flags))
  try {
    const ports = await own.open('listen', '')
    await noteDamage(damage, ports, await own.auditFolder())
    const left = new Set((await findRest({}, ports)).map(({ job }) => job))
    for (const job of jobs.filter((name) => left.has(name))) {
      const code = await runReplay({ ...own.flags, job }, own)
      const kind = kindOf(code, null)
      if (kind === 'again') return { kind, code: null, message: `replay of ${job} ended with exit ${code}` }
    }
    return { kind: 'taken', code: null, message: null }
  } catch (failure) {
    const error = asMlcError(failure)
    own.terminal.error(error)
    return { kind: kindOf(error.exitCode, error), code: error.code, message: error.message }
  } finally {
    await own.close()
  }
}

/** What was accepted and lost stands in the audit, once: the file stays damaged until it is no longer needed. */
async function noteDamage(damage: Spool['damage'], { journal }: Ports, folder: string): Promise<void> {
  if (damage.length === 0) return
  const noted = new Set<unknown>()
  for await (const { data } of readAudit(folder, { events: ['note.added'] })) noted.add(data['damaged'])
  for (const { place, words } of damage.filter(({ place }) => !noted.has(place)))
    await journal.append({
      event: 'note.added',
      run: null,
      job: null,
      key: null,
      data: { damaged: place, text: words },
    })
}

/** Nobody is there to be asked, and the result goes to stdout. */
function unattended({ config, json, quiet, debug, color, lockTimeout, reason }: ListenFlags) {
  const given = { config, json, quiet, debug, color, lockTimeout, reason }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...set, yes: true }
}

async function sync(delivery: Delivery, bytes: Buffer, flags: ListenFlags, own: Context): Promise<DeliveryReport> {
  const job = fedJob(await own.job(delivery.job))
  // It may have waited for days: `current` is what it was when it came.
  const receivedAt = new Date(delivery.at).toISOString()
  const period = await own.period(flags.period, receivedAt)
  const ports = await own.open('listen', job.name)
  const arrival = { name: null, from: 'webhook' as const, receivedAt, period }
  return takeDelivery(job, bytes, arrival, own, ports)
}

/** A job with a source of its own that does not speak of deliveries is told by them when to fetch. */
function fedJob(job: Job): Job {
  if (job.source.delivery) return job
  const delivery = { mode: 'trigger', plan: null, period: null, model: null, explore: null } as const
  return { ...job, source: { ...job.source, delivery } }
}

async function show(report: DeliveryReport, { json }: ListenFlags, own: Context): Promise<void> {
  if (json) await own.data(own.flags, `${JSON.stringify(syncObject([report], report.exitCode))}\n`)
  else await showDelivered(report, own.flags, own)
}

function verdictOf({ exitCode, error, run }: DeliveryReport): Verdict {
  const { code = null, message = null } = error ?? {}
  return { kind: kindOf(exitCode, error), run: run === '' ? null : run, code, message }
}

/** What was left in doubt is the audit's from then on: `mlc replay` finishes it. */
function kindOf(exitCode: number, error: MlcError | null): Verdict['kind'] {
  if (exitCode === EXIT.unavailable || exitCode === EXIT.locked) return 'again'
  if (exitCode === EXIT.auth || exitCode === EXIT.audit) return 'stuck'
  // A full disk or a map file that is not there heals without a restart; mlc.yaml is read anew for each delivery as well.
  if (exitCode === EXIT.usage) return error?.code === 'MLC-I016' ? 'refused' : 'again'
  return exitCode === EXIT.guard || exitCode === EXIT.unexpected ? 'refused' : 'taken'
}
