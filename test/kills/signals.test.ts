import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorJson } from '../support/shapes.js'
import { FIGURES } from './company.js'
import { findFaults } from './oracle.js'
import { pause, until } from '../support/until.js'
import { MOMENTS, signal, stopAt } from './signals.js'
import { killAt } from './points.js'
import { openStage, snapshot, type Scene, type Stage } from './stage.js'
import { join } from 'node:path'

const FIRST: Scene = { name: 'first sync', figures: FIGURES }
/** Five seconds are the goal, and what npm run test:kills holds it to; here others may be using the machine. */
const ENDS_WITHIN_MS = 20_000
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})

afterAll(() => stage.close())

/** The chart's two parts and what is posted. */
const BROWSES = 3
const isPost = (line: string) => /^POST .*\/bdoc\//.test(line)
const faultsNow = () => findFaults(FIGURES, stage.qad.books, join(stage.state, 'audit'))

test.each(
  MOMENTS.map((moment, at) => ({ ...moment, signal: at % 2 === 0 ? ('SIGINT' as const) : ('SIGTERM' as const) })),
)('$signal $name: what is under way is finished and recorded, nothing after it is begun', async (moment) => {
  const { reached, code, ms, faults } = await stopAt(moment, moment.signal, FIRST, stage)
  expect(reached).toBe(true)
  expect(faults).toEqual([])
  expect(code).toBe(moment.signal === 'SIGINT' ? 130 : 143)
  expect(ms).toBeLessThan(ENDS_WITHIN_MS)
})

test('SIGTERM while waiting for the settle window of an earlier run ends at once, and nothing is sent', async () => {
  stage.set(FIRST)
  await killAt(stage, ({ line }, phase) => isPost(line) && phase === 'body in')
  // What was under way was lost: QAD does not show it, and may still be about to.
  const before = { ...snapshot(stage, join(stage.folder, 'open')), books: [] }
  stage.set({ ...FIRST, before, config: { settleSeconds: 600 } })
  const running = stage.start()
  // The chart and what is posted are read, then nothing is asked until the window is over.
  const asked = () => stage.qad.requests.filter(({ path }) => path.includes('browses')).length
  await until(() => asked() >= BROWSES)
  await pause(100)
  expect(asked()).toBe(BROWSES)
  const signalled = performance.now()
  running.kill('SIGTERM')
  expect((await running.ended).code).toBe(143)
  expect(performance.now() - signalled).toBeLessThan(ENDS_WITHIN_MS)
  expect(stage.qad.books).toHaveLength(0)
  stage.configure({ settleSeconds: 0 })
  expect((await stage.start().ended).code).toBe(0)
  expect(await faultsNow()).toEqual([])
})

test('a second SIGINT ends at once, whatever is under way', async () => {
  stage.set(FIRST)
  let heard = false
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  stage.watch(async (phase, { line }) => {
    if (!isPost(line) || phase !== 'after commit') return
    await signal(running, 'SIGINT')
    heard = true
    await held
  })
  const running = stage.start()
  await until(() => heard)
  running.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  release()
  stage.watch(null)
  expect((await stage.start().ended).code).toBe(0)
  expect(await faultsNow()).toEqual([])
})

test('SIGHUP in mid-run loses and doubles nothing', async () => {
  stage.set(FIRST)
  let posts = 0
  stage.watch((phase, { line }) => {
    if (isPost(line) && phase === 'after commit' && ++posts === 3) running.kill('SIGHUP')
  })
  const running = stage.start()
  await running.ended
  stage.watch(null)
  expect((await stage.start().ended).code).toBe(0)
  expect(await faultsNow()).toEqual([])
})

test('a reader that closes the pipe stops neither the posts nor their record', async () => {
  stage.set(FIRST)
  // stdout is closed before mlc has written anything; what it says there goes nowhere.
  await stage.start(undefined, { through: ['bash', '-c', '"$@" | true', '_'] }).ended
  expect(await faultsNow()).toEqual([])
})

test('a holder of the lock that is stopped keeps it; killed with -9 it frees it at once', async () => {
  stage.set(FIRST)
  let holding = () => {}
  const stopped = new Promise<void>((resolve) => (holding = resolve))
  let posts = 0
  stage.watch((phase, { line }) => {
    if (!isPost(line) || phase !== 'before commit' || ++posts !== 2) return
    holder.kill('SIGSTOP')
    holding()
  })
  const holder = stage.start()
  await stopped
  for (let tries = 0; tries < 3; tries++) {
    const second = await stage.start().ended
    expect(second.code).toBe(7)
    expect(second.json<ErrorJson>().code).toBe('MLC-C020')
  }
  expect(posts).toBe(2)
  holder.kill('SIGCONT')
  expect((await holder.ended).code).toBe(0)
  expect(await faultsNow()).toEqual([])

  stage.set(FIRST)
  await killAt(stage, ({ line }, phase) => isPost(line) && phase === 'before response')
  stage.watch(null)
  expect((await stage.start().ended).code).toBe(0)
  expect(await faultsNow()).toEqual([])
})
