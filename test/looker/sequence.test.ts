import { describe, expect, test } from 'vitest'
import type { Key, KeyColumn } from '../../src/looker/paging/key.js'
import { createSequence } from '../../src/looker/paging/sequence.js'
import type { Cell } from '../../src/model/row.js'
import type { ExploreField, SourceRow, SourceValue } from '../../src/sandbox/looker/world.js'
import { INLINE, explore, failure, pull, start, type Pulled } from './harness.js'

const REFUSED = /^MLC-L028 Looker does not send rows in the order it was asked for: k\.\w = .* comes before /
const SORTS = ['low', 'high', 'first', 'last'] as const

const field = (name: string, type: string, kind: ExploreField['kind'] = 'dimension'): ExploreField => ({
  ...{ name: `k.${name}`, label: name, type, kind, column: name },
})
const parts: readonly SourceValue[] = [null, 'A', 'B']
const product: readonly SourceRow[] = parts.flatMap((a) =>
  [null, { n: '1' }, { n: '10' }].flatMap((b) => [true, false].map((c) => ({ a, b, c, net: { n: '1.00' } }))),
)
const THREE = [field('a', 'string'), field('b', 'number'), field('c', 'yesno')]
const single = (values: readonly SourceValue[]) => values.map((a) => ({ a, net: { n: '1.00' } }))

/** A server that cuts at three rows, completes tasks, and says wrongly where its database sorts nulls. */
async function lying(
  dimensions: readonly ExploreField[],
  rows: readonly SourceRow[],
  nullSort: (typeof SORTS)[number],
  saidNullSort: (typeof SORTS)[number],
) {
  const fields = [...dimensions, field('net', 'average', 'measure')]
  const { looker } = await start({
    pageSize: 3,
    world: { explores: [{ ...explore(rows, { nullSort, saidNullSort }), fields }], looks: [] },
    sandbox: { rowWorld: 'capped', rowCap: 3 },
  })
  const query = { ...INLINE, fields: fields.map(({ name }) => name) }
  return (paging: 'keyset' | 'auto', sorts: readonly string[]) => pull(looker, { query, sorts, paging })
}

test('auto finds another way where the first answer shows it', async () => {
  const rows = ['A', null, 'B', 'C'].map((b, at) => ({ a: at < 2 ? '1' : '2', b, net: { n: '1.00' } }))
  const asked = await lying([field('a', 'string'), field('b', 'string')], rows, 'last', 'first')
  expect((await asked('auto', [])).result).toMatchObject({ rows: 4, paging: 'task' })
})

describe('where Looker says wrongly where nulls are sorted, no row is lost', () => {
  const wrong = SORTS.flatMap((is) => SORTS.filter((said) => said !== is).map((said) => [is, said] as const))
  test.each(wrong)('they sort %s, and it says %s', async (is, said) => {
    const asked = await lying(THREE, product, is, said)
    for (const sorts of [[], ['k.b desc', 'k.a']])
      for (const paging of ['keyset', 'auto'] as const) {
        const whole = ({ rows }: Pulled) => `${new Set(rows.map((row) => JSON.stringify(row))).size} rows`
        const outcome = await asked(paging, sorts).then(whole, ({ message }: Error) => message)
        expect(outcome).toMatch(/^18 rows$|order it was asked for|does not resume at the last key/)
      }
  })

  test.each([
    ['at the end', 'last', 'first', ['1', '2', '3', '4', null]],
    ['at the beginning', 'first', 'last', [null, '1', '2', '3', '4']],
  ] as const)('a null by itself %s', async (_, is, said, values) => {
    const asked = await lying([field('a', 'string')], single(values), is, said)
    expect(await failure(asked('keyset', []))).toMatch(REFUSED)
  })
})

const KEY: Key = {
  sorts: ['a', 'b desc'],
  columns: [
    { name: 'a', kind: 'text', isDescending: false, nulls: 'before' },
    { name: 'b', kind: 'number', isDescending: true, nulls: 'after' },
  ],
}

test.each<[readonly (readonly [Cell, Cell])[], string | null, readonly string[]]>([
  [
    [
      [null, '2'],
      ['A', '10'],
      ['A', '9'],
      ['A', null],
      ['B', '11'],
    ],
    null,
    ['a', 'b'],
  ],
  [
    [
      ['b', '1'],
      ['A', '1'],
      ['Ä', '1'],
      ['a-1', '1'],
      ['10', '1'],
      ['9', '1'],
    ],
    null,
    [],
  ],
  [
    [
      ['010', '1'],
      ['009', '1'],
    ],
    'a = "010" comes before "009"',
    [],
  ],
  [
    [
      ['A', '9'],
      ['A', '10'],
    ],
    'b = "9" comes before "10"',
    [],
  ],
  [
    [
      ['A', null],
      ['A', '10'],
    ],
    'b = null comes before "10"',
    [],
  ],
  [
    [
      ['A', '1'],
      [null, '1'],
    ],
    'a = "A" comes before null',
    [],
  ],
  [
    [
      ['A', null],
      ['B', '1'],
    ],
    null,
    [],
  ],
])('of rows %j: %s', (rows, fault, confirmed) => {
  const sequence = createSequence(KEY)
  for (const [a, b] of rows) sequence.take([{ a, b }])
  expect(sequence.fault()).toBe(fault)
  expect([...sequence.confirmed()]).toEqual(confirmed)
  sequence.take([])
  expect([sequence.fault(), sequence.confirmed().size]).toEqual([null, 0])
})

test.each<[KeyColumn['kind'], Cell, Cell, boolean]>([
  ['yesno', 'No', 'Yes', true],
  ['yesno', 'Yes', 'No', false],
  ['yesno', true, false, false],
  ['date', '2026-01', '2026-02', true],
  ['date', '2026-Q2', '2026-Q1', false],
  ['number', '-10', '-9.5', true],
])('of a %s, %s before %s is in order: %s', (kind, a, b, isRight) => {
  const sequence = createSequence({
    sorts: ['a'],
    columns: [{ name: 'a', kind, isDescending: false, nulls: 'before' }],
  })
  sequence.take([{ a }, { a: b }])
  expect(sequence.fault() === null).toBe(isRight)
})
