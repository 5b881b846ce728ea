import { describe, expect, test } from 'vitest'
import type { LookerOptions as SandboxOptions } from '../../src/sandbox/looker/sandbox.js'
import { INLINE, explore, failure, ledger, look, pull, start, type Setting } from './harness.js'

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

test.each([
  [503, /^MLC-L008 .* 503/],
  [500, /^MLC-L008 .* 500/],
  [429, /^MLC-L007 .* 429/],
] as const)(
  'a Looker that answers %s when it is asked for its filters is no Looker that does not tell',
  async (status, error) => {
    const { looker, clock, runs } = await listening({
      world: OLD,
      sandbox: { faults: [refusing(status, 'json_detail')] },
    })
    const failed = await failure(pull(looker, LEARNS))
    expect(failed).toMatch(error)
    expect(failed).toContain('the rows came, but whether Looker applied the filter gl.month could not be verified')
    // Tried as often, and as far apart, as any other request.
    expect(runs().filter(({ path }) => path.includes('json_detail'))).toHaveLength(5)
    expect(clock.slept.length).toBeGreaterThanOrEqual(4)
  },
)

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

test.each([
  ['lost its filters', { filters: null }, 'MLC-L017 the filter gl.month was dropped by Looker from the query it made'],
  ['keeps them', { filters: FILTERED }, 'no error'],
  ['does not tell', { filters: undefined }, 'no error'],
] as const)('a query made for a task that %s', async (_, members, expected) => {
  const fault = { kind: 'made', members, on: /^POST \/queries$/, times: 'always' } as const
  const { looker, runs } = await listening({ world: OLD, sandbox: { faults: [fault] } })
  expect(await failure(pull(looker, { paging: 'task' }))).toBe(expected)
  // Before it has cost anything.
  if (expected !== 'no error') expect(runs()).toHaveLength(1)
})

describe('a custom filter', () => {
  const expression = '${gl.account} != "A0000003"'
  const world = (release = '26.12.3') => ({ release, looks: [look('42', { filterExpression: expression })] })
  const telling = (members: Record<string, unknown>) => ({ kind: 'metadata', members, times: 'always' }) as const
  const DROPPED = `MLC-L017 the custom filter ${expression} was dropped by Looker`

  test('that Looker tells as it was asked costs no call more', async () => {
    const { looker, warned } = await listening({ world: world() })
    expect((await pull(looker, LEARNS)).result).toMatchObject({ rows: 12, requests: 1 })
    expect(warned).toEqual([])
  })

  test.each([
    ['with other blanks', { filter_expression: '${gl.account}  !=\n"A0000003" ' }],
    ['in brackets', { filter_expression: '(${gl.account} != "A0000003")' }],
  ])('that Looker tells %s is the same', async (_, told) => {
    const { looker } = await listening({ world: world(), sandbox: { faults: [telling(told)] } })
    expect((await pull(looker, LEARNS)).result).toMatchObject({ rows: 12 })
  })

  test.each([
    ['dropped', { kind: 'ignored-expression', times: 'always' }, DROPPED],
    ['told as empty', telling({ filter_expression: '' }), DROPPED],
    [
      'applied otherwise',
      telling({ filter_expression: '${gl.account} != "A0000004"' }),
      `MLC-L017 the custom filter was asked as ${expression} and applied as \${gl.account} != "A0000004"`,
    ],
  ] as const)('that is %s is found out, in each paging', async (_, fault, error) => {
    for (const paging of ['auto', 'keyset', 'task'] as const) {
      const { looker } = await listening({ world: world(), sandbox: { faults: [fault] } })
      expect(await failure(pull(looker, { paging }))).toBe(error)
    }
  })

  test('stays with the filter that pages by key add to it', async () => {
    const { looker } = await listening({ world: world(), pageSize: 5 })
    expect((await pull(looker, { paging: 'keyset' })).result).toMatchObject({ rows: 12 })
  })

  test('of an old release is learnt for a job, and warned of without one', async () => {
    const { looker, formats } = await listening({ world: world('23.0.5') })
    expect((await pull(looker, LEARNS)).result).toMatchObject({ rows: 12, requests: 2 })
    expect(formats()).toEqual(['json', 'json_detail'])
    const dropping = { kind: 'ignored-expression', times: 'always' } as const
    const other = await listening({ world: world('23.0.5'), sandbox: { faults: [dropping] } })
    expect(await failure(pull(other.looker, LEARNS))).toBe(DROPPED)
    const byHand = await listening({ world: world('23.0.5') })
    await pull(byHand.looker)
    expect(byHand.warned).toEqual([expect.stringContaining('whether it applied the filter gl.month, custom filter: ')])
  })

  test('of a field that the Explore does not have is refused before it runs', async () => {
    const looks = [look('42', { filterExpression: '${gl.acount} = "1"' })]
    const { looker, runs } = await listening({ world: { looks } })
    expect(await failure(pull(looker))).toMatch(/^MLC-L012 .*custom filter.* gl\.acount \(did you mean gl\.account\?\)/)
    expect(runs()).toEqual([])
  })
})

