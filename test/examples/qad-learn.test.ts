import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { learn, renderLearned } from '../../src/qad/learn/learn.js'
import { EXAMPLES } from './readme.js'
import { exampleCaptures } from './qad-learn.js'

const FOLDER = join(EXAMPLES, 'qad-learn')

test('the captures of the example are what the sandbox gives, and the files beside them what mlc makes of them today', async () => {
  for (const [path, har] of await exampleCaptures()) {
    expect(har).toBe(readFileSync(join(FOLDER, path), 'utf8'))
    const findings = learn(har, path)
    const expected = new Map([['qad.learned.yaml', renderLearned(findings)], ...findings.templates])
    const folder = join(FOLDER, path, '..', 'learned')
    expect(readdirSync(folder).sort()).toEqual([...expected.keys()].sort())
    for (const [name, text] of expected) expect(text).toBe(readFileSync(join(folder, name), 'utf8'))
  }
})
