import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowReader } from '../../src/looker/reader/reader.js'
import { createTally } from '../../src/looker/tally.js'
import type { Field, Row } from '../../src/model/row.js'

const FIELDS: readonly Field[] = [
  { name: 'account', label: 'Account', type: 'string', kind: 'dimension' },
  { name: 'centre', label: 'Centre', type: 'string', kind: 'dimension' },
  { name: 'net', label: 'Net', type: 'sum', kind: 'measure' },
]

const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,17})(\.\d{1,20})?$/)
const code = fc.oneof(
  fc.constantFrom('5010', '05010', 'Köln', 'a"b', ''),
  fc.string({ maxLength: 12 }),
  fc.constant(null),
  fc.boolean(),
)
const net = fc.oneof(
  { weight: 9, arbitrary: digits },
  { weight: 1, arbitrary: fc.constantFrom('null', '"7.5"', '"n/a"', '1e3', 'true') },
)
const document = fc
  .array(fc.tuple(code, code, net), { minLength: 1, maxLength: 30 })
  .map(
    (rows) =>
      `[${rows.map(([a, c, n]) => `{"account":${JSON.stringify(a)},"centre":${JSON.stringify(c)},"net":${n}}`).join(',')}]`,
  )

function outcome(batches: readonly (readonly Row[])[]) {
  const tally = createTally(() => FIELDS)
  try {
    for (const batch of batches) tally.take(batch, Infinity)
    const { totals } = tally.received()
    return { rows: tally.rows(), sums: totals.sums(), gross: totals.gross('net') }
  } catch (error) {
    return (error as Error).message
  }
}

test('rows are counted, summed and told apart as a block as they are one by one', () => {
  fc.assert(
    fc.property(document, (text) => {
      const block = createRowReader().push(Buffer.from(text))
      const rows = [...createRowReader().push(Buffer.from(text))]
      const one = createTally(() => FIELDS)
      expect(outcome([block])).toEqual(outcome(rows.map((row) => [row])))
      if (typeof outcome([rows]) === 'string') return
      one.take(createRowReader().push(Buffer.from(text)), Infinity)
      const { seen } = one.received()
      expect(rows.every((row) => seen.has(row))).toBe(true)
      expect(one.isFirst(rows[0] as Row)).toBe(true)
      expect(seen.has({ account: 'never', centre: 'seen', net: '1' })).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('a hundred thousand large amounts sum exactly', () => {
  const tally = createTally(() => FIELDS)
  const rows = Array.from({ length: 100_000 }, (_, at) => `{"account":"${at}","centre":"c","net":99999999999.9999}`)
  for (let at = 0; at < rows.length; at += 1000)
    tally.take(createRowReader().push(Buffer.from(`[${rows.slice(at, at + 1000).join(',')}]`)), Infinity)
  expect(tally.received().totals.sums()).toEqual({ net: '9999999999999990.0000' })
})
