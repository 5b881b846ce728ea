import { expect, test } from 'vitest'
import { checkClock } from '../../src/doctor/clock.js'
import { localChecks } from '../../src/doctor/local.js'
import type { Machine, StateFolder, TimeSeen } from '../../src/doctor/ports.js'
import { portsWith } from './ports.js'

const MACHINE: Machine = {
  mlc: '0.1.0',
  node: '22.9.0',
  platform: 'linux',
  arch: 'x64',
  isManaged: false,
  configBy: null,
}

async function run(id: string, given: Parameters<typeof portsWith>[0]) {
  const check = localChecks(portsWith(given), null, '').find((one) => one.id === id)
  if (!check) throw new Error(`no check ${id}`)
  return check.run(() => null)
}

test.each([
  ['18.20.4', 'fail', 'MLC-C040'],
  ['20.18.3', 'fail', 'MLC-C040'],
  ['20.19.0', 'ok', null],
  ['24.1.0', 'ok', null],
])('Node.js %s: %s', async (node, status, code) => {
  expect(await run('node', { machine: { ...MACHINE, node } })).toMatchObject({ status, code })
})

test.each<[string, Partial<StateFolder>, string, RegExp]>([
  ['private with room', {}, 'ok', /18 GB free/],
  ['open to others', { mode: 0o40755 }, 'warn', /mode 755/],
  ['on a disk that is almost full', { freeBytes: 5_000_000 }, 'warn', /4 MB free/],
  ['without permission bits, as on Windows', { mode: null }, 'ok', /writable/],
])('a state folder %s: %s', async (_what, about, status, words) => {
  const folder = { path: '/var/lib/mlc', freeBytes: 18 * 1024 ** 3, mode: 0o40700, ...about }
  const found = await run('state.writable', { state: () => Promise.resolve(folder) })
  expect(found.status).toBe(status)
  expect(found.detail).toMatch(words)
})

const NOON = Date.UTC(2026, 7, 3, 12)

/** An answer that took 400 ms, of a server whose clock is so many seconds behind ours. */
function seen(aheadSeconds: number): readonly TimeSeen[] {
  const serverMs = Math.floor((NOON - aheadSeconds * 1000) / 1000) * 1000
  return [{ serverMs, askedMs: NOON, answeredMs: NOON + 400 }]
}

test.each<[number, number, string, RegExp]>([
  [0, 0, 'ok', /^in step with Looker and QAD$/],
  [30, 0, 'ok', /30 s|29 s/],
  [62, 62, 'warn', /ahead of Looker.*ahead of QAD/],
  [-90, -90, 'warn', /behind Looker/],
  [302, 302, 'fail', /5 min ahead of Looker/],
  [-600, -600, 'fail', /10 min behind QAD/],
  [0, 400, 'fail', /in step with Looker; this machine is 7 min ahead of QAD/],
])('a clock %i s ahead of Looker and %i s ahead of QAD: %s', (looker, qad, status, words) => {
  const found = checkClock({ looker: seen(looker), qad: seen(qad) })
  expect(found.status).toBe(status)
  expect(found.detail).toMatch(words)
  if (status !== 'ok') expect(found.code).toBe('MLC-C041')
  const isOurs = Math.abs(looker) > 60 && Math.abs(qad) > 60
  if (status !== 'ok') expect(found.fix).toMatch(isOurs ? /this machine/ : /clock of QAD/)
})

test('an answer that was long on its way is no skew', () => {
  const slow = [{ serverMs: NOON + 90_000, askedMs: NOON, answeredMs: NOON + 120_000 }]
  expect(checkClock({ looker: slow, qad: [] })).toMatchObject({ status: 'ok', detail: 'in step with Looker' })
})

test('without an answer there is no time to compare with', () => {
  expect(checkClock({ looker: [], qad: [] }).status).toBe('skip')
})
