import { openJournal, type FileJournal } from '../../src/audit/journal.js'
import { withHistory } from '../../src/audit/history.js'
import { readAudit } from '../../src/audit/read.js'
import { MlcError } from '../../src/errors.js'
import type { Clock } from '../../src/model/clock.js'
import type { Job } from '../../src/model/job.js'
import { parsePeriod } from '../../src/model/period.js'
import { runId } from '../../src/model/run.js'
import type { Ports } from '../../src/pipeline/ports.js'
import { pushExitCode } from '../../src/pipeline/push.js'
import { planReplay, replay, replayPorts } from '../../src/pipeline/replay.js'
import { findRest } from '../../src/pipeline/rest.js'
import { asMlcError, closeRun, syncJob, type JobReport } from '../../src/pipeline/sync.js'
import { createAdaptive } from '../../src/qad/adaptive.js'
import { unbroken, type Breakage } from './broken.js'
import { createDisk, type SimDisk } from './disk.js'
import { JOB, type SimLooker } from './figures.js'
import { mount, ROOT } from './mount.js'
import type { SimNet } from './net.js'
import type { Chance } from './random.js'
import { createRunShelf } from './runs.js'
import type { Tally } from './tally.js'
import { adaptiveOptions, TARGET, type Manners } from './tenant.js'
import type { Timeline } from './timeline.js'
import { createVolume, fail, type DiskWeather } from './volume.js'

/** How one process ended: with a report, before it had one (the audit could not be opened), or not by itself. */
export type Ending =
  | { readonly kind: 'report'; readonly report: JobReport }
  | { readonly kind: 'refused'; readonly error: MlcError }
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'crash' }

/** A machine with a disk, a clock that people set, and at most one mlc at a time. */
export interface Host {
  readonly name: string
  readonly disk: SimDisk
  /** Null while a process runs. */
  readonly lastEnding: Ending | null
  /** Virtual time at which the running process was started. */
  readonly startedAt: number
  /** `mlc sync` as a process of its own. `ended` is called once, also after a crash. */
  start(period: string, ended: (ending: Ending) => void, command?: Command): void
  /** Power off, now. */
  crash(): void
  interrupt(): void
  jumpClock(ms: number): void
  /** The next process dies at its n-th step (a system call, a request, an answer), or step of a write. */
  dieAfter(steps: number, of: 'steps' | 'write steps'): void
  /** Share of file-system calls that fail. */
  diskTrouble: number
  auditFolder(): string
}

export interface HostNeeds {
  readonly timeline: Timeline
  readonly net: SimNet
  readonly looker: SimLooker
  readonly manners: Manners
  readonly chance: Chance
  readonly tally: Tally
  readonly breakage: Breakage
}

const EPOCH = Date.parse('2026-07-31T23:40:00Z')

interface Deadline {
  readonly of: 'steps' | 'write steps'
  left: number
}

const NEVER: Deadline = { of: 'steps', left: Infinity }

export type Command = 'sync' | 'replay'

/** What a dead process still tries. */
class Crash extends Error {}

