import { expect, test } from 'vitest'
import type { MlcError } from '../../src/errors.js'
import type { SourceSpec } from '../../src/looker/source.js'
import type { SourceRow } from '../../src/sandbox/looker/world.js'
import { INLINE, explore, failure, ledger, pull, spec, start } from './harness.js'

/** A measure that is no plain sum: no control total tells that a row is missing. */
const RATIO = { ...INLINE, fields: ['gl.account', 'gl.ratio'] }
const OFFSET = { rowWorld: 'offset', rowCap: 5 } as const
const MOVED = /^MLC-L021 rows changed while pages were read: row 5 is another one/
const MISSING = /^MLC-L021 .* is missing/
const NEW: SourceRow = { ...ledger(1)[0], account: 'A0000001b' }

/** Twelve rows in pages of five, from a Looker whose rows change once the first page is read. */
async function changing(change: (rows: SourceRow[]) => void, asked: Partial<SourceSpec>, isKeyed: boolean) {
  const rows = [...ledger(12)]
  let isChanged = false
  const { looker, runs } = await start({
    pageSize: 5,
    world: { explores: [explore(rows, isKeyed ? {} : { nullSort: null })] },
    sandbox: OFFSET,
    onProgress: () => {
      if (!isChanged) change(rows)
      isChanged = true
    },
  })
  const pulled = pull(looker, { query: RATIO, control: 'needed', ...asked })
  const fix = await pulled.then(
    () => null,
    (error: MlcError) => error.fix,
  )
  return { outcome: await failure(pulled), fix, asked: runs().map(({ query }) => new URLSearchParams(query)) }
}

const deleted = (rows: SourceRow[]) => void rows.splice(2, 1)
const added = (rows: SourceRow[]) => void rows.splice(2, 0, NEW)
const booked = (rows: SourceRow[]) => void rows.splice(4, 1, { ...rows[4], amount: { n: '4.11' } })
const emptied = (rows: SourceRow[]) => void rows.splice(1)
const noisy = (rows: SourceRow[]) => void rows.splice(4, 1, { ...rows[4], amount: { n: '4.100000000000000001' } })

test.each([
  ['deleted', deleted, {}, MOVED],
  ['added', added, {}, MOVED],
  ['changed at the end of the page', booked, {}, MOVED],
  ['deleted with all after it', emptied, {}, MOVED],
  ['computed anew in doubles', noisy, {}, 'no error'],
  ['deleted, and a limit wants some rows only', deleted, { limit: 8, sorts: ['gl.account'] }, MOVED],
  ['deleted from plain sums that are not compared', deleted, { query: INLINE, control: 'never' }, MOVED],
  ['deleted from plain sums, whose control total tells', deleted, { query: INLINE }, MISSING],
] as const)('between two pages by offset a row is %s', async (_, change, asked, expected) => {
  for (const paging of ['offset', 'auto'] as const) {
    const { outcome } = await changing(change, { paging, ...asked }, false)
    expect(outcome).toMatch(expected)
  }
})

test('a control total that differs between pages is a reason to ask again, not to ask for a permission', async () => {
  const { fix } = await changing(deleted, { paging: 'offset', query: INLINE }, false)
  expect(fix).toMatch(/^Run the same command again: figures may have changed/)
})

test('a pull that says nothing of control totals begins each page with the last row before it, and spends no call more', async () => {
  const { looker } = await start({ pageSize: 5, world: { explores: [explore(ledger(12))] }, sandbox: OFFSET })
  const { control: _, ...asked } = spec({ query: INLINE })
  const stream = looker.rows(asked, await looker.describe(asked))
  for await (const batch of stream) expect(batch.length).toBeGreaterThan(0)
  expect(stream.result()).toMatchObject({ rows: 12, requests: 3, control: null })
})

test.each([
  ['of a measure that adds up, which is compared', INLINE, ['0', '5', '10', null]],
  ['of one that does not', RATIO, ['0', '4', '8']],
] as const)('pages %s begin where they have to, and none is larger than a page', async (_, query, offsets) => {
  const { outcome, asked } = await changing(() => undefined, { paging: 'offset', query }, false)
  expect(outcome).toBe('no error')
  expect(asked.map((question) => question.get('offset'))).toEqual(offsets)
  expect(Math.max(...asked.map((question) => Number(question.get('limit'))))).toBe(5)
})

test.each([0, 1, 2, 4, 5, 6, 8, 9, 10, 13, 14, 21])('of %i rows the estimate knows the pages', async (count) => {
  const { looker } = await start({
    pageSize: 5,
    world: { explores: [explore(ledger(count))] },
    sandbox: OFFSET,
  })
  for (const limit of ['all', 7] as const) {
    const asked = { query: RATIO, paging: 'offset', limit } as const
    const known = { rows: count, isExact: true }
    const { calls } = await looker.estimate(spec(asked), await looker.describe(spec(asked)), known)
    expect((await pull(looker, asked)).result).toMatchObject({ rows: Math.min(count, limit === 'all' ? count : limit) })
    expect((await pull(looker, asked)).result.requests).toBe(calls.least)
  }
})

test('of pages of one row none begins with another', async () => {
  const { looker } = await start({
    pageSize: 1,
    world: { explores: [explore(ledger(3))] },
    sandbox: { rowWorld: 'offset', rowCap: 1 },
  })
  expect((await pull(looker, { query: RATIO, paging: 'offset' })).result).toMatchObject({ rows: 3, requests: 4 })
})
