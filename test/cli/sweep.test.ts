import { expect, test } from 'vitest'
import { restated } from '../support/restated.js'
import type { SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

interface Sweep {
  readonly compared: number
  readonly findings: readonly { readonly kind: string; readonly key: string }[]
  readonly foreign: number
}

function sweepOf(ran: { json<T>(): T }): Sweep | null {
  return ran.json<{ jobs: { sweep: Sweep | null }[] }>().jobs[0]?.sweep ?? null
}

/** One reference at revision 2; its first revision stays in QAD. */
async function revisedWorld(): Promise<{ w: World; first: string }> {
  const w = await world()
  await w.run(SYNC)
  const other = await world({ looker: restated('88215.40', '88000.00') })
  w.write('mlc.yaml', w.read('mlc.yaml').replace(w.servers.looker.url, other.servers.looker.url))
  const again = await w.run(SYNC)
  expect(again).toMatchObject({ code: 0 })
  expect(sweepOf(again)).toEqual({ compared: 1, findings: [], foreign: 0 })
  const key = again.json<SyncJson>().jobs[0]?.records.find(({ revision }) => revision === 2)?.key ?? ''
  return { w, first: key.replace('-R2', '') }
}

test.each(['missing', 'doubled', 'altered'] as const)(
  'an older revision that QAD holds %s after the run is found by each run while it lasts: 5, and the audit says it',
  async (kind) => {
    const { w, first } = await revisedWorld()
    const row = w.qad.books.find(({ key }) => key === first)
    if (!row) throw new Error('no first revision')
    w.qad.remove(first)
    if (kind !== 'missing') w.qad.plant({ ...row, ...(kind === 'altered' ? { amount: '1.00' } : {}) })
    if (kind === 'doubled') w.qad.plant({ ...row })
    const swept = await w.run(SYNC)
    expect(sweepOf(swept)?.findings).toMatchObject([{ kind, key: first }])
    expect(swept).toMatchObject({ code: 5 })
    for (let again = 0; again < 2; again++) {
      const later = await w.run(SYNC)
      expect(later).toMatchObject({ code: 5 })
      expect(sweepOf(later)).toMatchObject({ compared: 1, findings: [{ kind, key: first }] })
    }
    expect((await w.run(['status', '--json'])).json()).toMatchObject({ jobs: [{ open: { conflict: 1 } }, {}, {}] })
    const [line] = w.audit().filter(({ event }) => event === 'readback.mismatch')
    expect(line).toMatchObject({ key: first, data: { sweep: kind } })
    w.qad.remove(first)
    w.qad.plant({ ...row })
    for (let again = 0; again < 2; again++) expect(await w.run(SYNC)).toMatchObject({ code: 0 })
    expect((await w.run(['status', '--json'])).json()).toMatchObject({ jobs: [{ open: { conflict: 0 } }, {}, {}] })
  },
)

test.each(['--posted', '--not-posted'])(
  'an older revision that is gone is told until a person settles it with %s',
  async (how) => {
    const { w, first } = await revisedWorld()
    w.qad.remove(first)
    expect(await w.run(SYNC)).toMatchObject({ code: 5 })
    const resolved = await w.run(['resolve', first, how, '--reason', 'the controller removed it', '--yes'])
    expect(resolved).toMatchObject({ code: 0 })
    for (let again = 0; again < 2; again++) expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  },
)

test('a reference that is gone when a replay looks is told, not taken for unwanted: the next sync does not post it again', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: '/bdoc/', skip: 3, times: 1 })
  const key = (await w.run(SYNC)).json<SyncJson>().jobs[0]?.records[10]?.key ?? ''
  const row = w.qad.books.find((one) => one.key === key)
  if (!row) throw new Error('it was not posted')
  w.qad.remove(key)
  const replayed = await w.run(['replay', '--yes', '--json'])
  expect(replayed).toMatchObject({ code: 5 })
  expect(sweepOf(replayed)).toMatchObject({ compared: 23, findings: [{ kind: 'missing', key }] })
  const synced = await w.run(SYNC)
  expect(synced).toMatchObject({ code: 5 })
  expect(synced.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, same: 23, conflict: 1 })
  w.qad.plant({ ...row })
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('references that another machine posted are counted, and no fault of this run', async () => {
  const w = await world()
  await w.run(SYNC)
  const [row] = w.qad.books
  if (!row) throw new Error('no row')
  w.qad.plant({ ...row, key: 'MLC00000000000000000000000007' })
  const again = await w.run(SYNC)
  expect(again).toMatchObject({ code: 0 })
  expect(sweepOf(again)).toEqual({ compared: 0, findings: [], foreign: 1 })
})

test('a reference of another period is not called left over where the read of references shows the whole year', async () => {
  const w = await world()
  await w.run(['sync', '--job', 'payables', '--period', '2026-07', '--yes'])
  const august = await w.run(['sync', '--job', 'payables', '--period', '2026-08', '--yes'])
  expect(august).toMatchObject({ code: 0 })
  expect(august.stderr).not.toContain('no longer produce')
})
