import { join } from 'node:path'
import { FIGURES } from './company.js'
import { besiege } from './deliveries.js'
import { DISK_FAULTS, faultPoints, playFault } from './errno.js'
import { filePoints, networkPoints, play, type KillPoint } from './points.js'
import { race, type Course } from './races.js'
import { prepareScenes } from './scenes.js'
import { MOMENTS, stopAt } from './signals.js'
import { openStage, snapshot, type Scene, type Stage } from './stage.js'
import { whyNoStrace } from './strace.js'

/**
 * Every kill point of every scene, every failing call, every signal at every moment, and races: `npm run test:kills`.
 * `-- --workers 3` runs at once, `--every 10` takes each tenth point, `--races 1000`, `--only kills|disk|signals|races|deliveries`.
 */
const started = performance.now()
const option = (name: string): string | null => {
  const at = process.argv.indexOf(name)
  return at === -1 ? null : (process.argv[at + 1] ?? null)
}
const every = Number(option('--every') ?? 1)
const races = Number(option('--races') ?? 200)
const only = option('--only')

/** One thing to try; what is wrong comes in words. `fired`: the moment was reached. */
interface Trial {
  readonly name: string
  act(stage: Stage): Promise<{ readonly fired: boolean; readonly faults: readonly string[] }>
}

const totals = { tried: 0, fired: 0, bad: 0, slowestRerunMs: 0 }
const stages = await Promise.all(Array.from({ length: Number(option('--workers') ?? 3) }, () => openStage()))
try {
  process.exitCode = (await runAll()) ? 0 : 1
} finally {
  await Promise.all(stages.map((stage) => stage.close()))
}

async function runAll(): Promise<boolean> {
  const [stage] = stages
  if (!stage) throw new Error('--workers must be 1 or more')
  const noStrace = whyNoStrace()
  if (noStrace !== null) line(`NOT RUN: whatever needs strace: ${noStrace}`)
  let ok = noStrace === null
  const scenes = await prepareScenes(stage)
  if (wants('kills')) for (const scene of scenes) ok = (await killsOf(scene, scene === scenes[0], stage)) && ok
  if (wants('kills')) {
    line(`${totals.fired} kill points fired of ${totals.tried}; slowest rerun ${Math.round(totals.slowestRerunMs)} ms`)
    ok &&= every > 1 || totals.fired >= 500
  }
  if (wants('disk') && noStrace === null) {
    for (const scene of scenes.filter(({ name }) => name === 'first sync' || name === 'restating after a kill'))
      ok = (await runTrials(`${scene.name}, failing calls`, await diskTrials(scene, stage))) && ok
  }
  if (wants('signals')) ok = (await runTrials('signals', signalTrials(scenes[0]))) && ok
  if (wants('races')) ok = (await runTrials('races of two hosts', await raceTrials(stage))) && ok
  if (wants('deliveries')) ok = (await killsOfEndpoint()) && ok
  const seconds = Math.round((performance.now() - started) / 1000)
  line(`${totals.fired} of ${totals.tried} tries reached their moment, ${totals.bad} went wrong, ${seconds} s`)
  return ok
}

function wants(part: string): boolean {
  return only === null || only === part
}

async function killsOf(scene: Scene, isFirst: boolean, stage: Stage): Promise<boolean> {
  const { points, shadowed } = whyNoStrace() === null ? await filePoints(scene, stage) : { points: [], shadowed: 0 }
  const calls = await networkPoints(scene, stage)
  // What happens before QAD is asked is the same in every scene.
  const network = isFirst ? calls : calls.filter(({ name }) => !name.includes(' of looker '))
  const unique = network
    .filter((_, at) => at % 4 === 0)
    .map((point) => ({ ...point, scene: { ...point.scene, qad: { uniqueKeys: true } } }))
  const files = await runTrials(`${scene.name}, file calls (${shadowed} out of reach)`, points.map(killTrial))
  const steps = await runTrials(`${scene.name}, network`, network.map(killTrial))
  return (await runTrials(`${scene.name}, network, unique keys`, unique.map(killTrial))) && files && steps
}

