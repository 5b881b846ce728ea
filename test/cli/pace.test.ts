import { readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { world, type World } from '../support/world.js'

const PULL = ['pull', '--job', 'plant-gl', '--period', '2026-07', '--json']
/** Less than what is left of a minute. */
const HURRIED = [...PULL, '--timeout', '5']

function departures(w: World): { file: string; times: number[] } {
  const folder = join(w.folder, '.cache', 'mlc', 'pace')
  const [name = ''] = readdirSync(folder)
  const file = join(folder, name, 'departures.json')
  return { file, times: JSON.parse(readFileSync(file, 'utf8')) as number[] }
}

test('processes of one user share the pace of a Looker, whatever their state folders', async () => {
  const w = await world()
  w.editConfig(['requestsPerMinute: 600', 'requestsPerMinute: 12'])
  expect(await w.run(PULL)).toMatchObject({ code: 0 })
  const first = w.looker.requests.length
  expect(departures(w).times.length).toBeGreaterThanOrEqual(first - 1)
  // What is left of the minute is less than two pulls need, so one of those elsewhere waits until its deadline.
  const others = ['elsewhere', 'and there'].map((name) =>
    w.run(HURRIED, { env: { MLC_STATE_DIR: join(w.folder, name) } }),
  )
  expect((await Promise.all(others)).map(({ code }) => code)).toContain(75)
  expect(w.looker.requests.length).toBeLessThanOrEqual(12)
})

test('the file of a pace tells neither host nor key, and nothing but times', async () => {
  const w = await world()
  await w.run(PULL)
  const { file } = departures(w)
  expect(file).not.toContain('127.0.0.1')
  expect(readFileSync(file, 'utf8')).toMatch(/^\[[\d,]*\]$/)
})

test('a cache folder that cannot be used, or a damaged file, stops nothing', async () => {
  const w = await world()
  await w.run(PULL)
  writeFileSync(departures(w).file, '{"no": times')
  expect(await w.run(PULL)).toMatchObject({ code: 0 })
  writeFileSync(join(w.folder, 'file'), '')
  expect(await w.run(PULL, { env: { XDG_CACHE_HOME: join(w.folder, 'file') } })).toMatchObject({ code: 0 })
  mkdirSync(join(w.folder, 'own'))
  expect(await w.run(PULL, { env: { XDG_CACHE_HOME: join(w.folder, 'own') } })).toMatchObject({ code: 0 })
  expect(readdirSync(join(w.folder, 'own', 'mlc', 'pace'))).toHaveLength(1)
})

test('the doctor and a login keep the same pace as a sync', async () => {
  const w = await world()
  await w.run(PULL)
  const before = departures(w).times.length
  await w.run(['doctor', '--only', 'looker'])
  const diagnosed = departures(w).times.length
  await w.run(['login', 'looker', '--no-input'], { env: { MLC_STORE: 'none' } })
  expect(diagnosed).toBeGreaterThan(before + 2)
  expect(departures(w).times.length).toBeGreaterThan(diagnosed + 1)
})

test('a Retry-After that outlasts the deadline ends with the deadline: 75 at once, nothing in doubt', async () => {
  const w = await world()
  w.looker.fault({ kind: 'status', status: 429, headers: { 'retry-after': '300' }, times: 'always' })
  const started = Date.now()
  const ran = await w.run(HURRIED)
  expect(ran).toMatchObject({ code: 75 })
  expect(ran.json<{ code: string; retryable: boolean }>()).toMatchObject({ code: 'MLC-C030', retryable: true })
  expect(Date.now() - started).toBeLessThan(60_000)
  expect(w.qad.books).toEqual([])
})
