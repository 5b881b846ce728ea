import { describe, expect, test } from 'vitest'
import { createStage, type Stage } from './runner.js'
import { scenarios } from './scenarios.js'

async function onStage(act: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await createStage()
  try {
    await act(stage)
  } finally {
    await stage.close()
  }
}

// Most of their time they wait for a retry or a deadline, so they wait together.
describe.concurrent('no credential gets out', () => {
  test.each(scenarios().map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, { act, exits }) => {
    await onStage(async (stage) => {
      const runs = await act(stage)
      expect(stage.leaks()).toEqual([])
      if (exits.length > 0) expect(runs.map(({ code }) => code)).toEqual(exits)
    })
  })
})
