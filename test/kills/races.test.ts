import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FIGURES } from './company.js'
import { race, type Course } from './races.js'
import { openStage, snapshot, type Snapshot, type Stage } from './stage.js'

/** A share of the races of `npm run test:kills`. */
let stages: readonly Stage[] = []
let synced: Snapshot

beforeAll(async () => {
  stages = await Promise.all([openStage(), openStage()])
  const [stage] = stages
  if (!stage) throw new Error('no stage is open')
  stage.set({ name: 'first sync', figures: FIGURES })
  expect((await stage.start().ended).code).toBe(0)
  synced = snapshot(stage, join(stage.folder, 'synced'))
})

afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.close()))
})

test.each<Course>(['first sync', 'restating sync'])(
  'two hosts at once, %s: every reference exactly once',
  async (course) => {
    const heads = [0, 60, 200]
    const found: string[] = []
    const run = async (stage: Stage) => {
      for (let head = heads.shift(); head !== undefined; head = heads.shift())
        found.push(...(await race(course, head, synced, stage)))
    }
    await Promise.all(stages.map(run))
    expect(found).toEqual([])
  },
)
