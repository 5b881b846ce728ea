import { describe, expect, test } from 'vitest'
import { exactAmounts } from '../../src/commands/exact-amounts.js'
import { createRowReader } from '../../src/looker/reader/reader.js'
import { blockOf } from '../../src/model/block.js'
import type { Field, Row } from '../../src/model/row.js'
import { failure } from '../looker/harness.js'

/** Rows as they come from Looker, in one batch of bytes. */
function fromLooker(amounts: readonly string[]): readonly Row[] {
  const rows = amounts.map((amount, row) => `{"account":"$${row}","net":${amount}}`)
  return createRowReader().push(Buffer.from(`[${rows.join(',')}]`))
}

/** The same as rows of their own, which is how few of them come. */
function plain(amounts: readonly string[]): readonly Row[] {
  return [...fromLooker(amounts)]
}

async function read(batches: readonly (readonly Row[])[], type = 'sum'): Promise<number> {
  const fields: readonly Field[] = [
    { name: 'account', label: 'Account', type: 'string', kind: 'dimension' },
    { name: 'net', label: 'Net', type, kind: 'measure' },
  ]
  async function* given() {
    yield* await Promise.resolve(batches)
  }
  let rows = 0
  for await (const batch of exactAmounts(given(), fields)) rows += batch.length
  return rows
}

test('rows of Looker are looked at as the bytes they came in', () => {
  expect(blockOf(fromLooker(['1', '2']))).not.toBeNull()
  expect(blockOf(plain(['1', '2']))).toBeNull()
})

describe.each([
  ['bytes', fromLooker],
  ['rows', plain],
])('among %s', (_, rows) => {
  test.each([
    '"$1,234.50"',
    '"NaN"',
    '"+5"',
    '"(12.0)"',
    '"007"',
    '"1."',
    '".5"',
    '"-"',
    '""',
    '"5 "',
    'true',
    '"1.2.3"',
  ])('%s in a measure is refused with its row', async (bad) => {
    const shown = bad === 'true' ? bad : JSON.stringify(JSON.parse(bad))
    const said = `MLC-P001 row 4: net is ${shown}, not a plain decimal such as -1234.50`
    expect(await failure(read([rows(['1', '2']), rows(['-3.00', bad, '5'])]))).toBe(said)
    expect(await failure(read([rows(['1', '2']), [], rows(['1', '2', '3']), rows([bad])]))).toBe(said)
  })

  test.each(['0', '-0.05', '"12.50"', '1e3', 'null', '12345678901234567.89', '123456789012345678901234567890'])(
    '%s is an exact number, or none',
    async (good) => expect(await read([rows(['1', good])])).toBe(2),
  )

  test.each(['string', 'list', 'date', 'unknown'])('a measure of type %s holds texts', async (type) => {
    expect(await read([rows(['"$5"', '"a"'])], type)).toBe(2)
  })
})
