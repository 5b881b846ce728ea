import { expect, test } from 'vitest'
import { compareNumbered } from '../../src/model/fold.js'

test.each<readonly string[]>([
  ['gl_9.csv', 'gl_10.csv', 'gl_100.csv'],
  ['2026-07-09.json', '2026-07-10.json', '2026-08-01.json'],
  ['a', 'a1', 'a2b9', 'a2b10', 'b'],
  ['GL_2026-07-30T0600_ffffff.json', 'GL_2026-07-31T0600_0a1b2c.json'],
  ['07.csv', '7.csv', '08.csv'],
])('names are in the order in which people number them: %s, %s …', (...names) => {
  expect([...names].reverse().sort(compareNumbered)).toEqual(names)
  expect(compareNumbered(names[0] ?? '', names[0] ?? '')).toBe(0)
})
