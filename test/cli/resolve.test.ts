import { expect, test } from 'vitest'
import { restated } from '../support/restated.js'
import type { ErrorJson, SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const BDOC = '/bdoc/'
const REASON = ['--reason', 'asked the controller', '--yes', '--json']

/** One record whose answer was lost, in a tenant that cannot be asked. */
async function blindWorld(committed: boolean): Promise<{ w: World; key: string }> {
  const w = await world()
  const text = w.read('mlc.yaml').replace(/settleSeconds: \d+/g, 'settleSeconds: 1')
  w.write('mlc.yaml', text.replace(/\n    posted:[\s\S]*?(?=\n    \w|\n  \w)/, ''))
  w.qad.fault({ fault: { is: 'reset', committed }, on: BDOC, skip: 5 })
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 5 })
  const [unknown] = ran.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'unknown') ?? []
  return { w, key: unknown?.key ?? '' }
}

test('where QAD cannot be asked, neither sync nor replay sends a record in doubt', async () => {
  const { w, key } = await blindWorld(true)
  for (const command of [SYNC, ['replay', '--yes', '--json']]) {
    const again = await w.run(command)
    expect(again).toMatchObject({ code: 5 })
    expect(again.json<SyncJson>().jobs[0]?.records.find((one) => one.key === key)).toMatchObject({
      status: 'unknown',
      code: 'MLC-Q021',
    })
  }
  expect(w.qad.books).toHaveLength(24)
})

test('--posted settles it: the next sync counts it as held, and sends nothing', async () => {
  const { w, key } = await blindWorld(true)
  const settled = await w.run(['resolve', key, '--posted', ...REASON])
  expect(settled).toMatchObject({ code: 0 })
  expect(settled.json()).toMatchObject({ key, resolution: 'posted', before: 'unknown' })
  const again = await w.run(SYNC)
  expect(again).toMatchObject({ code: 0 })
  expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 24, created: 0 })
  expect(w.qad.books).toHaveLength(24)
  const [line] = w.audit().filter(({ event }) => event === 'record.resolved')
  expect(line).toMatchObject({ key, data: { resolution: 'posted', reason: 'asked the controller' } })
})

test('--not-posted settles it: the next sync sends it once', async () => {
  const { w, key } = await blindWorld(false)
  expect(await w.run(['resolve', key.toLowerCase(), '--not-posted', ...REASON])).toMatchObject({ code: 0 })
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  expect(w.qad.books.filter((row) => row.key === key)).toHaveLength(1)
  expect(w.qad.books).toHaveLength(24)
})

test('--not-posted settles it: a replay sends it once', async () => {
  const { w, key } = await blindWorld(false)
  expect(await w.run(['resolve', key, '--not-posted', ...REASON])).toMatchObject({ code: 0 })
  const replayed = await w.run(['replay', '--job', 'plant-gl', '--yes', '--json'])
  expect(replayed.json<SyncJson>().jobs).toMatchObject([{ push: { created: 1 } }])
  expect(w.qad.books.filter((row) => row.key === key)).toHaveLength(1)
  expect((await w.run(['replay', '--yes', '--json'])).json<SyncJson>().jobs).toEqual([])
  expect(w.qad.books).toHaveLength(24)
})

test('a record that is not in doubt is not resolved, and QAD is not contradicted', async () => {
  const w = await world()
  w.write('mlc.yaml', w.read('mlc.yaml').replace(/settleSeconds: \d+/g, 'settleSeconds: 1'))
  w.qad.fault({ fault: { is: 'reset', committed: true }, on: BDOC, skip: 5 })
  w.qad.fault({ fault: { is: 'lag', reads: 1 }, on: BDOC, skip: 5 })
  const records = (await w.run(SYNC)).json<SyncJson>().jobs[0]?.records ?? []
  const posted = records.find(({ status }) => status === 'posted')?.key ?? ''
  const unknown = records.find(({ status }) => status === 'unknown')?.key ?? ''
  const refused = await w.run(['resolve', posted, '--not-posted', ...REASON])
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.json<ErrorJson>()).toMatchObject({ code: 'MLC-C015' })
  const contradicted = await w.run(['resolve', unknown, '--not-posted', ...REASON])
  expect(contradicted).toMatchObject({ code: 6 })
  expect(contradicted.json<ErrorJson>()).toMatchObject({ code: 'MLC-Q025' })
})

test.each<[string[], string]>([
  [['MLC00000000000000000000000000', '--posted', ...REASON], 'MLC-C016'],
  [['MLC00000000000000000000000000', ...REASON], 'MLC-C006'],
  [['MLC00000000000000000000000000', '--posted', '--not-posted', ...REASON], 'MLC-C006'],
  [['MLC00000000000000000000000000', '--posted', '--yes', '--json'], 'MLC-C006'],
  [['MLC00000000000000000000000000', '--posted', '--reason', 'x', '--json'], 'MLC-C009'],
])('resolve %j is refused', async (args, code) => {
  const w = await world()
  const ran = await w.run(['resolve', ...args])
  expect(ran).toMatchObject({ code: 2 })
  expect(ran.json<ErrorJson>()).toMatchObject({ code })
})

test('a conflict that a person accepts is revised by the next sync', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'alter', words: { amount: { n: '1.00' } } }, on: BDOC, skip: 4 })
  const first = await w.run(SYNC)
  expect(first).toMatchObject({ code: 5 })
  const [conflict] = first.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'conflict') ?? []
  const key = conflict?.key ?? ''
  expect(await w.run(SYNC)).toMatchObject({ code: 5 })
  expect(await w.run(['resolve', key, '--posted', ...REASON])).toMatchObject({ code: 0 })
  const again = await w.run(SYNC)
  expect(again).toMatchObject({ code: 0 })
  expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ revised: 1, same: 23 })
  expect(w.qad.books.find((row) => row.key === `${key}-R2`)?.amount).toBe(conflict?.amount)
})

