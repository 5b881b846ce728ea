import { describe, expect, test } from 'vitest'
import type { LookerOptions as SandboxOptions } from '../../src/sandbox/looker/sandbox.js'
import { INLINE, explore, failure, ledger, pull, start, type Setting } from './harness.js'

type Faults = NonNullable<SandboxOptions['faults']>

const FILTERED = { 'gl.month': '2026-08' }
const OLD = { release: '23.0.5' }
const IGNORED = { kind: 'ignored-filter', field: 'gl.month', times: 'always' } as const
const UNTOLD = { kind: 'metadata', members: { filters: null }, on: 'json_bi', times: 'always' } as const
const PLAIN = { kind: 'plain-json', on: 'json_bi', times: 'always' } as const
const LEARNS = { learnsFilters: true }

async function listening(setting: Setting) {
  const warned: string[] = []
  const started = await start({ ...setting, warn: (text) => void warned.push(text) })
  return { ...started, warned, formats: () => started.runs().map(({ path }) => path.split('/').at(-1)) }
}

function refusing(status: number, on: string): Faults[number] {
  return { kind: 'status', status, on, times: 'always' }
}

/** A Looker of each kind that says nothing of filters beside its rows. */
const SILENT: readonly (readonly [string, Setting, string])[] = [
  ['an old release', { world: OLD }, 'json'],
  ['a release that is not known', { sandbox: { faults: [refusing(404, '/versions')] } }, 'json'],
  ['an answer without metadata.filters', { sandbox: { faults: [UNTOLD] } }, 'json_bi'],
  ['an answer without metadata', { sandbox: { faults: [PLAIN] } }, 'json_bi'],
]

describe.each(SILENT)('%s', (_, setting, format) => {
  const faults = setting.sandbox?.faults ?? []

  test('is asked once more for a job, and what it says is kept', async () => {
    const { looker, formats, warned, runs } = await listening(setting)
    const { result } = await pull(looker, LEARNS)
    expect(result).toMatchObject({ rows: 13, requests: 2, appliedFilters: FILTERED })
    expect(formats()).toEqual([format, 'json_detail'])
    expect(new URLSearchParams(runs()[1]?.query).get('limit')).toBe('1')
    expect(warned).toEqual([])
    expect(result).not.toHaveProperty('warnings')
  })

  test('that drops a filter is found out', async () => {
    const { looker } = await listening({ ...setting, sandbox: { faults: [...faults, IGNORED] } })
    expect(await failure(pull(looker, LEARNS))).toBe('MLC-L017 the filter gl.month = 2026-08 was dropped by Looker')
  })

  test.each([400, 404, 422])('that refuses the question (%s) goes on with a warning', async (status) => {
    const { looker, warned } = await listening({
      ...setting,
      sandbox: { faults: [...faults, refusing(status, 'json_detail')] },
    })
    const { result } = await pull(looker, LEARNS)
    expect(result).toMatchObject({ rows: 13, appliedFilters: null, warnings: warned })
    expect(warned).toEqual([
      expect.stringMatching(/^Looker tells neither with the rows nor .* the filter gl\.month: compare/),
    ])
  })

  test('without a job costs no call more, and is warned of', async () => {
    const { looker, formats, warned } = await listening(setting)
    await pull(looker)
    expect(formats()).toEqual([format])
    expect(warned).toEqual([expect.stringMatching(/with these rows whether it applied the filter gl\.month/)])
  })

  test('without filters has nothing to tell', async () => {
    const { looker, formats, warned } = await listening(setting)
    await pull(looker, { query: INLINE, ...LEARNS })
    expect(formats()).toEqual([format])
    expect(warned).toEqual([])
  })
})

test('a Looker that is down when it is asked for its filters is no Looker that does not tell', async () => {
  const { looker } = await listening({ world: OLD, sandbox: { faults: [refusing(503, 'json_detail')] } })
  expect(await failure(pull(looker, LEARNS))).toMatch(/^MLC-L008 .* 503/)
})

test.each([429, 500, 503])(
  'an outage (%s) of the versions is waited for, and does not change the format',
  async (status) => {
    const fault = { kind: 'status', status, on: '/versions', times: 2 } as const
    const { looker, formats } = await listening({ sandbox: { faults: [fault] } })
    expect((await pull(looker, LEARNS)).result).toMatchObject({ appliedFilters: FILTERED, requests: 1 })
    expect(formats()).toEqual(['json_bi'])
  },
)

test('an outage that lasts ends the pull, and the next one asks for the release again', async () => {
  const { looker, formats } = await listening({
    sandbox: { faults: [{ kind: 'status', status: 500, on: '/versions', times: 5 }] },
  })
  expect(await failure(pull(looker))).toMatch(/^MLC-L008 .* 500/)
  expect(formats()).toEqual([])
  await pull(looker)
  expect(formats()).toEqual(['json_bi'])
})

describe('a filter that Looker adds', () => {
  const adding = (filters: object) =>
    ({ kind: 'metadata', members: { filters: { ...FILTERED, ...filters } }, times: 'always' }) as const

  test('and nothing declares narrows the figures: it is warned of', async () => {
    const { looker, warned } = await listening({ sandbox: { faults: [adding({ 'gl.centre': '1100' })] } })
    const { result } = await pull(looker, LEARNS)
    expect(warned).toEqual([expect.stringMatching(/^Looker added the filter gl\.centre = 1100, which neither/)])
    expect(result).toMatchObject({ rows: 13, warnings: warned, notes: [] })
  })

  test.each([
    ['the Explore has', { 'gl.centre': '1100' }, { alwaysFilter: { 'gl.centre': '1100' } }],
    ['lets everything through', { 'gl.centre': '' }, {}],
  ])('and %s is a remark', async (_, filters, own) => {
    const world = { explores: [explore(ledger(13), own)] }
    const { looker, warned } = await listening({ world, sandbox: { faults: [adding(filters)] } })
    const { result } = await pull(looker, LEARNS)
    expect(warned).toEqual([])
    expect(result.notes.join()).toContain('Looker added the filter gl.centre')
  })
})
