import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CATALOGUE, CATEGORY_EXIT, MlcError, type ErrorCode } from '../src/errors.js'

const CODES = Object.keys(CATALOGUE) as ErrorCode[]

function textsOf(folder: string, but: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== but)
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}

// MLC-X001 has its case below: nothing that can be foreseen leads to it.
test.each(CODES.filter((code) => code !== 'MLC-X001'))(
  '%s is thrown or reported somewhere, and a test has a case of it',
  (code) => {
    const source = textsOf(join(import.meta.dirname, '..', 'src'), 'catalogue.ts')
    const tests = textsOf(import.meta.dirname, 'errors.test.ts')
    expect(source.some((text) => text.includes(code))).toBe(true)
    expect(tests.some((text) => text.includes(code))).toBe(true)
  },
)

test.each(CODES)('%s says what to do in one line, and has an exit code of the contract', (code) => {
  const { title, fix, category } = CATALOGUE[code]
  for (const line of [title, fix]) expect(line).toMatch(/^(?:[A-Z]|mlc)[^\n]+$/)
  expect([1, 2, 4, 5, 6, 7, 8, 75, 130, 143]).toContain(CATEGORY_EXIT[category])
})

test('an unforeseen error is MLC-X001 with exit 1, and JSON carries no cause', () => {
  const error = new MlcError('MLC-X001', 'what happened', { cause: new Error('secret') })
  expect(error.toJSON()).toEqual({
    schema: 'mlc/error/1',
    code: 'MLC-X001',
    category: 'unexpected',
    message: 'what happened',
    fix: CATALOGUE['MLC-X001'].fix,
    retryable: false,
    exit_code: 1,
  })
})
