import { expect, test } from 'vitest'
import { world } from '../support/world.js'

interface StatusJson {
  readonly jobs: readonly { readonly job: string; readonly lastGood: string | null; readonly lastRun: string | null }[]
}

test('the last good sync and the last run of one run are one time', async () => {
  const w = await world()
  await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])
  const { jobs } = (await w.run(['status', '--json'])).json<StatusJson>()
  const job = jobs.find(({ job }) => job === 'plant-gl')
  expect(job?.lastGood).toMatch(/^20/)
  expect(job?.lastRun).toBe(job?.lastGood)
  expect((await w.run(['status'])).stderr).toContain('1 query call to Looker at 127.0.0.1')
})

test('a store that is mistyped is refused', async () => {
  const w = await world()
  const refused = await w.run(['status', '--json'], { env: { MLC_STORE: 'vualt' } })
  expect(refused.json()).toMatchObject({ code: 'MLC-S004', exit_code: 2 })
})

test('who has the state folder needs no address of Looker or QAD for what mlc knows by itself', async () => {
  const w = await world()
  const sync = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes']
  expect(await w.run(sync)).toMatchObject({ code: 0 })
  const key = w.audit().find(({ event }) => event === 'record.posted')?.key ?? ''
  w.editConfig([w.servers.looker.url, LOOKER], [`${w.servers.qad.url}/clouderp`, QAD])
  expect(await w.run(['audit', 'verify'])).toMatchObject({ code: 0 })
  expect((await w.run(['trace', key, '--json'])).json()).toMatchObject({ key, job: 'plant-gl', rows: [{}] })
  const status = await w.run(['status', '--json'])
  expect(status.json<StatusJson>().jobs.map(({ job }) => job)).toContain('plant-gl')
  expect(status.json()).toMatchObject({ lookerCalls: null, credentials: { qad: { source: null, code: 'MLC-C004' } } })
  const asked = w.exchanges.length
  const refused = await w.run([...sync, '--json'])
  expect(refused.json()).toMatchObject({ code: 'MLC-C004', exit_code: 2 })
  expect(refused.stdout).toMatch(/line \d+: looker.baseUrl: the environment variable LOOKER_URL is not set/)
  expect(w.exchanges).toHaveLength(asked)
})

test('one state folder for two companies: a good sync into the one is none into the other, and the audit names both', async () => {
  const w = await world()
  const sync = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes']
  expect(await w.run(sync)).toMatchObject({ code: 0 })
  // The same company to the sandbox, and by its address another to mlc.
  const [here, there] = [w.servers.qad.url, w.servers.qad.url.replace('127.0.0.1', 'localhost')]
  w.editConfig([here, there])
  const status = await w.run(['status', '--json', '--max-age', '1h'])
  expect(status.code).toBe(9)
  expect(status.json<StatusJson>().jobs.find(({ job }) => job === 'plant-gl')).toMatchObject({ lastGood: null })
  const company = `10USA/10USACO at ${here}/clouderp`
  expect(status.json()).toMatchObject({ elsewhere: [{ company, jobs: ['plant-gl'] }] })
  expect((await w.run(['status'])).stderr).toContain(`not counted: runs of plant-gl into ${company}`)
  expect((await w.run(['audit', 'show', '--job', 'plant-gl'])).stdout).not.toContain('COMPANY')
  expect(await w.run(sync)).toMatchObject({ code: 0 })
  const shown = (await w.run(['audit', 'show', '--job', 'plant-gl', '--event', 'map.done'])).stdout.trim().split('\n')
  expect(shown.map((line) => line.trim().split(/ {2,}/).at(-1))).toEqual([
    'COMPANY',
    company,
    company.replace('127.0.0.1', 'localhost'),
  ])
})

const [LOOKER, QAD] = ['${LOOKER_URL}', '${QAD_URL}']
