import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ran } from '../support/process.js'
import { findFaults } from './oracle.js'
import { PHASES, type Call, type Phase } from './server.js'
import type { Scene, Stage } from './stage.js'
import { FILE_CALLS, injecting, readTrace, strikable, tracing } from './strace.js'
import { SYNC } from './company.js'

/** One place where a sync dies. */
export interface KillPoint {
  readonly name: string
  readonly scene: Scene
  /** Runs the sync up to its death. */
  die(stage: Stage): Promise<Ran>
}

export interface Death {
  readonly point: KillPoint
  /** False: the sync came to its end, the point was not reached. */
  readonly fired: boolean
  /** What the plain rerun did not heal, in words. */
  readonly faults: readonly string[]
  readonly rerunMs: number
}

/** Kills a sync at the point, runs the same command once more, and asks QAD's books. */
export async function play(point: KillPoint, stage: Stage): Promise<Death> {
  stage.set(point.scene)
  const died = await point.die(stage)
  stage.watch(null)
  const started = performance.now()
  const again = await stage.start().ended
  const rerunMs = performance.now() - started
  await stage.idle()
  const faults = await findFaults(point.scene.figures, stage.qad.books, join(stage.state, 'audit'))
  if (again.code !== 0)
    faults.unshift(`RERUN exit ${again.code}: ${again.stdout.slice(0, 300)}${again.stderr.slice(-300)}`)
  return { point, fired: died.code === null, faults, rerunMs }
}

/** Every call on the state folder, once killed after it took effect and once instead of it. */
export async function filePoints(scene: Scene, stage: Stage): Promise<{ points: KillPoint[]; shadowed: number }> {
  stage.set(scene)
  const output = join(stage.traces, 'calibration.trace')
  const { code, stderr } = await stage.start(SYNC, { through: tracing(output, FILE_CALLS, 40) }).ended
  if (code !== 0) throw new Error(`the calibration of ${scene.name} ended with ${code}\n${stderr}`)
  const { hit, shadowed } = strikable(readTrace(readFileSync(output, 'utf8')), stage.state)
  const points = hit.flatMap(({ name, nth, text }) =>
    (['signal=SIGKILL', 'error=EIO:signal=SIGKILL'] as const).map((what) => ({
      name: `${scene.name}: ${what.startsWith('error') ? 'instead of' : 'after'} ${name} ${nth} (${shortly(text, stage)})`,
      scene,
      die: (on: Stage) => on.start(SYNC, { through: injecting(name, what, `${nth}`) }).ended,
    })),
  )
  return { points, shadowed }
}

function shortly(text: string, { state }: Stage): string {
  const at = text.indexOf(state)
  return (/^[^">]*/.exec(text.slice(at + state.length)) ?? [''])[0].slice(0, 60)
}

/** Every step of every exchange. A commit may also come late, while the next run is already under way. */
export async function networkPoints(scene: Scene, stage: Stage): Promise<KillPoint[]> {
  stage.set(scene)
  const calls: Call[] = []
  stage.watch((phase, call) => void (phase === 'headers in' && calls.push(call)))
  await stage.start().ended
  return calls.flatMap((call) => [
    ...PHASES.map((phase) => networkPoint(scene, call, phase, 0)),
    ...(call.line.includes('/bdoc/') ? [networkPoint(patient(scene), call, 'before commit', LATE_MS)] : []),
  ])
}

/** Longer than mlc takes to start and ask, shorter than the settle window of a patient scene. */
const LATE_MS = 2_500

function patient(scene: Scene): Scene {
  return { ...scene, config: { ...scene.config, settleSeconds: 4 } }
}

function networkPoint(scene: Scene, { side, index, line }: Call, phase: Phase, lateMs: number): KillPoint {
  const late = lateMs > 0 ? `, committed ${lateMs} ms later` : ''
  return {
    name: `${scene.name}: ${phase} of ${side} ${index} ${line}${late}`,
    scene,
    die: (on) =>
      killAt(on, (call, at) => call.side === side && call.index === index && at === phase, {
        lateMs,
        oneCallEach: phase === 'accept',
      }),
  }
}

/** Kills the sync at the first step that is wanted, and lets the server go on only when it is dead. */
export async function killAt(
  stage: Stage,
  isWanted: (call: Call, phase: Phase) => boolean,
  { lateMs = 0, oneCallEach = false } = {},
): Promise<Ran> {
  let over = false
  stage.watch(
    async (phase, call) => {
      if (over || !isWanted(call, phase)) return
      over = true
      running.kill('SIGKILL')
      await running.ended
      if (lateMs > 0) await new Promise((resolve) => setTimeout(resolve, lateMs))
    },
    { oneCallEach },
  )
  const running = stage.start()
  const ran = await running.ended
  // The server has its part of the exchange to finish before the next run begins, unless it is late.
  if (lateMs === 0) await stage.idle()
  return ran
}