function killTrial(point: KillPoint): Trial {
  return {
    name: point.name,
    act: async (stage) => {
      const { fired, faults, rerunMs } = await play(point, stage)
      // A patient scene waits on purpose.
      if (point.scene.config?.settleSeconds === undefined)
        totals.slowestRerunMs = Math.max(totals.slowestRerunMs, rerunMs)
      return { fired, faults }
    },
  }
}

/** A hundred kills of `mlc listen` under load, ten on each spool. */
async function killsOfEndpoint(): Promise<boolean> {
  const faults: string[] = []
  let [kills, accepted] = [0, 0]
  while (kills < 100) {
    const besieged = besiege()
    for (let turn = 0; turn < 10; turn++) await besieged.kill(1 + ((kills++ * 53) % 400))
    faults.push(...(await besieged.faults()))
    accepted += besieged.accepted
    besieged.close()
  }
  for (const fault of faults) line(`FAIL deliveries: ${fault}`)
  const ok = faults.length === 0
  line(
    `${ok ? 'ok  ' : 'FAIL'} deliveries: ${kills} kills under load, ${accepted} answered 200, ${faults.length} wrong`,
  )
  return ok
}

async function diskTrials(scene: Scene, stage: Stage): Promise<Trial[]> {
  const points = await faultPoints(scene, DISK_FAULTS, stage)
  return points.map((point) => ({
    name: point.name,
    act: async (on) => {
      const { faults } = await playFault(point, on)
      return { fired: !faults.includes('NOT REACHED'), faults: faults.filter((fault) => fault !== 'NOT REACHED') }
    },
  }))
}

function signalTrials(scene: Scene | undefined): Trial[] {
  if (!scene) return []
  return MOMENTS.flatMap((moment) =>
    (['SIGINT', 'SIGTERM'] as const).map((signal) => ({
      name: `${signal} ${moment.name}`,
      act: async (stage: Stage) => {
        const { reached, ms, faults } = await stopAt(moment, signal, scene, stage)
        return { fired: reached, faults: ms > 5_000 ? [...faults, `ENDED AFTER ${Math.round(ms)} ms`] : faults }
      },
    })),
  )
}

async function raceTrials(stage: Stage): Promise<Trial[]> {
  stage.set({ name: 'first sync', figures: FIGURES })
  await stage.start().ended
  const synced = snapshot(stage, join(stage.folder, 'raced'))
  const courses: readonly Course[] = ['first sync', 'restating sync']
  return Array.from({ length: races }, (_, at) => {
    const course = courses[at % 2] ?? 'first sync'
    const headStartMs = (at * 37) % 400
    return {
      name: `${course} with a head start of ${headStartMs} ms`,
      act: async (on: Stage) => ({ fired: true, faults: await race(course, headStartMs, synced, on) }),
    }
  })
}

/** Tries all on all stages; more than 5 % that missed their moment are a fault of the harness. */
async function runTrials(name: string, trials: readonly Trial[]): Promise<boolean> {
  const queue = trials.filter((_, at) => at % every === 0)
  const [all, missed, bad] = [queue.length, [] as string[], [] as string[]]
  const work = async (stage: Stage) => {
    for (let trial = queue.shift(); trial; trial = queue.shift()) {
      const { fired, faults } = await trial.act(stage)
      if (!fired) missed.push(trial.name)
      if (faults.length > 0) bad.push(`${trial.name}: ${faults.join('; ')}`)
    }
  }
  await Promise.all(stages.map(work))
  totals.tried += all
  totals.fired += all - missed.length
  totals.bad += bad.length
  for (const one of missed) line(`     not reached: ${one}`)
  for (const one of bad) line(`FAIL ${one}`)
  const ok = bad.length === 0 && missed.length <= all * 0.05
  line(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${all - missed.length} of ${all} reached, ${bad.length} wrong`)
  return ok
}

function line(text: string): void {
  process.stdout.write(`${text}\n`)
}
