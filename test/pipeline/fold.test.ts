import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowReader } from '../../src/looker/reader/reader.js'
import { createPlanner } from '../../src/mapping/planner.js'
import { blockOf } from '../../src/model/block.js'
import type { FigureSpec } from '../../src/model/job.js'
import type { Row } from '../../src/model/row.js'
import { MlcError } from '../../src/errors.js'
import { createRowCheck } from '../../src/pipeline/check.js'
import { figuresOfRow, type PeriodScope } from '../../src/pipeline/figures.js'
import { createFigureFold } from '../../src/pipeline/fold.js'
import { CHART, settings } from '../mapping/world.js'

const NAMES = ['g.account', 'g.centre', 'g.site', 'g.currency', 'g.period', 'g.net', 'g.budget'] as const
const SPEC: FigureSpec = {
  ...{ account: 'g.account', costCentre: 'g.centre', subAccount: null, project: null, site: 'g.site' },
  ...{ currency: 'g.currency', period: 'g.period', measures: { net_amount: 'g.net', budget: 'g.budget' }, sign: -1 },
}
const YEAR: PeriodScope = { asked: { year: 2026, period: 3 }, within: 'year', calendar: CHART.periods ?? [] }
const MARCH: PeriodScope = { ...YEAR, within: 'period' }

/** JSON of cells that are read, mostly the same few. */
const account = fc.constantFrom('"5010"', '"5020"', '"100"', '"0100"', '5010', '" 5010"', '""', 'null', '"k\\u00f6ln"')
const centre = fc.constantFrom(
  '"Detroit"',
  '"detroit"',
  '"Monterrey"',
  '"Pune"',
  '"Twin"',
  '"Oslo"',
  'null',
  '"Z\u00fcrich\u2028"',
)
const site = fc.constantFrom(
  '"S1"',
  '"S1\\u0000"',
  '"\ud83d\ude00"',
  '"\\ud83d"',
  '"\ufffd"',
  '"a\\"b\\\\"',
  'null',
  '""',
)
const currency = fc.constantFrom('"USD"', '"usd"', '"EUR"')
const period = fc.constantFrom('"2026-03"', '"2026-03-31"', '"2026-04"', '"2026-03-02 10:00:00"')
const amount = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9]\d{0,17})(\.\d{1,20})?$/),
  fc.constantFrom('0', '-0.00', '1e3', '1.5E-7', '104.16499999999998', '999999999999999', '-999999999999999', '0.1'),
  fc.constantFrom('9.99999999999999', '123456789012345', '"12.50"', '123456789012345678901234567890.123456789'),
)
/** Of which any is refused by somebody. */
const odd = fc.constantFrom(
  'true',
  'false',
  'null',
  '""',
  '"$1"',
  '"US$"',
  '"2025-12"',
  '"2026-3"',
  '"1,5"',
  '"007"',
  '"-"',
)

const cells = fc.tuple(account, centre, site, currency, period, amount, amount)
const rowJson = (names: readonly string[], values: readonly string[]) =>
  `{${names.map((name, at) => `${JSON.stringify(name)}:${values[at] ?? 'null'}`).join(',')}}`
const goodRow = cells.map((values) => rowJson(NAMES, values))
const oddRow = fc.oneof(
  fc.tuple(cells, fc.nat(6), odd).map(([values, at, other]) => rowJson(NAMES, values.with(at, other))),
  fc.tuple(cells, fc.nat(6)).map(([values, at]) => rowJson(NAMES.toSpliced(at, 1), values.toSpliced(at, 1))),
  cells.map((values) => rowJson(NAMES.toReversed(), values.toReversed())),
)
const batches = (row: fc.Arbitrary<string>) =>
  fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { maxLength: 4 })
const goodBatches = batches(goodRow)
const oddBatches = batches(fc.oneof({ weight: 8, arbitrary: goodRow }, { weight: 1, arbitrary: oddRow }))

