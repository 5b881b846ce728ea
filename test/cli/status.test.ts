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
