import { describe, expect, test } from 'vitest'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { finance, session } from './finance.js'

const looker = () => session(createLookerSandbox(finance()))
const FIELDS = ['gl.line']

/** The lines that a custom filter lets through. */
test.each([
  ['${gl.account} = "1000"', [1, 2, 3]],
  ['${gl.account} > "1000"', [4, 5]],
  ['${gl.account} >= "1000" AND ${gl.line} < 3', [1, 2]],
  ['${gl.account} = "A,B" OR ${gl.line} = 1 AND ${gl.account} = "2000"', [5]],
  ['(${gl.account} = "A,B" OR ${gl.line} = 1) AND ${gl.account} = "1000"', [1]],
  ['is_null(${gl.account})', [11]],
  ['NOT is_null(${gl.account}) AND ${gl.account} != "1000"', [4, 5, 10]],
  // UNKNOWN lets nothing through, and its negation neither.
  ['NOT (${gl.account} = "1000")', [4, 5, 10]],
  ['${gl.is_open} = yes AND NOT ${gl.line} = 3', [4, 10, 11]],
  ['${gl.is_open}', [3, 4, 10, 11]],
  ['${gl.posted_month} >= date(2026, 9, 1)', [10, 11]],
  ['${gl.posted_month} = date_time(2026, 7, 1, 0, 0, 0)', [1]],
  ['${gl.posted_month} = date(2026, 13, 1)', []],
  ['${gl.account} = "-100"', [10]],
  ['${gl.line} > -5 AND ${gl.line} < 1.5', [1]],
])('%s', async (filter_expression, lines) => {
  const { rows } = await looker()
  const found = await rows({ fields: FIELDS, sorts: FIELDS, filter_expression })
  expect(found.map((row) => row['gl.line'])).toEqual(lines)
})

describe('what Looker would not run is refused', () => {
  test.each([
    ['${gl.acount} = "1000"', 'unknown field gl.acount'],
    ['${gl.net_amount} > 5', 'gl.net_amount is a measure'],
    ['${gl.account} = 1000', 'a string is compared with a number'],
    ['${gl.is_open} > no', '> is not for yes and no'],
    ['${gl.account} = "1000" and ${gl.line} = 1', 'and is not expected'],
    ['${gl.account}', 'a string stands where yes or no is wanted'],
    ['${gl.account} = null', 'null is not known here'],
    ['lower(${gl.account}) = "a"', 'lower is not known here'],
    ["${gl.account} = '1000'", 'it cannot be read from'],
    ['${gl.account} = "a\\"b"', 'it cannot be read from'],
    ['${gl.account} = "1000', 'it cannot be read from'],
    ['(${gl.account} = "1000"', ') is missing before the end'],
    ['${gl.line} >', 'it ends too early'],
    ['${gl.posted_month} = date(2026, 8)', ', is missing before )'],
  ])('%s: %s', async (filter_expression, why) => {
    const { post } = await looker()
    const answer = await post('/queries/run/json', { model: 'finance', view: 'gl', fields: FIELDS, filter_expression })
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { message: string }).message).toContain(`Invalid filter expression: ${why}`)
  })
})
