import { describe, expect, test } from 'vitest'
import type { SourceRow } from '../../src/sandbox/looker/world.js'
import { INLINE, explore, failure, ledger, look, pull, start } from './harness.js'

const ALWAYS = { control: 'always' } as const
const MISSING = { kind: 'missing-row', row: 203 } as const

/** So many equal amounts, and one of another kind. */
function amounts(count: number, amount: string, last: string): readonly SourceRow[] {
  return ledger(count + 1).map((row, at) => ({ ...row, amount: { n: at === count ? last : amount } }))
}

describe('a control total is compared to the last digit', () => {
  test.each([
    // Within the noise of doubles over so much money, but these are decimals.
    ['0.01', '99999999999.99'],
    ['-0.01', '99999999999.99'],
    ['0.0001', '0.0001'],
    ['1', '100000000'],
  ])('and %s of a row of its own is missed among amounts of %s', async (last, amount) => {
    const world = { explores: [explore(amounts(203, amount, last))] }
    const { looker, sandbox } = await start({ world })
    const { result } = await pull(looker, ALWAYS)
    expect(result).toMatchObject({ requests: 2, complete: true })
    expect(result.control).not.toBeNull()
    sandbox.fault(MISSING)
    expect(await failure(pull(looker, ALWAYS))).toMatch(/^MLC-L021 .* sums to \S+ in them and to \S+ in all, so \S+ is/)
  })

  test('but the noise of a warehouse that adds in doubles is no missing row', async () => {
    const noisy = ledger(200).map((row, at) => ({ ...row, amount: { n: at % 2 === 0 ? '0.1' : '104.16499999999998' } }))
    const { looker } = await start({ world: { explores: [explore(noisy)] } })
    expect((await pull(looker, ALWAYS)).result.control).not.toBeNull()
  })
})

describe('a control total is not taken', () => {
  test('where a filter on a measure leaves out groups: the rows then sum to less by right', async () => {
    const world = { explores: [explore(ledger(13))] }
    const { looker } = await start({ world })
    const filtered = { query: INLINE, filters: { 'gl.net_amount': '>5' } }
    expect((await pull(looker, { ...filtered, control: 'needed' })).result).toMatchObject({ rows: 8, control: null })
    expect(await failure(pull(looker, { ...filtered, ...ALWAYS }))).toMatch(/^MLC-L021 .*cannot be compared/)
  })

  test('where the result was cut on purpose', async () => {
    const { looker } = await start()
    expect((await pull(looker, { ...ALWAYS, limit: 5 })).result).toMatchObject({ requests: 1, control: null })
  })

  test('where one answer holds everything, unless it is asked for always', async () => {
    const { looker } = await start()
    expect((await pull(looker, { control: 'needed' })).result).toMatchObject({ requests: 1, control: null })
    expect((await pull(looker, ALWAYS)).result).toMatchObject({ requests: 2, control: { 'gl.net_amount': '79.3' } })
  })
})

test('a filter on a measure does not make the proof at a round count fail', async () => {
  const limited = look('42', { filters: { 'gl.month': '2026-08', 'gl.net_amount': '>0.5' } })
  const { looker } = await start({ world: { explores: [explore(ledger(501))], looks: [limited] } })
  expect((await pull(looker)).result).toMatchObject({ rows: 500, complete: true })
})

test('a count of records is compared as well', async () => {
  const world = { explores: [explore(ledger(204))] }
  const { looker, sandbox } = await start({ world })
  const query = { ...INLINE, fields: ['gl.account', 'gl.count'] }
  expect((await pull(looker, { query, ...ALWAYS })).result.control).toEqual({ 'gl.count': '204' })
  sandbox.fault(MISSING)
  expect(await failure(pull(looker, { query, ...ALWAYS }))).toMatch(/^MLC-L021 .*gl\.count sums to 203 .* to 204/)
})