/** One record that QAD took, or refuses as already there, and never shows. */
async function hiddenWorld(fault: 'lag' | 'conflict'): Promise<{ w: World; key: string; amount: string }> {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  w.write('mlc.yaml', w.read('mlc.yaml').replace(/settleSeconds: \d+/g, 'settleSeconds: 1'))
  w.qad.fault({ fault: fault === 'lag' ? { is: 'lag', reads: 1_000 } : { is: 'conflict' }, on: BDOC, skip: 5 })
  const first = await w.run(SYNC)
  expect(first).toMatchObject({ code: 5 })
  const [hidden] = first.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'unknown') ?? []
  expect(hidden).toMatchObject({ code: 'MLC-Q023' })
  return { w, key: hidden?.key ?? '', amount: hidden?.amount ?? '' }
}

function postsTo(w: World): number {
  return w.qad.requests.filter(({ path }) => path.includes(BDOC)).length
}

test.each(['lag', 'conflict'] as const)(
  'what QAD took, or refuses as already there, and hides (%s) is sent once and named, until a person says that it is posted',
  async (fault) => {
    const { w, key } = await hiddenWorld(fault)
    const sent = postsTo(w)
    for (let again = 0; again < 3; again++) {
      const synced = await w.run(again === 1 ? ['replay', '--yes', '--json'] : SYNC)
      expect(synced).toMatchObject({ code: 5 })
      expect(synced.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'conflict')).toMatchObject([
        { key },
      ])
    }
    expect(await w.run(['resolve', key, '--posted', ...REASON])).toMatchObject({ code: 0 })
    for (let again = 0; again < 3; again++) {
      const synced = await w.run(SYNC)
      expect(synced).toMatchObject({ code: 0 })
      expect(synced.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 24, conflict: 0 })
    }
    expect(postsTo(w)).toBe(sent)
    expect((await w.run(['status', '--json'])).json()).toMatchObject({ jobs: [{ open: { conflict: 0 } }, {}, {}] })
    const [line] = w.audit().filter(({ event }) => event === 'record.resolved')
    expect(line).toMatchObject({ key, actor: { user: expect.any(String) as string }, data: { resolution: 'posted' } })
  },
)

test('what a person accepted is revised when its amount changes, and the revision is what counts from then on', async () => {
  const { w, key, amount } = await hiddenWorld('lag')
  await w.run(['resolve', key, '--posted', ...REASON])
  const other = await world({ looker: restated(amount, '77.77') })
  w.write('mlc.yaml', w.read('mlc.yaml').replace(w.servers.looker.url, other.servers.looker.url))
  const again = await w.run(SYNC)
  expect(again).toMatchObject({ code: 0 })
  expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 23, revised: 1 })
  expect(w.qad.books.find((row) => row.key === `${key}-R2`)?.amount).toBe('77.77')
  const last = await w.run(SYNC)
  expect(last).toMatchObject({ code: 0 })
  expect(last.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 24 })
})

test('a revision that QAD shows no more is in conflict, until a person says that QAD holds it', async () => {
  const w = await world()
  const first = await w.run(SYNC)
  const { amount = '' } = first.json<SyncJson>().jobs[0]?.records.find((record) => record.amount !== '0.00') ?? {}
  const other = await world({ looker: restated(amount, '77.77') })
  w.write('mlc.yaml', w.read('mlc.yaml').replace(w.servers.looker.url, other.servers.looker.url))
  expect((await w.run(SYNC)).json<SyncJson>().jobs[0]?.push).toMatchObject({ revised: 1 })
  const { key = '' } = w.qad.books.find((row) => row.key.endsWith('-R2')) ?? {}
  w.qad.remove(key)
  expect((await w.run(SYNC)).json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 23, conflict: 1 })
  expect(await w.run(['resolve', key, '--posted', ...REASON])).toMatchObject({ code: 0 })
  const last = await w.run(SYNC)
  expect(last).toMatchObject({ code: 0 })
  expect(last.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 24, conflict: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('a person may take back that QAD holds it: the next sync sends it, once', async () => {
  const { w, key } = await hiddenWorld('conflict')
  await w.run(['resolve', key, '--posted', ...REASON])
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  expect(await w.run(['resolve', key, '--posted', ...REASON])).toMatchObject({ code: 2 })
  const back = await w.run(['resolve', key, '--not-posted', ...REASON])
  expect(back.json()).toMatchObject({ before: 'accepted', resolution: 'not-posted' })
  expect((await w.run(SYNC)).json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 23, created: 1 })
  expect(w.qad.books.filter((row) => row.key === key)).toHaveLength(1)
})

test('when QAD shows what a person accepted after all, its own word counts again', async () => {
  const { w, key } = await hiddenWorld('conflict')
  await w.run(['resolve', key, '--posted', ...REASON])
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  const [row] = w.qad.books
  if (!row) throw new Error('no row')
  w.qad.plant({ ...row, key, amount: '1.00' })
  const synced = await w.run(SYNC)
  expect(synced).toMatchObject({ code: 5 })
  expect(synced.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 23, conflict: 1 })
})

test('--dry-run records no decision', async () => {
  const { w, key } = await blindWorld(true)
  expect(await w.run(['resolve', key, '--posted', '--reason', 'x', '--dry-run'])).toMatchObject({ code: 0 })
  expect(w.audit().filter(({ event }) => event === 'record.resolved')).toHaveLength(0)
})
