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