/** Each batch as the bytes it came in, if its rows are alike. */
function* asBytes(given: readonly (readonly string[])[]): Generator<readonly Row[]> {
  const reader = createRowReader()
  reader.push(Buffer.from('['))
  for (const [at, rows] of given.entries()) yield reader.push(Buffer.from(`${at > 0 ? ',' : ''}${rows.join(',')} `))
}

function* oneByOne(given: readonly (readonly string[])[]): Generator<readonly Row[]> {
  for (const batch of asBytes(given)) yield [...batch]
}

function outcome(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    if (error instanceof MlcError) return { code: error.code, message: error.message, fix: error.fix }
    throw error
  }
}

/** All that a plan says, and the periods met. */
function planned(given: Iterable<readonly Row[]>, scope: PeriodScope, mostPlaces?: number): unknown {
  return outcome(() => {
    const planner = createPlanner(settings())
    const fold = createFigureFold(planner, SPEC, scope, mostPlaces)
    let before = 0
    for (const batch of given) {
      fold.take(batch, before)
      before += batch.length
    }
    const periods = [...fold.finish()].sort()
    return { periods, totals: planner.totals, unmapped: planner.unmapped(), plan: planner.plan([], new Map()) }
  })
}

test('figures of bytes make the plan that figures of rows make, digit for digit', () => {
  fc.assert(
    fc.property(goodBatches, fc.constantFrom(0, 2, 1000), (given, mostPlaces) => {
      const found = planned(asBytes(given), YEAR, mostPlaces)
      expect(found).toEqual(planned(oneByOne(given), YEAR))
      expect(found).toHaveProperty('plan')
    }),
    { numRuns: 300 },
  )
})

test('what is refused among rows is refused among bytes, with the same words', () => {
  fc.assert(
    fc.property(oddBatches, fc.constantFrom(YEAR, MARCH), (given, scope) => {
      expect(planned(asBytes(given), scope)).toEqual(planned(oneByOne(given), scope))
    }),
    { numRuns: 300 },
  )
})

test('a pull looks at bytes as strictly as at rows, and names the same row and column', () => {
  const checked = (given: Iterable<readonly Row[]>, spec: FigureSpec, scope: PeriodScope) =>
    outcome(() => {
      const check = createRowCheck(spec, scope)
      let before = 0
      for (const batch of given) {
        check(batch, before)
        before += batch.length
      }
      return before
    })
  const judged = (given: Iterable<readonly Row[]>, spec: FigureSpec, scope: PeriodScope) =>
    outcome(() => {
      let number = 0
      for (const batch of given) for (const row of batch) figuresOfRow(row, ++number, spec, scope)
      return number
    })
  const specs = [SPEC, { ...SPEC, currency: 'USD', site: null }, { ...SPEC, period: null, costCentre: null }]
  const scopes = [YEAR, MARCH, { ...YEAR, asked: null }]
  fc.assert(
    fc.property(oddBatches, fc.constantFrom(...specs), fc.constantFrom(...scopes), (given, spec, scope) => {
      expect(checked(asBytes(given), spec, scope)).toEqual(judged(oneByOne(given), spec, scope))
    }),
    { numRuns: 400 },
  )
})

test('rows that are alike come as bytes, so that the above is said of them', () => {
  const alike = [...asBytes([[rowJson(NAMES, ['"1"', '"a"', '"s"', '"USD"', '"2026-03"', '1', '2'])]])]
  expect(alike.map(blockOf)).not.toContain(null)
})

test.each([
  ['that a double still holds', '999999999999999', 20, '19999999999999980'],
  ['of different scales', '0.000000000000001', 3, '0.000000000000003'],
])('a sum %s is exact', (_, amount, times, total) => {
  const row = rowJson(NAMES, ['"5010"', '"Detroit"', 'null', '"USD"', '"2026-03"', amount, '123456789012345'])
  expect(planned(asBytes([Array.from({ length: times }, () => row)]), YEAR)).toMatchObject({
    totals: { amounts: [{}, { measure: 'net_amount', pulled: expect.stringContaining(total) as string, ties: true }] },
  })
})
