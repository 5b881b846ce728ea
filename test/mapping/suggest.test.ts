import { describe, expect, test } from 'vitest'
import { suggest } from '../../src/mapping/suggest.js'
import type { MasterCode } from '../../src/model/chart.js'

// Account names of a published sample chart (AdventureWorks), numbered as there.
const ACCOUNTS = chart(`
1110 Cash|1130 Trade Receivables|1140 Other Receivables|1150 Allowance for Bad Debt|1162 Raw Materials|1164 Work in Process
1166 Finished Goods|1170 Deferred Taxes|1180 Prepaid Expenses|1185 Intercompany Receivables|1200 Property, Plant, Equipment
1210 Land & Improvements|1220 Buildings & Improvements|1230 Machinery & Equipment|1240 Office Furniture & Equipment
1250 Leasehold Improvements|1260 Construction In Progress|1300 Other Assets|2210 Notes Payable|2230 Accounts Payable
2300 Accrued Expenses|2310 Salary & Other Comp|2320 Insurance|2330 Warranties|2340 Intercompany Payables
2410 Long Term Obligations|2420 Pension Liability|2430 Other Retirement Benefits|3010 Partner Capital
3030 Retained Earnings|4110 Gross Sales|4130 Returns and Adjustments|4140 Discounts|4500 Intercompany Sales
5020 Standard Cost of Sales|5050 Variances|6000 Salaries|6020 Payroll Taxes|6040 Employee Benefits|6100 Commissions
6200 Travel Transportation|6210 Travel Lodging|6220 Meals|6240 Other Travel Related|6310 Marketing Collateral
6400 Office Supplies|6500 Professional Services|6610 Telephone|6620 Utilities|6810 Building Leasehold|6820 Vehicles
6830 Equipment|6840 Furniture and Fixtures|6860 Amortization of Goodwill|6920 Rent|8000 Interest Income
8010 Interest Expense|8020 Gain/Loss on Sales of Asset|8040 Curr Xchg Gain/(Loss)|9510 Headcount`)

const PLANTS = chart(`
1100 DETROIT PLANT|1110 DETROIT WAREHOUSE|1200 MONTERREY MX|1300 WERK LEIPZIG|1310 LEIPZIG R&D|1400 PUNA OFFICE
1500 São Paulo|1600 HEAD OFFICE|1700 EINDHOVEN NL`)

describe('the first suggestion', () => {
  test.each([
    ['A/R - Trade Receivable', '1130'],
    ['Receivables, intercompany', '1185'],
    ['Land and improvements', '1210'],
    ['Machinery and Equip.', '1230'],
    ['Office furniture + equipment', '1240'],
    ['Raw material', '1162'],
    ['WIP Work-in-Process', '1164'],
    ['Finished goods inventory', '1166'],
    ['Account payable', '2230'],
    ['Accrued expense', '2300'],
    ['Std. cost of sales', '5020'],
    ['PAYROLL TAX', '6020'],
    ['Amortisation of goodwill', '6860'],
    ['Gain or loss on sale of assets', '8020'],
  ])('for account %j is %s', (value, code) => {
    expect(suggest(value, ACCOUNTS)[0]?.code).toBe(code)
  })

  test.each([
    ['Detroit', '1100'],
    ['Monterrey', '1200'],
    ['Leipzig Werk', '1300'],
    ['Leipzig R and D', '1310'],
    ['Sao Paulo', '1500'],
    ['1400', '1400'],
    ['1700 Eindhoven', '1700'],
  ])('for plant %j is %s', (value, code) => {
    expect(suggest(value, PLANTS)[0]?.code).toBe(code)
  })
})

describe('a score', () => {
  test('is 1 for the code itself, 0.99 for the code but for case, less for a name, however equal', () => {
    const codes = chart('ab1 Cash|AB1X ab1')
    expect(suggest('ab1', codes).map(({ code, score }) => [code, score])).toEqual([
      ['ab1', 1],
      ['AB1X', 0.98],
    ])
    expect(suggest(' AB1', codes)[0]).toEqual({ code: 'ab1', description: 'Cash', score: 0.99 })
    expect(suggest('CASH', codes)[0]).toEqual({ code: 'ab1', description: 'Cash', score: 0.98 })
  })

  test.each([
    ['Profit and loss', '10 PROFIT & LOSS'],
    ['Sao Paulo', '10 São Paulo'],
    ['loss, PROFIT &', '10 Profit and Loss'],
  ])('of %j takes %j for the same name', (value, entry) => {
    expect(suggest(value, chart(entry))[0]?.score).toBe(0.98)
  })

  test('has two digits and falls from first to last', () => {
    const scores = suggest('Intercompany', ACCOUNTS, 10).map(({ score }) => score)
    expect(scores.length).toBeGreaterThan(3)
    expect(scores).toEqual(scores.map((score) => Number(score.toFixed(2))))
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
  })
})

describe('suggestions', () => {
  test('never name an inactive code', () => {
    const codes = PLANTS.map((each) => (each.code === '1100' ? { ...each, active: false } : each))
    expect(suggest('Detroit', codes).map(({ code }) => code)).not.toContain('1100')
  })

  test('are at most as many as asked for, and none when nothing is alike', () => {
    expect(suggest('Leipzig', PLANTS, 1)).toHaveLength(1)
    expect(suggest('Qwzx', PLANTS)).toEqual([])
    expect(suggest('', PLANTS)).toEqual([])
    expect(suggest('?!', PLANTS)).toEqual([])
  })

  test('do not depend on the order of the chart', () => {
    expect(suggest('Leipzig', [...PLANTS].reverse())).toEqual(suggest('Leipzig', PLANTS))
    const alike = chart('30 Rent|10 Rent|20 Rent')
    expect(suggest('rent', alike).map(({ code }) => code)).toEqual(['10', '20', '30'])
  })
})

function chart(text: string): MasterCode[] {
  return text
    .trim()
    .split(/[|\n]/)
    .map((entry) => ({
      code: entry.slice(0, entry.indexOf(' ')),
      description: entry.slice(entry.indexOf(' ') + 1),
      active: true,
      type: null,
    }))
}
