import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Started } from '../support/process.js'
import { pause, until } from '../support/until.js'
import { auditLines, findFaults } from './oracle.js'
import type { Call, Phase } from './server.js'
import type { Scene, Stage } from './stage.js'

/** A moment of a sync, told by the step of the exchange that is under way. */
export interface Moment {
  readonly name: string
  /** Which calls of which side count, the how-manieth of them from 0, and at which step. */
  readonly side: Call['side']
  readonly line: RegExp
  readonly nth: number
  readonly phase: Phase
}

const POST = /^POST .*\/bdoc\//
const BROWSE = /^GET .*\/browses/

export const MOMENTS: readonly Moment[] = [
  { name: 'before the first token', side: 'looker', line: /login/, nth: 0, phase: 'headers in' },
  { name: 'during the query', side: 'looker', line: /queries\/run/, nth: 0, phase: 'before response' },
  { name: 'between rows', side: 'looker', line: /queries\/run/, nth: 0, phase: 'mid response' },
  { name: 'while mapping', side: 'qad', line: /costCenters/, nth: 0, phase: 'before response' },
  { name: 'before the first post', side: 'qad', line: BROWSE, nth: 3, phase: 'before response' },
  { name: 'while the first post is committed', side: 'qad', line: POST, nth: 0, phase: 'after commit' },
  { name: 'while a post is under way', side: 'qad', line: POST, nth: 2, phase: 'before commit' },
  { name: 'in the middle of an answer to a post', side: 'qad', line: POST, nth: 3, phase: 'mid response' },
  { name: 'between two posts', side: 'qad', line: POST, nth: 1, phase: 'after response' },
  { name: 'in the read that proves the first post', side: 'qad', line: BROWSE, nth: 4, phase: 'before response' },
  { name: 'in the read-back', side: 'qad', line: BROWSE, nth: 5, phase: 'before response' },
  { name: 'while closing', side: 'looker', line: /logout/, nth: 0, phase: 'before response' },
]

export interface Stopped {
  readonly reached: boolean
  readonly code: number | null
  /** From the signal to the end of the process. */
  readonly ms: number
  readonly faults: readonly string[]
}

/** Sends the signal at the moment, lets the exchange end 300 ms later, and judges how mlc ended and what it left. */
export async function stopAt(moment: Moment, name: 'SIGINT' | 'SIGTERM', scene: Scene, stage: Stage): Promise<Stopped> {
  stage.set(scene)
  let seen = 0
  let isSignalled = false
  let signalledAt = 0
  let later = 0
  stage.watch(async (phase, call) => {
    const isOurs = call.side === moment.side && moment.line.test(call.line)
    if (isSignalled && phase === 'headers in' && POST.test(call.line)) {
      later++
      // It left before the signal was heard, and waits here until it surely is: a loaded machine may take its time.
      await pause(1_000)
    }
    if (isSignalled || !isOurs || phase !== moment.phase || seen++ < moment.nth) return
    isSignalled = true
    signalledAt = performance.now()
    await signal(running, name)
    await pause(300)
  })
  const running = stage.start()
  const { code, stdout } = await running.ended
  const ms = performance.now() - signalledAt
  stage.watch(null)
  // An answer that is out may meet its successor before the signal is heard: that one is then in flight.
  const inFlight = moment.phase === 'after response' ? 1 : 0
  const faults = later > inFlight ? [`${later} POSTS AFTER THE SIGNAL`] : []
  if (code !== (name === 'SIGINT' ? 130 : 143)) faults.push(`EXIT ${code}: ${stdout.slice(0, 200)}`)
  faults.push(...unsettled(stage))
  const again = await stage.start().ended
  if (again.code !== 0) faults.push(`RERUN exit ${again.code}: ${again.stdout.slice(0, 300)}`)
  faults.push(...(await findFaults(scene.figures, stage.qad.books, join(stage.state, 'audit'))))
  return { reached: isSignalled, code, ms, faults }
}

/** Every intent has its outcome, what QAD holds is recorded as held, and the run is closed. */
function unsettled(stage: Stage): string[] {
  const lines = auditLines(join(stage.state, 'audit'))
  const after = new Map<string, string>()
  for (const { event, key } of lines) if (key !== null) after.set(key, event)
  const open = [...after].filter(([, event]) => event === 'record.sent').map(([key]) => `NO OUTCOME ${key}`)
  const held = stage.qad.books
    .filter(({ key }) => after.has(key) && !['record.posted', 'record.same'].includes(after.get(key) ?? ''))
    .map(({ key }) => `QAD HOLDS ${key}, the audit says ${after.get(key)}`)
  const isOpen = lines.some(({ event }) => event === 'run.started') && lines.at(-1)?.event !== 'run.done'
  return [...open, ...held, ...(isOpen ? [`THE RUN IS NOT CLOSED: ${lines.at(-1)?.event}`] : [])]
}

/** Sends the signal, and waits until it has reached the process: two that wait to be heard are one. */
export async function signal(running: Started, name: 'SIGINT' | 'SIGTERM'): Promise<void> {
  running.kill(name)
  await until(() => !waiting(running.pid))
}

/** Whether a signal is on its way to the process. Where the system does not tell, none is. */
function waiting(pid: number): boolean {
  try {
    return /^ShdPnd:\s*0*[1-9a-f]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
