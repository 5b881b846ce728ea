import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FIGURES, SYNC } from './company.js'
import { openStage, type Scene, type Stage } from './stage.js'
import { readTrace, tracing, whyNoStrace, type TracedCall } from './strace.js'

const CALLS = ['pwrite64', 'fdatasync', 'write', 'writev', 'sendto', 'sendmsg']
const KEY = /MLC[0-9A-Z]{26}(?:-R\d+)?/g

/** Keys whose POST left before their intent was on stable storage, and how many posts were looked at. */
function findEarly(calls: readonly TracedCall[]): { posts: number; early: string[] } {
  const written = new Set<string>()
  const durable = new Set<string>()
  const early: string[] = []
  let posts = 0
  for (const { name, text } of calls) {
    const isAudit = /\/audit\/[\d-]+\.jsonl>/.test(text)
    if (isAudit && name === 'pwrite64' && text.includes('record.sent'))
      for (const [key] of text.matchAll(KEY)) written.add(key)
    if (isAudit && name === 'fdatasync') for (const key of written) durable.add(key)
    if (!text.includes('referenceId') || isAudit || !/^\d+<(?:TCP|socket)/.test(text)) continue
    posts++
    for (const [key] of text.matchAll(KEY)) if (!durable.has(key)) early.push(key)
  }
  return { posts, early }
}

const reason = whyNoStrace()
describe.skipIf(reason !== null)(`the order of calls (${reason ?? 'by strace'})`, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  async function trace(scene: Partial<Scene>) {
    stage.set({ name: 'first sync', figures: FIGURES, ...scene })
    const output = join(stage.traces, 'order.trace')
    const { code } = await stage.start(SYNC, { through: tracing(output, CALLS, 20_000) }).ended
    expect(code).toBe(0)
    return findEarly(readTrace(readFileSync(output, 'utf8')))
  }

  test.each([
    [1, 6],
    [3, 3],
  ])(
    'with batches of %i, each intent is on stable storage before the first byte of its POST leaves',
    async (size, posts) => {
      expect(await trace({ config: { batchSize: size } })).toEqual({ posts, early: [] })
    },
  )

  test('a build that does not wait for the disk is caught', async () => {
    const { early } = await trace({ build: 'no-sync' })
    expect(early).toHaveLength(6)
  })
})
