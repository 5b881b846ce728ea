import { expect, test } from 'vitest'
import type { KnownDelivery } from '../../src/audit/deliveries.js'
import type { Standing } from '../../src/audit/unfinished.js'
import type { Plan } from '../../src/model/plan.js'
import { findMissing, refuseOlder } from '../../src/pipeline/following.js'
import type { Ports } from '../../src/pipeline/ports.js'

const portsOf = (history: Partial<Ports['history']>) => ({ history }) as unknown as Ports

const planOf = (...keys: readonly string[]) =>
  ({
    job: 'gl',
    entries: keys.map((key) => ({ reference: { key, year: 2026, period: 7 } })),
  }) as unknown as Plan

const [A, B] = [`MLC${'A'.repeat(26)}`, `MLC${'B'.repeat(26)}`] as const
const LOOKER = ['GL_2026-07-30T0600_ffffff.json', 'GL_2026-07-31T0600_0a1b2c.json'] as const
type From = 'folder' | 'hand' | null

test.each<[name: string, taken: string | null, from: From, periods: readonly string[], isOlder: boolean]>([
  ['1.json', '2.json', 'folder', ['2026-07'], true],
  ['2.json', '1.json', 'folder', ['2026-07'], false],
  ['1.json', '2.json', 'folder', ['2026-06'], false],
  ['gl_10.csv', 'gl_9.csv', 'folder', ['2026-07'], false],
  ['gl_9.csv', 'gl_10.csv', 'folder', ['2026-07'], true],
  ['a.json', 'z.csv', 'folder', ['2026-07'], false],
  ['gl 1.json', 'gl 2.json', 'folder', ['2026-07'], true],
  ['a.json', 'z.csv', 'hand', ['2026-07'], false],
  [LOOKER[0], LOOKER[1], 'hand', ['2026-07'], true],
  ['2026-07-09.csv', '2026-07-10.csv', null, ['2026-07'], true],
  ['1.json', null, null, ['2026-07'], false],
])('%s behind %s (%s, of %j): older is %s', async (name, taken, from, periods, isOlder) => {
  const deliveries = async () => [{ name: taken, from, periods, run: 'R' }] as unknown as readonly KnownDelivery[]
  const follower = { name, plan: planOf('A'), head: { period: null } }
  const given = refuseOlder({ ...follower, from: 'folder' }, portsOf({ deliveries })).then(
    () => false,
    (error: { code: string }) => error.code === 'MLC-I018',
  )
  expect(await given).toBe(isOlder)
  // A person, and Looker itself, mean what they give.
  await refuseOlder({ ...follower, from: 'hand' }, portsOf({ deliveries }))
})

test.each<[amounts: readonly string[], movements: boolean, missing: number]>([
  [['5.00'], false, 1],
  [['0.00'], false, 0],
  [['7.00', '-7.00'], true, 0],
  [['7.00', '-2.00'], true, 1],
  [['7.00', '0.00'], false, 0],
  [['n/a'], false, 1],
])('%j (journals: %s) is missed %i times', async (amounts, movements, missing) => {
  const of = { year: 2026, period: 7, amount: amounts.at(-1) }
  const gone = { reference: { key: B, ...of }, run: 'R', amounts, isOpen: false }
  const there = { reference: { key: `${A}-R2`, ...of }, run: 'R', amounts: ['1.00'], isOpen: false }
  const standing = async () => [gone, there] as unknown as readonly Standing[]
  const found = await findMissing(
    { plan: planOf(`${A}-R3`), head: { period: null } },
    movements,
    portsOf({ standing, deliveries: async () => [] }),
  )
  expect(found.standing.map(({ reference }) => reference.key)).toEqual(missing === 0 ? [] : [B])
})
