import { expect, test } from 'vitest'
import { withDefinition } from '../../src/config/pin.js'

const HASH = `sha256:${'a1'.repeat(32)}`
const job = (source: string) =>
  `version: 1 # kept\njobs:\n  other: { source: { look: "1" } }\n  gl:\n    source:${source}\n    onRestate: revise # kept\n`

test.each([
  [
    'a value that is there',
    '\n      look: "42"\n      expect: { definition: null } # kept',
    '\n      look: "42"\n      expect: { definition: HASH } # kept',
  ],
  [
    'an older hash',
    '\n      expect:\n        definition: sha256:00 # kept',
    '\n      expect:\n        definition: HASH # kept',
  ],
  [
    'an entry without a value',
    '\n      expect:\n        definition:\n      look: "42"',
    '\n      expect:\n        definition: HASH\n      look: "42"',
  ],
  ['an empty expect', '\n      look: "42"\n      expect: {}', '\n      look: "42"\n      expect: { definition: HASH }'],
  ['no expect, block', '\n      look: "42" # kept', '\n      expect: { definition: HASH }\n      look: "42" # kept'],
  ['no expect, flow', ' { look: "42" }', ' { expect: { definition: HASH }, look: "42" }'],
])('the hash takes the place of %s, and nothing else changes', (_what, before, after) => {
  expect(withDefinition(job(before), 'gl', HASH)).toBe(job(after).replace('HASH', HASH))
})
