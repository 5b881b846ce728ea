import { expect, test } from 'vitest'
import { roundingOf } from '../../src/mapping/rounding.js'
import type { PlanEntry } from '../../src/model/plan.js'

function entry(measure: string, currency: string, residue: string): PlanEntry {
  const codes = { account: '5010', subAccount: '', costCentre: '1100', project: '', site: '' }
  const place = { domain: '10USA', entity: '10USACO', year: 2026, period: 7, ...codes, currency, measure }
  const texts = { key: 'MLC', revision: 1, amount: '1.00', description: '', source: 'look 42', run: 'R' }
  return { action: 'create', reference: { ...place, ...texts }, before: null, rows: [1], residue }
}

test('what rounding took away or added is summed by measure and currency; what changed nothing is not named', () => {
  const entries = [
    entry('net_amount', 'USD', '0.004'),
    entry('net_amount', 'USD', '-0.005'),
    entry('net_amount', 'USD', '0'),
    entry('net_amount', 'EUR', '0.001'),
    entry('budget', 'USD', '0'),
  ]
  expect(roundingOf(entries)).toEqual([
    { measure: 'net_amount', currency: 'USD', amounts: 2, difference: '0.001', largest: '0.005' },
    { measure: 'net_amount', currency: 'EUR', amounts: 1, difference: '-0.001', largest: '0.001' },
  ])
  expect(roundingOf([])).toEqual([])
})
