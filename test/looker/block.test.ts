import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowReader } from '../../src/looker/reader/reader.js'
import { inMemory } from '../../src/model/overflow.js'
import { openOverflow } from '../../src/terminal/export/hidden.js'
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
  { weight: 1, arbitrary: fc.constantFrom('null', '"7.5"', '"007"', '"n/a"', '1e3', 'true') },
)
const document = fc
  .array(fc.tuple(code, code, net), { minLength: 1, maxLength: 30 })
  .map(
    (rows) =>
      `[${rows.map(([a, c, n]) => `{"account":${JSON.stringify(a)},"centre":${JSON.stringify(c)},"net":${n}}`).join(',')}]`,
  )

function outcome(batches: readonly (readonly Row[])[]) {
  const tally = createTally(() => FIELDS, inMemory)
  try {
    for (const batch of batches) tally.take(batch, Infinity)
    const { totals } = tally.received()
    return { rows: tally.rows(), sums: totals.sums(), gross: totals.gross('net') }
  } catch (error) {
    return (error as Error).message
  }
}

test('names that differ in one wide character are no row that comes twice', () => {
  const names = Array.from({ length: 0x9fa5 - 0x4e00 }, (_, at) => `上海工${String.fromCharCode(0x4e00 + at)}`)
  const rows = names.map((centre) => ({ account: '5010', centre, net: '1' }))
  expect(outcome([rows])).toMatchObject({ rows: names.length })
  expect(outcome([createRowReader().push(Buffer.from(JSON.stringify(rows)))])).toMatchObject({ rows: names.length })
})

test('rows are counted, summed and told apart as a block as they are one by one', () => {
  fc.assert(
    fc.property(document, (text) => {
      const block = createRowReader().push(Buffer.from(text))
      const rows = [...createRowReader().push(Buffer.from(text))]
      const one = createTally(() => FIELDS, inMemory)
      expect(outcome([block])).toEqual(outcome(rows.map((row) => [row])))
      if (typeof outcome([rows]) === 'string') return
      one.take(createRowReader().push(Buffer.from(text)), Infinity)
      const { seen, seenAgain } = one.received()
      const [again, other] = [seenAgain(), seenAgain()]
      for (const row of rows.toReversed()) again.add(row)
      expect(seen.containsAll(again)).toBe(true)
      expect(one.isFirst(rows[0] as Row)).toBe(true)
      other.add({ account: 'never', centre: 'seen', net: '1' })
      expect(seen.containsAll(other)).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('a hundred thousand large amounts sum exactly', () => {
  const tally = createTally(() => FIELDS, inMemory)
  const rows = Array.from({ length: 100_000 }, (_, at) => `{"account":"${at}","centre":"c","net":99999999999.9999}`)
  for (let at = 0; at < rows.length; at += 1000)
    tally.take(createRowReader().push(Buffer.from(`[${rows.slice(at, at + 1000).join(',')}]`)), Infinity)
  expect(tally.received().totals.sums()).toEqual({ net: '9999999999999990.0000' })
})

/** Rows enough for their hashes to leave the memory. */
function* manyBlocks(rows: number): Generator<readonly Row[]> {
  for (let from = 0; from < rows; from += 10_000) {
    const texts = Array.from({ length: 10_000 }, (_, at) => `{"account":"${from + at}","centre":"c","net":1.00}`)
    yield createRowReader().push(Buffer.from(`[${texts.join(',')}]`))
  }
}

test('a row that comes again among many is found before the pull is complete, with its number', () => {
  const tally = createTally(() => FIELDS, openOverflow)
  for (const block of manyBlocks(150_000)) tally.take(block, Infinity)
  tally.take(createRowReader().push(Buffer.from('[{"account":"149999","centre":"d","net":1.00}]')), Infinity)
  tally.take(createRowReader().push(Buffer.from('[{"account":"140000","centre":"c","net":7.00}]')), Infinity)
  expect(() => tally.finish()).toThrow('row 150002 is there a second time: its dimensions are those of row 140001')
  tally.close()
})

test('many rows that differ are complete, and are told from others of which one is strange', () => {
  const tally = createTally(() => FIELDS, openOverflow)
  for (const block of manyBlocks(150_000)) tally.take(block, Infinity)
  tally.finish()
  const { seen, seenAgain } = tally.received()
  const again = seenAgain()
  for (const block of manyBlocks(150_000)) for (const row of block) again.add(row)
  expect(seen.containsAll(again)).toBe(true)
  again.add({ account: 'strange', centre: 'c', net: '1' })
  expect(seen.containsAll(again)).toBe(false)
  tally.close()
})
