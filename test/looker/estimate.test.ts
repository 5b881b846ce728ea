import { expect, test } from 'vitest'
import type { SourceSpec } from '../../src/looker/source.js'
import { INLINE, explore, ledger, look, pull, spec, start } from './harness.js'

// Counts as they matter to paging: none, far below a page, one below it, a page, one above it, several, many.
const SIZES = [0, 13, 4999, 5000, 5001, 12_000] as const
const WORLDS = ['stream', 'offset', 'capped'] as const

type Case = readonly [name: string, asked: Partial<SourceSpec>, calls: readonly string[], sizes?: readonly number[]]

/** What the estimate says, and what the pull then sends to each Looker; one number where all three are sent as much. */
const cases: readonly Case[] = [
  ['auto', {}, ['1: 1', '1: 1', '2: 2', '2: 2', '1-2: 1,2,2', '2-3: 2,3,3']],
  // 65 of them are looks at a task that takes half an hour; this one is ready at the first.
  ['auto, very many rows', {}, ['2-73: 2,21,9'], [100_000]],
  ['a job', { control: 'needed' }, ['1: 1', '1: 1', '2: 2', '2: 2', '1-3: 1,3,3', '2-4: 2,4,4']],
  ['a job that always compares', { control: 'always' }, ['2: 2', '2: 2', '3: 3', '3: 3', '2-3: 2,3,3', '3-4: 3,4,4']],
  ['sorted by the amount', { sorts: ['gl.net_amount'] }, ['1: 1', '1: 1', '3: 3', '3: 3', '1-3: 1,3,3', '3-4: 3,4,4']],
  ['keyset', { paging: 'keyset' }, ['1: 1', '1: 1', '2: 2', '2: 2', '2: 2', '3: 3']],
  ['keyset for a job', { paging: 'keyset', control: 'needed' }, ['1: 1', '1: 1', '3: 3', '3: 3', '3: 3', '4: 4']],
  [
    'no more than some',
    { limit: 6000, control: 'needed' },
    ['1: 1', '1: 1', '2: 2', '2: 2', '1-3: 1,3,3', '1-2: 1,2,2'],
  ],
  [
    'the largest',
    { limit: 6000, sorts: ['gl.net_amount desc'] },
    ['1: 1', '1: 1', '2-5: 5,2,5', '2-5: 5,2,5', '1-77: 1,2,8', '1-77: 1,2,8'],
  ],
]

const inFull = cases.map(([name, asked, expected, sizes = SIZES]) => ({ name, asked, expected, sizes }))

test.each(inFull)('$name: the estimate says what the pull sends', async ({ asked, expected, sizes }) => {
  const found: string[] = []
  for (const rows of sizes) {
    const explores = [explore(ledger(rows), { flat: true, sortedBy: ['gl.account'] })]
    const sent: number[] = []
    const said = new Set<string>()
    for (const rowWorld of WORLDS) {
      const { looker } = await start({ world: { explores }, sandbox: { rowWorld } })
      const definition = await looker.describe(spec(asked))
      const { least, most } = (await looker.estimate(spec(asked), definition, { rows, isExact: true })).calls
      said.add(least === most ? `${least}` : `${least}-${most}`)
      sent.push((await pull(looker, asked)).result.requests)
    }
    found.push(`${[...said].join(' or ')}: ${new Set(sent).size === 1 ? sent[0] : sent.join()}`)
  }
  expect(found).toEqual(expected)
})

test.each([
  ['about as many as a page', { rows: 5000, isExact: false }, { least: 1, most: 2 }],
  ['about as many as no limit', { rows: 4321, isExact: false }, { least: 1, most: 2 }],
  ['exactly as many as no limit', { rows: 4321, isExact: true }, { least: 1, most: 1 }],
  ['about three pages', { rows: 12_345, isExact: false }, { least: 1, most: 4 }],
] as const)('%s, %o: %o', async (_name, known, calls) => {
  const { looker } = await start()
  const estimate = await looker.estimate(spec(), await looker.describe(spec()), known)
  expect(estimate).toEqual({ rows: known.rows, isCounted: false, calls })
})

const LEARNS = { control: 'needed', learnsFilters: true } as const
const UNFILTERED = { query: INLINE }
const CUSTOM = JSON.stringify([{ measure: 'gl.net_amount', filters: { 'gl.centre': '1100' } }])

// What a job asks after its rows, to learn which filters were applied, is a call of the pull.
test.each([
  ['an old release', '23.0.5', {}, {}, 2],
  ['an old release by hand', '23.0.5', { learnsFilters: false }, {}, 1],
  ['an old release, nothing filtered', '23.0.5', UNFILTERED, {}, 1],
  ['a release that tells with its rows', '26.12.3', {}, {}, 1],
  ['a custom field that filters', '26.12.3', { timeZone: 'UTC' }, { dynamicFields: CUSTOM }, 2],
  ['the same of an old release', '23.0.5', { timeZone: 'UTC' }, { dynamicFields: CUSTOM }, 3],
] as const)('the calls that learn filters are counted: %s', async (_, release, changed, query, calls) => {
  const world = { release, explores: [explore(ledger(13))], looks: [look('42', query)] }
  const { looker } = await start({ world })
  const asked = { ...LEARNS, ...changed }
  const definition = await looker.describe(spec(asked))
  const estimate = await looker.estimate(spec(asked), definition, { rows: 13, isExact: true })
  expect(estimate.calls).toEqual({ least: calls, most: calls })
  expect((await pull(looker, asked)).result.requests).toBe(calls)
})
