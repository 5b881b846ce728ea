import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ran } from '../support/process.js'
import { SYNC } from './company.js'
import { auditLines, findFaults } from './oracle.js'
import type { Scene, Stage } from './stage.js'
import { FILE_CALLS, injecting, readTrace, strikable, tracing } from './strace.js'

/**
 * How a call fails. Not `write`: Node's threads wake one another with it, and a process that cannot do that is aborted.
 * `always`: from there on every call of that name fails, as on a full disk.
 */
export interface DiskFault {
  readonly name: string
  readonly calls: readonly string[]
  readonly what: string
  readonly always: boolean
}

export const DISK_FAULTS: readonly DiskFault[] = [
  { name: 'ENOSPC once', calls: ['pwrite64'], what: 'error=ENOSPC', always: false },
  { name: 'ENOSPC from here on', calls: ['pwrite64'], what: 'error=ENOSPC', always: true },
  {
    name: 'EIO once',
    calls: ['pwrite64', 'fdatasync', 'fsync', 'ftruncate', 'rename'],
    what: 'error=EIO',
    always: false,
  },
  { name: 'EIO from here on', calls: ['pwrite64', 'fdatasync', 'fsync', 'rename'], what: 'error=EIO', always: true },
  { name: 'EROFS once', calls: ['openat', 'mkdir', 'rename', 'unlink'], what: 'error=EROFS', always: false },
  { name: 'EMFILE once', calls: ['openat'], what: 'error=EMFILE', always: false },
  { name: 'EDQUOT from here on', calls: ['pwrite64'], what: 'error=EDQUOT', always: true },
  { name: 'nothing written', calls: ['pwrite64'], what: 'retval=0', always: false },
]

export interface FaultPoint {
  readonly name: string
  readonly scene: Scene
  readonly call: string
  readonly what: string
  readonly when: string
  /** On the audit itself: then nothing may be posted after it. */
  readonly onAudit: boolean
}

/** Every call of the fault's kinds on the state folder, of one clean run. */
export async function faultPoints(scene: Scene, faults: readonly DiskFault[], stage: Stage): Promise<FaultPoint[]> {
  stage.set(scene)
  const output = join(stage.traces, 'calibration.trace')
  await stage.start(SYNC, { through: tracing(output, FILE_CALLS, 40) }).ended
  const { hit } = strikable(readTrace(readFileSync(output, 'utf8')), stage.state)
  return faults.flatMap(({ name, calls, what, always }) =>
    hit
      .filter((call) => calls.includes(call.name))
      .map((call) => ({
        name: `${scene.name}: ${name} at ${call.name} ${call.nth}${call.text.includes('/audit') ? ' of the audit' : ''}`,
        scene,
        call: call.name,
        what,
        when: `${call.nth}${always ? '+' : ''}`,
        onAudit: /\/audit\/[\d-]+\.jsonl/.test(call.text),
      })),
  )
}

export interface FaultEnd {
  readonly point: FaultPoint
  readonly ran: Ran
  readonly faults: readonly string[]
}

/** Exit codes by the contract: the audit 8, the state folder 2, a lock that cannot be taken 2; 0 where nothing hangs on the call. */
const EXPECTED = new Set([0, 2, 8])

/** Runs a sync on a failing disk, judges what it left, then runs it once more on a good one. */
export async function playFault(point: FaultPoint, stage: Stage): Promise<FaultEnd> {
  stage.set(point.scene)
  const log = join(stage.traces, 'injected.trace')
  const ran = await stage.start(SYNC, { through: injecting(point.call, point.what, point.when, log) }).ended
  const faults: string[] = []
  if (!readFileSync(log, 'utf8').includes('(INJECTED)')) faults.push('NOT REACHED')
  faults.push(...judgeRun(ran, stage))
  const again = await stage.start(SYNC).ended
  if (again.code !== 0) faults.push(`RERUN exit ${again.code}: ${again.stdout.slice(0, 300)}`)
  faults.push(...(await findFaults(point.scene.figures, stage.qad.books, join(stage.state, 'audit'))))
  return { point, ran, faults }
}

/** No post without an intent on disk, no exit code outside the contract, no success that is none. */
export function judgeRun(ran: Ran, stage: Stage, state = stage.state): string[] {
  const faults: string[] = []
  if (ran.code === null || !EXPECTED.has(ran.code)) faults.push(`EXIT ${ran.code}: ${ran.stdout.slice(0, 300)}`)
  const intents = new Set(
    linesOf(join(state, 'audit'))
      .filter(({ event }) => event === 'record.sent')
      .map(({ key }) => key ?? ''),
  )
  for (const key of postedKeys(stage)) if (!intents.has(key)) faults.push(`POSTED WITHOUT INTENT ${key}`)
  return faults
}

function linesOf(folder: string) {
  try {
    return auditLines(folder)
  } catch {
    // The folder was never made.
    return []
  }
}

/** Keys of every post that reached QAD, in the order of their arrival. */
export function postedKeys(stage: Stage): string[] {
  return stage.qad.requests
    .filter(({ method, path }) => method === 'POST' && path.includes('/bdoc/'))
    .flatMap(({ body }) => [...(body ?? '').matchAll(/"(MLC[0-9A-Z]{26}(?:-R\d+)?)"/g)].map(([, key]) => key ?? ''))
}
