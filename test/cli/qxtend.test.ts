import { expect, test } from 'vitest'
import type { SyncJson } from '../support/shapes.js'
import { enterprise, POST } from '../support/enterprise.js'
import { restated } from '../support/restated.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json'] as const

function sumOf(amounts: readonly (string | undefined)[]): bigint {
  return amounts.reduce((sum, amount = '') => sum + BigInt(amount.replace('.', '')), 0n)
}

test('a sync through QXtend posts every figure once, and run again posts nothing', { timeout: 120_000 }, async () => {
  const world = await enterprise()
  const first = await world.run(SYNC)
  expect({ code: first.code, stderr: first.stderr }).toMatchObject({ code: 0 })
  const [job] = first.json<SyncJson>().jobs
  expect(job?.records.every(({ status }) => status === 'posted')).toBe(true)
  const { entries } = world.qad
  expect(entries).toHaveLength(job?.records.length ?? 0)
  expect(new Set(entries.map(({ secondText }) => secondText))).toEqual(
    new Set(job?.records.map(({ key }) => `mlc:${key}`)),
  )
  const figures = entries.map(({ lines }) => lines.filter(({ account }) => account !== '09990')[0])
  const posted = figures.map((line) => (line && /[1-9]/.test(line.debit) ? line.debit : `-${line?.credit ?? ''}`))
  expect(sumOf(posted)).toBe(sumOf((job?.records ?? []).map(({ amount }) => amount)))
  const again = await world.run(SYNC)
  expect(again.code).toBe(0)
  expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, revised: 0, same: entries.length })
  expect(world.qad.entries).toHaveLength(entries.length)
  expect(world.qad.qxtendSessions()).toBe(2)
})

test('killed between the record and its answer, the next sync finds what QAD holds', { timeout: 120_000 }, async () => {
  const world = await enterprise()
  world.qad.fault({ fault: { is: 'hang', committed: true }, on: POST, skip: 3 })
  const started = world.start(SYNC)
  await expect.poll(() => world.qad.entries.length, { timeout: 60_000, interval: 50 }).toBe(4)
  started.kill('SIGKILL')
  await started.ended
  const healed = await world.run(SYNC)
  expect({ code: healed.code, stderr: healed.stderr }).toMatchObject({ code: 0 })
  const [job] = healed.json<SyncJson>().jobs
  const keys = world.qad.entries.map(({ secondText }) => secondText)
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys).toHaveLength(job?.records.length ?? 0)
})

test('an answer that breaks off leaves a doubt that the read-back settles', { timeout: 120_000 }, async () => {
  const world = await enterprise()
  world.qad.fault({ fault: { is: 'truncated' }, on: POST, skip: 1, times: 2 })
  const ran = await world.run(SYNC)
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  const keys = world.qad.entries.map(({ secondText }) => secondText)
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys).toHaveLength(ran.json<SyncJson>().jobs[0]?.records.length ?? 0)
})

test('a restated figure posts the difference under the next revision', { timeout: 120_000 }, async () => {
  const world = await enterprise()
  expect((await world.run(SYNC)).code).toBe(0)
  const { length } = world.qad.entries
  const later = await enterprise({ looker: restated('88215.40', '88000.00') })
  world.editConfig([world.servers.looker.url, later.servers.looker.url])
  const ran = await world.run(SYNC)
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(ran.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, revised: 1, same: length - 1 })
  const added = world.qad.entries.slice(length)
  expect(added.map(({ lines, secondText }) => [secondText.slice(-3), lines[0]?.debit, lines[0]?.credit])).toEqual([
    ['-R2', '0.00', '215.40'],
  ])
})

test(
  'without a query QDoc a sync posts unverified, says so, and posts nothing twice',
  { timeout: 120_000 },
  async () => {
    const world = await enterprise()
    const text = world.read('mlc.yaml')
    const reads = text.slice(text.indexOf('  reads:'), text.indexOf('  write:'))
    world.write('mlc.yaml', text.replace(reads, '').replace('    queryTemplate: query.xml.tmpl\n', ''))
    const first = await world.run(SYNC)
    expect({ code: first.code, stderr: first.stderr }).toMatchObject({ code: 0 })
    expect(first.stderr).toContain('qad.reads lacks glAccounts')
    const [job] = first.json<SyncJson>().jobs
    expect(new Set(job?.records.map(({ status }) => status))).toEqual(new Set(['posted_unverified']))
    const { length } = world.qad.entries
    expect(length).toBe(job?.records.length)
    expect((await world.run(SYNC)).code).toBe(0)
    expect(world.qad.entries).toHaveLength(length)
  },
)

test('a daybook on an official layer is refused before anything is sent', { timeout: 120_000 }, async () => {
  const world = await enterprise()
  world.editConfig(['daybook: RECTR', 'daybook: RECOFF'])
  const ran = await world.run(SYNC)
  expect(ran.code).toBe(6)
  expect(ran.stdout).toContain('MLC-Q043')
  expect(world.qad.entries).toEqual([])
})

test('the doctor looks at the service, the query QDoc, every read and the daybook', { timeout: 120_000 }, async () => {
  const world = await enterprise()
  const ran = await world.run(['doctor', '--json'])
  const { checks } = ran.json<{ checks: { id: string; status: string; detail: string }[] }>()
  const qad = Object.fromEntries(checks.filter(({ id }) => id.startsWith('qad.')).map(({ id, status }) => [id, status]))
  expect(qad).toMatchObject({
    'qad.dns': 'ok',
    'qad.tls': 'ok',
    'qad.login': 'ok',
    'qad.workspace': 'ok',
    'qad.swagger': 'skip',
    'qad.reads.glAccounts': 'ok',
    'qad.reads.periods': expect.stringMatching(/ok|warn/) as string,
    'qad.reads.daybooks': 'ok',
    'qad.daybook': 'ok',
  })
  world.editConfig(['receiver: qad2017ee', 'receiver: qadnoapi'])
  const refused = await world.run(['doctor', '--json'])
  expect(refused.code).toBe(6)
  expect(refused.stdout).toContain('is not enabled on receiver qadnoapi')
})
