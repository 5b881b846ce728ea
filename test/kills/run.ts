import { filePoints, networkPoints, play, type Death, type KillPoint } from './points.js'
import { prepareScenes } from './scenes.js'
import { openStage } from './stage.js'
import { whyNoStrace } from './strace.js'

/** Every kill point of every scene: `npm run test:kills`. `--workers 3` runs at once, `--every 10` takes each tenth point. */
const option = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(name)
  return at === -1 ? otherwise : Number(process.argv[at + 1])
}
const workers = option('--workers', 3)
const every = option('--every', 1)
const started = performance.now()

const stages = await Promise.all(Array.from({ length: workers }, () => openStage()))
try {
  process.exitCode = (await runAll()) ? 0 : 1
} finally {
  await Promise.all(stages.map((stage) => stage.close()))
}

async function runAll(): Promise<boolean> {
  const [first] = stages
  if (!first) return false
  const noStrace = whyNoStrace()
  if (noStrace !== null) line(`NOT RUN: kills at file calls: ${noStrace}`)
  const scenes = await prepareScenes(first)
  let ok = noStrace === null
  const all: Death[] = []
  for (const scene of scenes) {
    const { points, shadowed } = noStrace === null ? await filePoints(scene, first) : { points: [], shadowed: 0 }
    const calls = await networkPoints(scene, first)
    // What happens before QAD is asked is the same in every scene.
    const network = scene === scenes[0] ? calls : calls.filter(({ name }) => !name.includes(' of looker '))
    ok = (await runPoints(`${scene.name}, file calls (${shadowed} out of reach)`, points, all)) && ok
    ok = (await runPoints(`${scene.name}, network`, network, all)) && ok
    const unique = network.map((point) => ({ ...point, scene: { ...point.scene, qad: { uniqueKeys: true } } }))
    ok =
      (await runPoints(
        `${scene.name}, network, unique keys`,
        unique.filter((_, at) => at % 4 === 0),
        all,
      )) && ok
  }
  const fired = all.filter((death) => death.fired)
  const slowest = Math.max(0, ...all.map(({ rerunMs }) => rerunMs))
  const seconds = Math.round((performance.now() - started) / 1000)
  line(
    `${fired.length} kill points fired of ${all.length}; ${all.filter(({ faults }) => faults.length > 0).length} not healed by one rerun; slowest rerun ${Math.round(slowest)} ms; ${seconds} s`,
  )
  return ok && (every > 1 || fired.length >= 500)
}

async function runPoints(name: string, points: readonly KillPoint[], all: Death[]): Promise<boolean> {
  const queue = points.filter((_, at) => at % every === 0)
  const deaths: Death[] = []
  await Promise.all(
    stages.map(async (stage) => {
      for (let point = queue.shift(); point; point = queue.shift()) {
        const death = await play(point, stage)
        deaths.push(death)
        if (death.faults.length > 0) line(`FAIL ${point.name}: ${death.faults.join('; ')}`)
      }
    }),
  )
  all.push(...deaths)
  const missed = deaths.filter(({ fired }) => !fired)
  const bad = deaths.filter(({ faults }) => faults.length > 0)
  const tooMany = missed.length > deaths.length * 0.05
  for (const { point } of missed) line(`     not reached: ${point.name}`)
  line(
    `${bad.length > 0 || tooMany ? 'FAIL' : 'ok  '} ${name}: ${deaths.length - missed.length} of ${deaths.length} fired, ${bad.length} not healed`,
  )
  return bad.length === 0 && !tooMany
}

function line(text: string): void {
  process.stdout.write(`${text}\n`)
}
