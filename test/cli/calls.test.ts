import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isQueryCall } from '../../src/looker/quota.js'
import { hasSpecification } from '../sandbox/looker/openapi.js'
import { judge } from '../support/looker-judge.js'
import { until } from '../support/until.js'
import { world, type World } from '../support/world.js'

interface StatusJson {
  readonly lookerCallsThisMonth: number
  readonly lookerCalls: { readonly instance: string; readonly month: string; readonly calls: number }
}

const BY_HAND = ['pull', '--look', '42', '--json']

async function counted(w: World): Promise<number> {
  return (await w.run(['status', '--json'])).json<StatusJson>().lookerCallsThisMonth
}

test('every query call of a month is counted, whichever command sent it, and no other call', async () => {
  const w = await world()
  expect(await counted(w)).toBe(0)
  await w.run(BY_HAND)
  expect(await counted(w)).toBe(1)
  await w.run([...BY_HAND, '--paging', 'task'])
  await w.run(['sync', '--all', '--period', '2026-07', '--yes'])
  await w.run(['reconcile', '--job', 'plant-gl', '--period', '2026-07'])
  await w.run(['doctor'])
  expect(w.looker.queryCalls).toBeGreaterThan(8)
  expect(await counted(w)).toBe(w.looker.queryCalls)
  const status = (await w.run(['status', '--json'])).json<StatusJson>()
  const instance = new URL(w.servers.looker.url).host
  expect(status.lookerCalls).toEqual({
    instance,
    month: new Date().toISOString().slice(0, 7),
    calls: w.looker.queryCalls,
  })
  expect((await w.run(['status'])).stderr).toContain(`${w.looker.queryCalls} query calls to Looker at ${instance} in `)
})

test('calls that Looker refused or broke off are calls as well', async () => {
  const w = await world()
  w.looker.fault({ kind: 'status', status: 503, times: 2 })
  w.looker.fault({ kind: 'short', afterBytes: 40, after: 2 })
  await w.run(BY_HAND)
  expect(await counted(w)).toBe(
    w.exchanges.filter(({ sent }) => isQueryCall(sent.path.slice('/api/4.0'.length))).length,
  )
  expect(await counted(w)).toBe(4)
})

test('a kill loses none: what reached Looker is in the count', async () => {
  const w = await world()
  w.looker.fault({ kind: 'hang', times: 'always' })
  for (let kill = 1; kill <= 3; kill++) {
    const running = w.start(BY_HAND)
    const asked = () => w.exchanges.filter(({ sent }) => sent.path.includes('/run/')).length
    await until(() => asked() >= kill)
    running.kill('SIGKILL')
    await running.ended
  }
  expect(await counted(w)).toBe(3)
})

test('processes at one time lose none of each other’s', async () => {
  const w = await world()
  await Promise.all(Array.from({ length: 4 }, () => w.run(BY_HAND)))
  expect(await counted(w)).toBe(4)
})

test('looker.callsPerMonth is a budget: near it and beyond it one line of a command says so, and none is held back', async () => {
  const w = await world()
  w.editConfig(['  requestsPerMinute:', '  callsPerMonth: 5\n  requestsPerMinute:'])
  const folder = join(w.folder, 'state', 'looker-calls')
  const said = /query calls were sent to Looker this month \(UTC\), and looker\.callsPerMonth is 5/g
  expect((await w.run(BY_HAND)).stderr).not.toMatch(said)
  const [name = ''] = readdirSync(folder)
  writeFileSync(join(folder, name), '...')
  const ran = await w.run([...BY_HAND, '--paging', 'task'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr.match(said)).toHaveLength(1)
  expect(ran.stderr).toContain('4 query calls were sent')
  expect((await w.run(['status'])).stderr).toContain('8 of 5 query calls to Looker')
  expect((await w.run(['status', '--json'])).json<StatusJson>().lookerCalls).toMatchObject({ calls: 8, budget: 5 })
})

test('each Looker has its own count, and the calls of an earlier month are not among this month’s', async () => {
  const w = await world()
  await w.run(BY_HAND)
  const folder = join(w.folder, 'state', 'looker-calls')
  const [name = ''] = readdirSync(folder)
  writeFileSync(join(folder, name.replace(/\d{4}-\d\d$/, '2020-01')), '.'.repeat(99))
  writeFileSync(join(folder, `other.example.${name.slice(-7)}`), '.'.repeat(99))
  expect(await counted(w)).toBe(1)
})

test('where nothing can be written, nothing is counted and nothing fails', async () => {
  const w = await world()
  mkdirSync(join(w.folder, 'state'))
  writeFileSync(join(w.folder, 'state', 'looker-calls'), 'no folder')
  chmodSync(join(w.folder, 'state', 'looker-calls'), 0o400)
  expect(await w.run(BY_HAND)).toMatchObject({ code: 0 })
})

test.skipIf(!hasSpecification)('what counts is what Looker’s specification calls a query of the database', () => {
  const wrong = judge().operations.filter(({ name, activity }) => {
    const [, path = ''] = name.split(' ')
    return isQueryCall(path) !== (activity === 'db_query')
  })
  expect(wrong).toEqual([])
})
