import { describe, expect, test } from 'vitest'
import { filterTest } from '../../../src/sandbox/looker/filter.js'
import type { SourceValue } from '../../../src/sandbox/looker/world.js'

const NOW = Date.UTC(2026, 8, 15)
const CODES = ['1000', '2000', 'A,B', '-100', '50%', 'X_Y', 'XaY', 'a"b', 'a^b', '', null]
const NUMBERS = ['-5', '0', '5', '9.99', '10', '66', null]
const MONTHS = ['2025-08', '2026-01', '2026-07', '2026-08', '2026-09', null]
const DAYS = ['2026-07-31', '2026-08-01', '2026-08-31', '2026-09-01', '2026-09-15', null]

function passing(type: string, expression: string, cells: readonly (string | null)[]): (string | null)[] | 'left out' {
  const check = filterTest(type, expression, NOW)
  const toCell = (cell: string | null): SourceValue => (cell === null || type !== 'number' ? cell : { n: cell })
  return check === null ? 'left out' : cells.filter((cell) => check(toCell(cell)))
}

describe('a filter on text', () => {
  test.each<[expression: string, passes: (string | null)[] | 'left out']>([
    ['1000', ['1000']],
    ['1000,2000', ['1000', '2000']],
    ['1000, 2000 ', ['1000', '2000']],
    ['%000', ['1000', '2000']],
    ['1%', ['1000']],
    ['X_Y', ['X_Y', 'XaY']],
    ['X^_Y', ['X_Y']],
    ['50^%', ['50%']],
    ['A^,B', ['A,B']],
    ['"A,B"', ['A,B']],
    ['A,B', []],
    ['^-100', ['-100']],
    ['a^"b', ['a"b']],
    ['a^^b', ['a^b']],
    ['-1000', ['2000', 'A,B', '-100', '50%', 'X_Y', 'XaY', 'a"b', 'a^b', '', null]],
    ['-%0%,-X%', ['A,B', 'a"b', 'a^b', '', null]],
    ['%0%,-2000', ['1000', '-100', '50%']],
    ['EMPTY', ['', null]],
    ['NULL', [null]],
    ['-NULL', ['1000', '2000', 'A,B', '-100', '50%', 'X_Y', 'XaY', 'a"b', 'a^b', '']],
    ['-EMPTY', ['1000', '2000', 'A,B', '-100', '50%', 'X_Y', 'XaY', 'a"b', 'a^b']],
    ['NOT NULL', []],
    ['1000.', []],
    ['', 'left out'],
  ])('%s', (expression, passes) => expect(passing('string', expression, CODES)).toEqual(passes))
})

describe('a filter on a number', () => {
  test.each<[expression: string, passes: (string | null)[] | 'left out']>([
    ['5', ['5']],
    ['5, 66', ['5', '66']],
    ['>5', ['9.99', '10', '66']],
    ['>=5 AND <10', ['5', '9.99']],
    ['<0 OR >10', ['-5', '66']],
    ['5 to 10', ['5', '9.99', '10']],
    ['[5,10)', ['5', '9.99']],
    ['(5,10]', ['9.99', '10']],
    ['[10,inf)', ['10', '66']],
    ['NOT 5', ['-5', '0', '9.99', '10', '66', null]],
    ['NOT 5, 66', ['-5', '0', '9.99', '10', null]],
    ['>0 AND <100, NOT 66', ['5', '9.99', '10']],
    ['<>5', ['-5', '0', '9.99', '10', '66']],
    ['NULL', [null]],
    ['NOT NULL', ['-5', '0', '5', '9.99', '10', '66']],
    ['-NULL', []],
    ['five', []],
    [' ', 'left out'],
  ])('%s', (expression, passes) => expect(passing('number', expression, NUMBERS)).toEqual(passes))
})

describe('a filter on a month', () => {
  test.each<[expression: string, passes: (string | null)[]]>([
    ['2026-08', ['2026-08']],
    ['2026/08', ['2026-08']],
    ['2026/8', ['2026-08']],
    ['2026', ['2026-01', '2026-07', '2026-08', '2026-09']],
    ['2026-1', ['2025-08']],
    ['2026-Q3', ['2026-07', '2026-08', '2026-09']],
    ['2026-08-01 to 2026-09-01', ['2026-08']],
    ['2026-07 to 2026-09', ['2026-07', '2026-08']],
    ['2026-07 for 2 months', ['2026-07', '2026-08']],
    ['before 2026-08', ['2025-08', '2026-01', '2026-07']],
    ['after 2026-08', ['2026-08', '2026-09']],
    ['2026-01, 2026-08', ['2026-01', '2026-08']],
    ['this month', ['2026-09']],
    ['last month', ['2026-08']],
    ['2 months ago', ['2026-07']],
    ['2 months', ['2026-08', '2026-09']],
    ['last year', ['2025-08']],
    ['NULL', [null]],
    ['NOT NULL', ['2025-08', '2026-01', '2026-07', '2026-08', '2026-09']],
    ['not 2026', ['2025-08', null]],
    ['Q3', []],
  ])('%s', (expression, passes) => expect(passing('date_month', expression, MONTHS)).toEqual(passes))
})

describe('a filter on a day', () => {
  test.each<[expression: string, passes: (string | null)[]]>([
    ['2026-08', ['2026-08-01', '2026-08-31']],
    ['2026-08-31', ['2026-08-31']],
    ['2026/08/31', ['2026-08-31']],
    ['2026-08-01 to 2026-08-31', ['2026-08-01']],
    ['2026-07-31 12:00:00 to 2026-08-31 12:00:00', ['2026-08-01', '2026-08-31']],
    ['today', ['2026-09-15']],
    ['any time', ['2026-07-31', '2026-08-01', '2026-08-31', '2026-09-01', '2026-09-15']],
  ])('%s', (expression, passes) => expect(passing('date_date', expression, DAYS)).toEqual(passes))
})

describe('a filter on yes or no', () => {
  test.each<[expression: string, passes: string[] | 'left out']>([
    ['Yes', ['true', 'Yes']],
    ['no', ['false', 'No']],
    ['TRUE', ['true', 'Yes']],
    // A lone Y vanishes from the final query, and the figure widens.
    ['Y', 'left out'],
  ])('%s', (expression, passes) => {
    const check = filterTest('yesno', expression, NOW)
    const cells = [true, 'Yes', false, 'No'].filter((cell) => check?.(cell))
    expect(check === null ? 'left out' : cells.map(String)).toEqual(passes)
  })
})
