import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoConfig } from '../../src/sandbox/company/company.js'
import type { SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const INGEST = ['--job', 'plant-gl', '--yes', '--json']
const SOURCE = 'look: "42"\n      filters: { gl.posting_period: "{period}" }'
const BDOC = '/bdoc/'

const fed = () => world({ config: (urls) => demoConfig(urls).replace(SOURCE, 'delivery: true') })

const HEADER = 'gl.account_code,plant.name,plant.code,gl.currency,gl.posting_period,gl.net_amount,gl.budget_amount'
const csvOf = (period: string, amount: string) => `${HEADER}\n5010,Detroit,10-100,USD,${period},${amount},1.00\n`

const amounts = (w: World) => w.qad.books.map(({ period, measure, amount }) => `${period} ${measure} ${amount}`)

test('a figure that QAD refused is not lost by the next delivery, of another period', async () => {
  const w = await fed()
  w.write('1.csv', csvOf('2026-07', '301.00'))
  w.write('2.csv', csvOf('2026-08', '302.00'))
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, times: 1 })
  expect(await w.run(['ingest', '1.csv', ...INGEST])).toMatchObject({ code: 5 })
  expect(await w.run(['ingest', '2.csv', ...INGEST])).toMatchObject({ code: 0 })
  const replayed = await w.run(['replay', '--job', 'plant-gl', '--yes', '--json'])
  expect(replayed).toMatchObject({ code: 0 })
  expect(replayed.json<SyncJson>().jobs).toMatchObject([{ push: { created: 1, failed: 0 }, superseded: 0 }])
  expect(amounts(w).sort()).toEqual(['7 budget 1.00', '7 net_amount 301.00', '8 budget 1.00', '8 net_amount 302.00'])
})

test('a file whose figures are not all in QAD is not called taken: its open records are told, and replay finishes them', async () => {
  const w = await fed()
  w.write('1.csv', csvOf('2026-07', '301.00'))
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, times: 1 })
  expect(await w.run(['ingest', '1.csv', ...INGEST])).toMatchObject({ code: 5 })
  const again = await w.run(['ingest', '1.csv', '--job', 'plant-gl', '--yes'])
  expect(again).toMatchObject({ code: 5 })
  expect(again.stderr).toMatch(/already taken by run \w+, of which 1 record is open[^]*mlc replay --job plant-gl/)
  expect(amounts(w)).toEqual(['7 net_amount 301.00'])
  expect(await w.run(['replay', '--job', 'plant-gl', '--yes'])).toMatchObject({ code: 0 })
  const settled = await w.run(['ingest', '1.csv', ...INGEST])
  expect(settled).toMatchObject({ code: 0 })
  expect(settled.json<{ jobs: unknown[] }>().jobs).toMatchObject([{ delivery: { taken: 'before', open: 0 } }])
  expect(w.qad.books).toHaveLength(2)
})

test('figures that a person sends again after others stand in QAD again', async () => {
  const w = await fed()
  const send = async (period: string, amount: string) => {
    w.write('sent', csvOf(period, amount))
    const ran = await w.run(['ingest', '-', ...INGEST], { through: ['sh', '-c', 'exec "$@" < sent', '_'] })
    return ran.json<{ jobs: { delivery: { taken: string } }[] }>().jobs[0]?.delivery.taken
  }
  const words: (string | undefined)[] = []
  for (const amount of ['301.00', '302.00', '301.00', '301.00']) words.push(await send('2026-07', amount))
  expect(words).toEqual(['now', 'now', 'now', 'before'])
  expect(amounts(w).at(-1)).toBe('7 net_amount 301.00')
})

test('in a folder links are followed, what is still being copied is passed over, and a CSV that is cut is refused', async () => {
  const w = await fed()
  w.write('in/..data/1.csv', csvOf('2026-07', '301.00'))
  symlinkSync(join('..data', '1.csv'), join(w.folder, 'in/1.csv'))
  symlinkSync('nowhere', join(w.folder, 'in/2.csv'))
  for (const name of ['3.csv.part', '4.csv.filepart', '5.tmp', '6.csv.crdownload', '7.csv~'])
    w.write(`in/${name}`, csvOf('2026-07', '9.00'))
  const ran = await w.run(['ingest', 'in', ...INGEST])
  expect(ran).toMatchObject({ code: 0 })
  expect(amounts(w)).toEqual(['7 budget 1.00', '7 net_amount 301.00'])
  expect(ran.stderr.match(/passed over .*/g)).toHaveLength(6)
  expect(ran.stderr).toContain('passed over 2.csv: it cannot be read')
  w.write('cut.csv', csvOf('2026-07', '412.00').slice(0, -1))
  const cut = await w.run(['ingest', 'cut.csv', ...INGEST])
  expect(cut).toMatchObject({ code: 6 })
  expect(cut.json<{ jobs: unknown[] }>().jobs).toMatchObject([
    { error: { code: 'MLC-I014' }, delivery: { taken: 'refused' } },
  ])
  rmSync(join(w.folder, 'in/1.csv'))
  const nothing = await w.run(['ingest', 'in', ...INGEST])
  expect(nothing).toMatchObject({ code: 0 })
  expect(nothing.stderr).toContain('in holds nothing to take')
  expect(w.qad.books).toHaveLength(2)
})
