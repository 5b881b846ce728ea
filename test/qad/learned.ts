import { parseConfig } from '../../src/config/load.js'
import { learn, renderLearned, type Findings } from '../../src/qad/learn/learn.js'
import { demoQad } from '../../src/sandbox/company/company.js'
import { createQadSandbox } from '../../src/sandbox/qad/sandbox.js'
import { capture, type Shape, type Step } from '../support/capture.js'

export const BASE = 'https://erp.example.com/clouderp'

/** What mlc learns of a capture of these steps. */
export async function learned(
  steps: readonly Step[],
  shape: Shape = {},
  base = BASE,
  world = demoQad(),
): Promise<Findings> {
  const tenant = createQadSandbox(world, { now: () => Date.UTC(2026, 6, 14), mounts: [new URL(base).pathname] })
  return learn(await capture(tenant, base, steps, shape), 'capture.har')
}

export const sectionOf = (findings: Findings) => renderLearned(findings)
export const load = (text: string) => parseConfig(text, {}, 'qad.learned.yaml').config.qad
/** A save of another body. */
export const edited = (step: Step, change: (record: Record<string, unknown>) => unknown): Step => {
  return { ...step, body: JSON.stringify(change(JSON.parse(step.body ?? '') as Record<string, unknown>)) }
}
