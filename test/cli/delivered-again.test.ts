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

test('mapped anew, what was left of a delivery is posted, and none of its older figures over those of a later one', async () => {
  const w = await fed()
  w.write('1.csv', `${csvOf('2026-07', '301.00')}${csvOf('2026-08', '302.00').slice(HEADER.length + 1)}`)
  w.write('2.csv', csvOf('2026-08', '999.00'))
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, times: 1 })
  expect(await w.run(['ingest', '1.csv', ...INGEST])).toMatchObject({ code: 5 })
  expect(await w.run(['ingest', '2.csv', ...INGEST])).toMatchObject({ code: 0 })
  const replayed = await w.run(['replay', '--job', 'plant-gl', '--mapping', 'current', '--yes', '--json'])
  expect(replayed).toMatchObject({ code: 0 })
  expect(replayed.json<SyncJson>().jobs).toMatchObject([{ push: { created: 1, revised: 0, same: 1 } }])
  expect(amounts(w).slice(-2)).toEqual(['8 net_amount 999.00', '7 budget 1.00'])
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
  const never = await w.run(['ingest', '1.csv', '--period', '2026-99', ...INGEST])
  expect([never.code, never.stdout]).toEqual([6, expect.stringContaining('MLC-Q032')])
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

const rows = (...figures: readonly (readonly [plant: string, account: string, amount: string])[]) =>
  `${HEADER}\n${figures.map(([plant, account, amount]) => `${account},${plant},1,USD,2026-07,${amount},0.00\n`).join('')}`

test('a delivery that lacks figures which an earlier one left open is refused by name; once they are posted, they stay', async () => {
  const w = await fed()
  const post = ['in/1.csv', 'in/2.csv'].map((file) => ['ingest', file, ...INGEST])
  w.write('in/1.csv', rows(['Detroit', '5010', '1.00'], ['Detroit', '5020', '2.00'], ['Detroit', '5030', '3.00']))
  w.write('in/2.csv', rows(['Detroit', '5010', '1.00'], ['Monterrey', '5010', '4.00']))
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 1 })
  expect(await w.run(post[0] ?? [])).toMatchObject({ code: 5 })
  const held = amounts(w)
  const refused = await w.run(post[1] ?? [])
  expect(refused).toMatchObject({ code: 6 })
  const [job] = refused.json<{ jobs: { error: { code: string; message: string } }[] }>().jobs
  expect(job).toMatchObject({ error: { code: 'MLC-I017' }, delivery: { taken: 'refused' } })
  expect(job?.error.message).toMatch(
    /lacks 1 of the 3 figures that run \w+ was to post, which QAD may not have: 05020\/1100 2026-07 net_amount 2.00/,
  )
  expect(amounts(w)).toEqual(held)
  const gone = await w.run([...(post[1] ?? []), '--dry-run', '--allow-missing'])
  expect(gone.code).toBe(0)
  expect(gone.json<{ jobs: unknown[] }>().jobs).toMatchObject([{ delivery: { missing: 2 } }])
  const replayed = await w.run(['replay', '--job', 'plant-gl', '--yes', '--json'])
  expect(replayed.json<SyncJson>().jobs).toMatchObject([{ push: { created: 1 }, superseded: 0 }])
  const all = await w.run(['ingest', 'in', '--allow-missing', ...INGEST])
  expect([all.code, all.stdout]).toEqual([2, expect.stringContaining('--allow-missing is for one delivery')])
  // What QAD still holds of them is told, and the next delivery is measured by this one.
  const taken = await w.run(post[1] ?? [])
  expect(taken).toMatchObject({ code: 0 })
  expect(taken.json<{ jobs: unknown[] }>().jobs).toMatchObject([
    { map: { leftOver: 2 }, push: { created: 2 }, delivery: { taken: 'now', missing: 2 } },
  ])
  expect(w.audit().find(({ data }) => data['missing'] !== undefined)).toMatchObject({ data: { missing: 2 } })
  w.write('in/3.csv', rows(['Detroit', '5010', '1.01'], ['Monterrey', '5010', '4.00']))
  const dry = await w.run(['ingest', 'in/3.csv', '--job', 'plant-gl', '--dry-run'])
  expect(dry.stderr).toContain('Next: the same command without --dry-run')
  expect(dry.stderr).not.toContain('mlc push')
  expect(await w.run(['ingest', 'in/3.csv', ...INGEST])).toMatchObject({ code: 0 })
  expect(amounts(w).at(-1)).toBe('7 net_amount 1.01')
})

