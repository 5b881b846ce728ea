import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { demoEnterprise, demoQad } from '../../src/sandbox/company/company.js'
import { createQadSandbox } from '../../src/sandbox/qad/sandbox.js'
import { capture, demoSteps, JOURNAL_SAVE, REFERENCE_SAVE, type Step } from '../support/capture.js'
import { world, type World } from '../support/world.js'

const SLOW_MS = 60_000

interface Synced {
  readonly exit_code: number
  readonly jobs: readonly { readonly records: readonly { readonly status: string }[] }[]
}

test.each([
  ['a record of the ReconReference component', REFERENCE_SAVE, 'revise'],
  ['an entry in the transient journal', JOURNAL_SAVE, 'adjust'],
] as const)(
  'what was learned from %s posts July and reads it back',
  { timeout: SLOW_MS },
  async (_, save, onRestate) => {
    const w = await learnedWorld([save], onRestate)
    const doctor = await w.run(['doctor', '--only', 'qad', '--json'])
    const checks = doctor.json<{ checks: readonly { id: string; status: string; detail: string }[] }>().checks
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['qad.workspace', 'qad.swagger', 'qad.reads.posted', 'qad.reads.periods']),
    )
    const ran = await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json'])
    const { exit_code, jobs } = ran.json<Synced>()
    expect(exit_code).toBe(0)
    const statuses = jobs[0]?.records.map(({ status }) => status) ?? []
    expect(statuses).toHaveLength(24)
    expect([...new Set(statuses)]).toEqual(['posted'])
    expect(save === REFERENCE_SAVE ? w.qad.books : w.qad.entries).toHaveLength(24)
  },
)

/** The demo project with the section that was learned in place of its own. */
async function learnedWorld(save: readonly Step[], onRestate: string): Promise<World> {
  // Its payables take postings by hand, as journals need.
  const w = await world({ qad: demoEnterprise() })
  const tenant = createQadSandbox(demoQad(), { now: () => Date.UTC(2026, 6, 14) })
  w.write('capture.har', await capture(tenant, `${w.servers.qad.url}/clouderp`, demoSteps(save)))
  const ran = await w.run(['qad', 'learn', 'capture.har'])
  expect([ran.code, ran.stdout]).toEqual([0, ''])
  const learned = w.read('qad.learned.yaml')
  const section = learned.slice(learned.indexOf('\nqad:\n') + 1)
  const demo = w.read('mlc.yaml')
  const jobs = demo.slice(demo.indexOf('\njobs:') + 1).replaceAll('onRestate: revise', `onRestate: ${onRestate}`)
  const quick = section.replace('\n  reads:', '\n  http: { minGapMs: 0 }\n  reads:')
  w.write('mlc.yaml', `${demo.slice(0, demo.indexOf('\nqad:'))}\n${quick}${jobs}`)
  return w
}

test('the files are new ones, and what is there is never written over', async () => {
  const w = await world()
  const before = readdirSync(w.folder)
  const config = w.read('mlc.yaml')
  w.write(
    'capture.har',
    await capture(createQadSandbox(demoQad()), 'https://erp.example.com/clouderp', demoSteps([JOURNAL_SAVE])),
  )
  const shown = await w.run(['qad', 'learn', 'capture.har', '-o', '-'])
  expect([shown.code, shown.stdout.split('\n')[4]]).toEqual([0, 'qad:'])
  expect(readdirSync(w.folder).sort()).toEqual([...before, 'capture.har'].sort())
  const first = await w.run(['qad', 'learn', 'capture.har', '-o', 'new', '--json'])
  expect(first.json<{ schema: string; loads: boolean; missing: unknown[] }>()).toMatchObject({
    schema: 'mlc/qad-learn/1',
    kind: 'har',
    loads: true,
    missing: [],
  })
  expect(readdirSync(`${w.folder}/new`).sort()).toEqual(['journal.json.tmpl', 'qad.learned.yaml'])
  const again = await w.run(['qad', 'learn', 'capture.har', '-o', 'new', '--json'])
  expect([again.code, again.json<{ code: string }>().code]).toEqual([2, 'MLC-C013'])
  expect(w.read('mlc.yaml')).toBe(config)
})

test('a file that is no capture is refused with exit 2, and nothing of it is quoted', async () => {
  const w = await world()
  w.write('mixed.har', 'user=lena&password=Rk3vQz81LmPw')
  const ran = await w.run(['qad', 'learn', 'mixed.har'])
  expect(ran.code).toBe(2)
  expect(ran.stderr).toContain('MLC-Q017 mixed.har is not valid JSON')
  expect(ran.stderr).not.toContain('Rk3v')
})