export function createHost(name: string, needs: HostNeeds): Host {
  const { timeline, tally, chance } = needs
  const disk = createDisk(chance.fork(), tally)
  const runs = createRunShelf()
  let generation = 0
  let clockOffset = chance.whole(-30_000, 30_000)
  let deadline: Deadline = NEVER
  let fullFor = 0
  let stop = new AbortController()
  let death = new AbortController()
  let ended: ((ending: Ending) => void) | null = null

  const host = {
    name,
    disk,
    lastEnding: null as Ending | null,
    startedAt: 0,
    diskTrouble: 0,
    auditFolder: () => `${processRoot()}/state/audit`,
    jumpClock: (ms: number) => void (clockOffset += ms),
    dieAfter: (steps: number, of: 'steps' | 'write steps') => void (deadline = { of, left: steps }),
    interrupt() {
      if (!ended) return
      tally.count('host: interrupted')
      stop.abort(new MlcError('MLC-C031', 'stopped by SIGINT'))
    },
    crash() {
      if (!ended) return
      tally.count('host: crashed')
      timeline.note(`${name} crashes`)
      disk.crash()
      finish({ kind: 'crash' })
    },
    start(period: string, onEnd: (ending: Ending) => void, command: Command = 'sync') {
      generation++
      stop = new AbortController()
      death = new AbortController()
      host.lastEnding = null
      host.startedAt = timeline.now()
      ended = onEnd
      fullFor = 0
      mountDisk(generation)
      const mine = generation
      const end = (ending: Ending) => {
        if (mine === generation) finish(ending)
      }
      timeline.note(`${name} starts mlc ${command}${command === 'sync' ? ` --period ${period}` : ''}`)
      tally.count(`command: ${command}`)
      runCommand(command, period, mine).then(end, (error: unknown) =>
        end(error instanceof MlcError ? { kind: 'refused', error } : { kind: 'broken', error }),
      )
    },
  }
  mountDisk(generation)
  return host

  function finish(ending: Ending): void {
    const tell = ended
    // From here on everything that belongs to the process meets nobody.
    generation++
    death.abort()
    ended = null
    deadline = NEVER
    mountDisk(generation)
    host.lastEnding = ending
    timeline.note(`${name} ${describe(ending)}`)
    tell?.(ending)
  }

  function processRoot(): string {
    return `${ROOT}${name}.${generation}`
  }

  function mountDisk(mine: number): void {
    const root = `${ROOT}${name}.${mine}`
    mount(root, (takeFd) => createVolume(root, disk, weatherOf(mine), takeFd))
  }

  /** False when the process is dead, or dies here. */
  function step(mine: number, what = ''): boolean {
    if (mine !== generation) return false
    if (deadline.of === 'write steps' && what !== 'write') return true
    if (--deadline.left > 0) return true
    host.crash()
    return false
  }

  function weatherOf(mine: number): DiskWeather {
    const survive = () => {
      if (mine !== generation || (ended && !step(mine))) throw new Crash('the process is dead')
    }
    return {
      after: survive,
      before(call) {
        survive()
        if (fullFor > 0 && call === 'write') {
          fullFor--
          fail('ENOSPC')
        }
        if (!chance.hit(host.diskTrouble)) return
        const errno = ERRNOS[call]
        if (!errno) return
        tally.count(`disk: ${errno} in ${call}`)
        fail(errno)
      },
      shortened(bytes) {
        if (!chance.hit(host.diskTrouble)) return null
        const isFull = chance.hit(0.5)
        tally.count(isFull ? 'disk: ENOSPC' : 'disk: short write')
        if (isFull) fullFor = chance.whole(1, 4)
        return chance.whole(1, bytes)
      },
      syncs: needs.breakage.syncs,
    }
  }

  function clockOf(mine: number): Clock {
    return {
      now: () => EPOCH + clockOffset + timeline.now(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (!step(mine)) return
          if (signal?.aborted) return reject(signal.reason as Error)
          const cancel = timeline.after(ms, `${name} wakes`, () => {
            signal?.removeEventListener('abort', stopSleep)
            if (step(mine)) resolve()
          })
          const stopSleep = () => {
            cancel()
            if (mine === generation) reject(signal?.reason as Error)
          }
          signal?.addEventListener('abort', stopSleep, { once: true })
        }),
    }
  }

  async function runCommand(command: Command, period: string, mine: number): Promise<Ending> {
    const broken = { ...unbroken, ...needs.breakage }
    const clock = broken.clock(clockOf(mine))
    const folder = host.auditFolder()
    const journal = await openJournal(folder, { clock, actor: { user: 'svc', host: name, mlc: 'sim' } })
    try {
      return { kind: 'report', report: await runWith(command, journal, clock, period, mine) }
    } finally {
      await journal.close().catch(() => undefined)
    }
  }

  async function runWith(
    command: Command,
    file: FileJournal,
    clock: Clock,
    period: string,
    mine: number,
  ): Promise<JobReport> {
    const broken = needs.breakage
    const { journal, history } = withHistory(broken.journal(file), () => readAudit(host.auditFolder()), clock)
    const http = needs.net.http(death.signal, (what) => step(mine, what))
    const uuid = () => chance.whole(0, 2 ** 31).toString(16)
    const credentials = async () => ({ clientId: 'mlc', username: 'svc', password: 'secret' })
    const ledger = broken.ledger(
      createAdaptive(adaptiveOptions(needs.manners), {
        ...{ http, clock, random: () => chance.next(), uuid, signal: stop.signal, credentials },
      }),
    )
    const job: Job = broken.job(JOB)
    const ports: Ports = {
      ...{ clock, journal, reason: null, jobName: job.name, store: runs, signal: stop.signal },
      source: () => needs.looker.source(period),
      ledger: () => ledger,
      maps: { read: async (path) => needs.looker.map(path) },
      history: broken.history(history),
      newRunId: () =>
        runId(
          clock.now(),
          Uint8Array.from({ length: 10 }, () => broken.byte(chance)),
        ),
      say: (line) => timeline.note(`  ${name}: ${line}`),
      progress: () => undefined,
    }
    const request = { job, period: parsePeriod(period), target: TARGET, liveJobs: [job.name], dryRun: false }
    const approve = async () => true
    const report = command === 'sync' ? await syncJob({ ...request, approve }, ports) : await replayAll(job.name, ports)
    await ledger.close()
    return report
  }
}

/** `mlc replay --yes`: all that is left. */
async function replayAll(job: string, allPorts: Ports): Promise<JobReport> {
  const run = allPorts.newRunId()
  const ports = replayPorts(allPorts, job, run)
  const base = { job, run, period: null, head: null, map: null, push: null, error: null, exitCode: 0 }
  const rest = await findRest({ job }, ports)
  if (rest.length === 0) return base
  await ports.journal.append({ event: 'run.started', run, job, key: null, data: {} })
  const report = await planReplay(run, job, rest, TARGET, ports)
    .then((planned) => replay(planned, TARGET, ports))
    .then(
      (push): JobReport => ({ ...base, push, error: push.stopped, exitCode: pushExitCode(push, ports.signal) }),
      (failure: unknown): JobReport => {
        const error = asMlcError(failure)
        return { ...base, error, exitCode: error.exitCode }
      },
    )
  return { ...report, exitCode: await closeRun(run, report, ports) }
}

/** What a call may fail with; a write that fails wholly is an I/O error, one that fails for space is short first. */
const ERRNOS: Readonly<Record<string, string>> = { open: 'EMFILE', write: 'EIO', sync: 'EIO', truncate: 'EIO' }

function describe(ending: Ending): string {
  if (ending.kind === 'crash') return 'is dead'
  if (ending.kind === 'broken') return `broke: ${String(ending.error)}`
  if (ending.kind === 'refused') return `was refused: ${ending.error.code} ${ending.error.message}`
  const { exitCode, error, push } = ending.report
  const statuses = push?.records.map(
    ({ reference, status, code }) =>
      `${reference.account}/${reference.costCentre}-R${reference.revision}=${reference.amount} ${status}${code ? ` ${code}` : ''}`,
  )
  return `exits ${exitCode}${error ? ` ${error.code} ${error.message}` : ''} [${statuses?.join(', ') ?? ''}]`
}
