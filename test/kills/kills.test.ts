import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filePoints, networkPoints, play, type KillPoint } from './points.js'
import { prepareScenes } from './scenes.js'
import { share } from './share.js'
import { openStage, type Stage } from './stage.js'
import { whyNoStrace } from './strace.js'
import { until } from '../support/until.js'

/** A share of what `npm run test:kills` runs in full. */
let stages: readonly Stage[] = []
let scenes: Awaited<ReturnType<typeof prepareScenes>> = []

beforeAll(async () => {
  stages = await Promise.all([openStage(), openStage(), openStage()])
  scenes = await prepareScenes(theStage())
})

afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.close()))
})

function theStage(): Stage {
  const [stage] = stages
  if (!stage) throw new Error('no stage is open')
  return stage
}

function scene(name: string) {
  const found = scenes.find((one) => one.name === name)
  if (!found) throw new Error(`there is no scene ${name}`)
  return found
}

/** Plays the points and says which were not reached and which one plain rerun did not heal. */
async function playAll(points: readonly KillPoint[]) {
  const queue = [...points]
  const missed: string[] = []
  const unhealed: string[] = []
  const actor = async (stage: Stage) => {
    for (let point = queue.shift(); point; point = queue.shift()) {
      const { fired, faults } = await play(point, stage)
      if (!fired) missed.push(point.name)
      if (faults.length > 0) unhealed.push(`${point.name}: ${faults.join('; ')}`)
    }
  }
  await Promise.all(stages.map(actor))
  return { missed, unhealed }
}

describe('killed by the server at a step of an exchange, one plain rerun leaves every reference exactly once', () => {
  test.each([
    ['first sync', /POST .*bdoc|token/, 6],
    ['restating after a kill', /POST .*bdoc/, 4],
    ['batches of 3', /POST .*bdoc/, 3],
  ] as const)('%s', async (name, wanted, count) => {
    const points = await networkPoints(scene(name), theStage())
    const { missed, unhealed } = await playAll(
      share(
        points.filter((point) => wanted.test(point.name)),
        count,
      ),
    )
    expect(unhealed).toEqual([])
    expect(missed).toEqual([])
  })
})

describe('a wrong build is caught', () => {
  test.each([
    ['no-look', /after commit of qad \d+ POST .*bdoc/, /DOUBLED/],
    ['no-intent', /after response of qad \d+ POST .*bdoc/, /NO INTENT/],
  ] as const)('%s', async (build, wanted, found) => {
    const points = await networkPoints(scene('first sync'), theStage())
    const point = points.filter(({ name }) => wanted.test(name))[2]
    if (!point) throw new Error('there is no such point')
    const { fired, faults } = await play({ ...point, scene: { ...point.scene, build } }, theStage())
    expect(fired).toBe(true)
    expect(faults.join()).toMatch(found)
  })

  test('no-settle', async () => {
    const patient = scene('first sync')
    const build = { ...patient, build: 'no-settle' as const, config: { ...patient.config, settleSeconds: 4 } }
    const { fired, faults } = await play({ name: 'no-settle', scene: build, die: dieBeforeThirdCommit }, theStage())
    expect(fired).toBe(true)
    expect(faults.join()).toMatch(/DOUBLED/)
  })
})

/** QAD commits the third record only when the next run, which did not wait for it, has posted that record as well. */
async function dieBeforeThirdCommit(stage: Stage) {
  let posts = 0
  stage.watch(async (phase, { line }) => {
    if (phase !== 'before commit' || !line.includes('/bdoc/') || ++posts !== 3) return
    running.kill('SIGKILL')
    await running.ended
    await until(() => stage.qad.books.length >= 3)
  })
  const running = stage.start()
  return running.ended
}

const reason = whyNoStrace()
describe.skipIf(reason !== null)(
  `killed at a call on the state folder, one plain rerun heals (${reason ?? 'by strace'})`,
  () => {
    test.each([
      ['first sync', 5],
      ['restating after a kill', 4],
    ] as const)('%s', async (name, count) => {
      const { points } = await filePoints(scene(name), theStage())
      expect(points.length).toBeGreaterThan(80)
      const { missed, unhealed } = await playAll(share(points, count))
      expect(unhealed).toEqual([])
      // A thread may take another's turn now and then.
      expect(missed.length).toBeLessThanOrEqual(1)
    })
  },
)
