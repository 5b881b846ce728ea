import { describe, expect, test } from 'vitest'
import { exampleColumns, filterOn, guessColumns } from '../../src/mapping/columns.js'
import type { Field } from '../../src/model/row.js'

/** `gl.amount:sum` is a measure of that type; without a type it is a dimension of type string. */
function fields(...names: readonly string[]): Field[] {
  return names.map((text) => {
    const [name = '', type = 'string'] = text.split(':')
    const isMeasure = ['sum', 'number', 'count', 'average'].includes(type)
    return { name, label: name, type, kind: isMeasure ? 'measure' : 'dimension' }
  })
}

describe('the likely column', () => {
  test.each<[what: 'account' | 'costCentre' | 'currency' | 'period', fields: string[], column: string]>([
    ['account', ['gl.account_name', 'gl.account_code'], 'gl.account_code'],
    ['account', ['account.manager', 'account.code'], 'account.code'],
    ['account', ['fact.account'], 'fact.account'],
    ['costCentre', ['plant.name', 'gl.cost_center'], 'gl.cost_center'],
    ['costCentre', ['plant.code', 'plant.name'], 'plant.name'],
    ['costCentre', ['department.name'], 'department.name'],
    ['currency', ['gl.currency_rate_date', 'gl.currency_code'], 'gl.currency_code'],
    ['period', ['gl.created_month:date_month', 'gl.posting_period:date_month'], 'gl.posting_period'],
    ['period', ['gl.posting_period', 'gl.booked_month:date_month'], 'gl.booked_month'],
    ['period', ['gl.posting_date:date_date', 'gl.fiscal_period'], 'gl.fiscal_period'],
  ])('%s among %j is %s', (what, names, column) => {
    expect(guessColumns({ fields: fields(...names), filters: {} })[what]).toEqual({ column, by: 'look' })
  })

  test.each([
    [['gl.count:count', 'gl.gross:sum', 'gl.net_amount:sum'], 'gl.net_amount'],
    [['gl.lines:count', 'gl.value_usd:sum'], 'gl.value_usd'],
    [['gl.lines:count', 'gl.x:sum', 'gl.y:sum'], 'gl.x'],
    [['gl.code:unknown', 'gl.amount:unknown'], 'gl.amount'],
  ])('amount among %j is %s', (names, column) => {
    expect(guessColumns({ fields: fields(...names), filters: {} }).measures).toEqual([{ column, by: 'look' }])
  })

  test('what no column fits keeps a spelling that the Look does not have, so that a pull is refused until it is put right', () => {
    const found = guessColumns({ fields: fields('a.b', 'a.lines:count'), filters: {} })
    expect(found).toEqual(exampleColumns())
    const all = [found.account, found.costCentre, found.currency, found.period, found.filter, ...found.measures]
    for (const chosen of all) expect(chosen).toMatchObject({ by: 'example' })
  })
})

describe('what narrows a Look to one period', () => {
  test.each([
    ['gl.posted_date:date_date', '{start} to {end}'],
    ['gl.posted_time:date_time', '{start} to {end}'],
    ['gl.posted_month:date_month', '{period}'],
    ['gl.posting_period', '{period}'],
  ])('%s: %s', (name, expression) => {
    const [field] = fields(name)
    expect(field && filterOn(field, 'person').expression).toBe(expression)
  })

  test('a saved filter does it where no column shows the period', () => {
    const filters = { 'gl.company': '10', 'gl.posting_period': 'last month' }
    const { period, filter } = guessColumns({ fields: fields('gl.account_code', 'gl.net:sum'), filters })
    expect(period).toBeNull()
    expect(filter).toEqual({ column: 'gl.posting_period', by: 'look', expression: '{period}' })
  })
})
