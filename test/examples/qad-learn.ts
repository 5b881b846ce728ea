import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { demoQad } from '../../src/sandbox/company/company.js'
import { createQadSandbox } from '../../src/sandbox/qad/sandbox.js'
import { capture, demoSteps, JOURNAL_SAVE, REFERENCE_SAVE } from '../support/capture.js'
import { EXAMPLES } from './readme.js'

/** Captures of the example, by path in its folder. Run as a program, it writes them. */
export async function exampleCaptures(): Promise<ReadonlyMap<string, string>> {
  const made = async (save: typeof JOURNAL_SAVE) => {
    const tenant = createQadSandbox(demoQad(), { now: () => Date.UTC(2026, 6, 14) })
    return capture(tenant, 'https://erp.example.com/clouderp', demoSteps([save]))
  }
  return new Map([
    ['capture.har', await made(JOURNAL_SAVE)],
    ['component/capture.har', await made(REFERENCE_SAVE)],
  ])
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of await exampleCaptures()) writeFileSync(join(EXAMPLES, 'qad-learn', path), text)
}