describe('a custom field that filters', () => {
  const custom = { measure: 'gl.count', based_on: 'gl.net_amount', type: 'sum', filters: { 'gl.centre': '1100' } }
  const world = (entry: object = custom) => ({
    looks: [look('42', { fields: ['gl.account', 'gl.count'], dynamicFields: JSON.stringify([entry]) })],
  })
  // A Look that is run as it is saved is what Looker keeps of it.
  const changed = { filters: { 'gl.month': '2026-08' } }
  const made = (members: Record<string, unknown>) =>
    ({ kind: 'made', members, on: 'POST /queries', times: 'always' }) as const
  const lost = { dynamic_fields: JSON.stringify([{ ...custom, filters: {} }]) }
  const LOST = 'MLC-L017 the custom field gl.count was changed or dropped by Looker'

  test.each([
    ['auto', { ...changed, ...LEARNS }, 2],
    ['as a task, whose query tells it', { ...changed, ...LEARNS, paging: 'task' }, 5],
    ['as the Look itself', LEARNS, 1],
  ] as const)('is told by the query that Looker makes: %s', async (_, asked, requests) => {
    const { looker, warned } = await listening({ world: world() })
    expect((await pull(looker, asked)).result).toMatchObject({ rows: 13, requests })
    expect(warned).toEqual([])
  })

  test.each([
    ['loses its filter', lost, LEARNS],
    ['is dropped', { dynamic_fields: null }, LEARNS],
    ['loses its filter in a task', lost, { paging: 'task' }],
  ] as const)('that %s is found out', async (_, members, asked) => {
    const { looker } = await listening({ world: world(), sandbox: { faults: [made(members)] } })
    expect(await failure(pull(looker, { ...changed, ...asked }))).toBe(LOST)
  })

  test('that comes back without its label and hints is the same', async () => {
    const labelled = { ...custom, label: 'Count', value_format: null, _kind_hint: 'measure' }
    const kept = made({ dynamic_fields: JSON.stringify([custom]) })
    const { looker, warned } = await listening({ world: world(labelled), sandbox: { faults: [kept] } })
    expect((await pull(looker, { ...changed, ...LEARNS })).result).toMatchObject({ rows: 13 })
    expect(warned).toEqual([])
  })

  test.each([
    ['refuses to make the query', refusing(403, 'POST /queries'), LEARNS],
    ['is not asked', null, {}],
  ] as const)('of which nobody tells is warned of: Looker %s', async (_, fault, asked) => {
    const faults = fault === null ? [] : [{ ...fault, on: /^POST \/queries$/ }]
    const { looker, warned } = await listening({ world: world(), sandbox: { faults } })
    await pull(looker, { ...changed, ...asked })
    expect(warned).toEqual([expect.stringContaining('the filters of the custom field gl.count: compare')])
  })

  test('by a field that the Explore does not have is refused before it runs', async () => {
    const { looker } = await listening({ world: world({ ...custom, filters: { 'gl.center': '1' } }) })
    expect(await failure(pull(looker))).toMatch(/^MLC-L012 .* gl\.center \(did you mean gl\.centre\?\)/)
  })
})