test('a file of a folder that was cut stops those after it; completed after a newer one was taken, it is refused as the older one', async () => {
  const w = await fed()
  const json = (amount: string) =>
    JSON.stringify([
      {
        'gl.account_code': '5010',
        'plant.name': 'Detroit',
        'plant.code': '1',
        'gl.currency': 'USD',
        'gl.posting_period': '2026-07',
        'gl.net_amount': amount,
        'gl.budget_amount': '0.00',
      },
    ])
  w.write('in/gl_1.json', json('1.00').slice(0, -20))
  w.write('in/gl_2.json', json('2.00'))
  const cut = await w.run(['ingest', 'in', ...INGEST])
  expect(cut).toMatchObject({ code: 6 })
  expect(cut.json<SyncJson>().jobs).toMatchObject([{ error: { code: 'MLC-I010' } }])
  expect(cut.stderr).toContain('1 file after it not taken')
  // It is completed: both are taken, in their order.
  w.write('in/gl_1.json', json('1.00'))
  expect(await w.run(['ingest', 'in', ...INGEST])).toMatchObject({ code: 0 })
  expect(amounts(w)).toEqual(['7 budget 0.00', '7 net_amount 1.00', '7 net_amount 2.00'])
  // Somebody loses patience over the next cut file, gives the one after it by itself, and then the cut one is completed.
  w.write('in/gl_4.json', json('4.00'))
  expect(await w.run(['ingest', 'in/gl_4.json', ...INGEST])).toMatchObject({ code: 0 })
  w.write('in/gl_3.json', json('3.00'))
  w.write('in/gl_5.json', json('5.00'))
  const late = await w.run(['ingest', 'in', ...INGEST])
  expect(late).toMatchObject({ code: 6 })
  expect(late.json<SyncJson>().jobs.map((one) => one)).toMatchObject([
    { delivery: { taken: 'before' } },
    { delivery: { taken: 'before' } },
    {
      error: {
        code: 'MLC-I018',
        message: expect.stringMatching(/^gl_3.json comes before gl_4.json, which run \w+ took for 2026-07/) as string,
      },
    },
    { delivery: { taken: 'before' } },
    { delivery: { taken: 'now' } },
  ])
  expect(amounts(w).slice(3)).toEqual(['7 net_amount 4.00', '7 net_amount 5.00'])
})

test('a file of a folder that cannot be read stops those after it, and what was posted before it is told', async () => {
  const w = await fed()
  w.editConfig(['qad:', 'ingest: { maxBodyBytes: 1024 }\nqad:'])
  w.write('in/1.csv', csvOf('2026-07', '301.00'))
  w.write('in/2.csv', csvOf('2026-07', '302.00') + '\n'.repeat(2_000))
  w.write('in/3.csv', csvOf('2026-07', '303.00'))
  const ran = await w.run(['ingest', 'in', ...INGEST])
  expect(ran).toMatchObject({ code: 2 })
  expect(ran.json<SyncJson>()).toMatchObject({ exit_code: 2, jobs: [{ exit_code: 0, push: { created: 2 } }] })
  expect(ran.stderr).toMatch(/MLC-C006 .*2\.csv is larger than 1024 bytes[^]*1 file after it not taken/)
  expect(amounts(w)).toEqual(['7 budget 1.00', '7 net_amount 301.00'])
})
