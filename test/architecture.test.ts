import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBreaches } from './architecture.js'

test('every room imports only what ARCHITECTURE.md allows it', () => {
  expect(findBreaches(join(import.meta.dirname, '..', 'src'))).toEqual([])
})

test.each([
  ['mapping/plan.ts', `import { x } from '../qad/adaptive.js'`, 'mapping/plan.ts may not import ../qad/adaptive.js'],
  [
    'sandbox/looker/run.ts',
    `import {\n  a,\n  b,\n} from '../../looker/looker.js'`,
    'sandbox/looker/run.ts may not import ../../looker/looker.js',
  ],
  [
    'pipeline/push.ts',
    `import { createAdaptive } from '../qad/adaptive.js'`,
    'pipeline/push.ts may import ../qad/adaptive.js only as a type',
  ],
  [
    'commands/pull.ts',
    `const x = await import('../sandbox/serve.js')`,
    'commands/pull.ts may not import ../sandbox/serve.js',
  ],
])('a breach in %s is found', (file, text, breach) => {
  const source = mkdtempSync(join(tmpdir(), 'mlc-rules-'))
  try {
    mkdirSync(join(source, file, '..'), { recursive: true })
    writeFileSync(join(source, file), text)
    expect(findBreaches(source)).toEqual([breach])
  } finally {
    rmSync(source, { recursive: true })
  }
})
