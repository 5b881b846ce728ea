import { expect, test } from 'vitest'
import { fileFormatFlag, type CommonFlags } from '../../src/commands/flags.js'

const OFFERED = ['table', 'json', 'ndjson', 'csv', 'html'] as const

test.each<[CommonFlags, (typeof OFFERED)[number]]>([
  [{}, 'table'],
  [{ output: '-' }, 'table'],
  [{ output: 'gl.csv' }, 'csv'],
  [{ output: 'out/GL.CSV' }, 'csv'],
  [{ output: 'gl.jsonl' }, 'ndjson'],
  [{ output: 'gl.ndjson' }, 'ndjson'],
  [{ output: 'gl.json' }, 'json'],
  [{ output: 'gl.htm' }, 'html'],
  [{ output: 'gl.txt' }, 'table'],
  [{ output: 'csv' }, 'table'],
  [{ output: 'july.csv/tiles' }, 'table'],
  // Not offered here: left as it is, rather than refused for a name.
  [{ output: 'gl.xlsx' }, 'table'],
  [{ output: 'gl.csv', format: 'table' }, 'table'],
  [{ output: 'gl.csv', json: true }, 'json'],
])('%j is %s: what was asked for, else what the ending of the file says', (flags, format) => {
  expect(fileFormatFlag(flags, OFFERED)).toBe(format)
})
