import { describe, expect, test } from 'vitest'
import { explore, failure, ledger, pull, start } from './harness.js'

const ROWS = 137
const world = { explores: [explore(ledger(ROWS))] }
const TASK = { paging: 'task' } as const

async function taskWorld(...statuses: readonly (readonly string[])[]) {
  const started = await start({ world })
  for (const [index, each] of statuses.entries())
    started.sandbox.fault({ kind: 'task', statuses: each, on: 'POST /query_tasks', after: index })
  const made = () =>
    started.sandbox.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/query_tasks')).length
  return { ...started, made }
}

describe('a query task', () => {
  test('is waited for with growing pauses, and its rows are all there', async () => {
    const { looker, clock } = await taskWorld(['added', 'running', 'running', 'running', 'running', 'complete'])
    const { rows, result } = await pull(looker, TASK)
    expect(rows).toHaveLength(ROWS)
    expect(result).toMatchObject({ paging: 'task', complete: true, rows: ROWS })
    const pauses = clock.slept.filter((ms) => ms >= 500)
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
    expect(pauses.length).toBeGreaterThanOrEqual(4)
  })

  test.each([
    ['expired just before it is complete', [['running', 'expired', 'complete']], 1],
    ['killed once', [['running', 'killed']], 2],
    ['killed twice', [['killed'], ['running', 'killed']], 3],
    ['expired for good, once', [['expired']], 2],
  ])('that is %s comes to its rows', async (_what, statuses, made) => {
    const world = await taskWorld(...statuses)
    expect((await pull(world.looker, TASK)).rows).toHaveLength(ROWS)
    expect(world.made()).toBe(made)
  })

  test.each([
    ['killed three times', [['killed'], ['killed'], ['killed']], /^MLC-L008 .*3 query tasks .*killed/],
    ['an error in the database', [['running', 'error']], /^MLC-L01[34] /],
  ])('that ends with %s is an error, never fewer rows', async (_what, statuses, error) => {
    const { looker } = await taskWorld(...statuses)
    expect(await failure(pull(looker, TASK))).toMatch(error)
  })

  test('whose result is not there yet is asked for again; one that is the task itself is refused', async () => {
    const early = await taskWorld()
    early.sandbox.fault({ kind: 'accepted', on: /results/ })
    expect((await pull(early.looker, TASK)).rows).toHaveLength(ROWS)
    const odd = await taskWorld()
    odd.sandbox.fault({ kind: 'task-object', on: /results/, times: 'always' })
    expect(await failure(pull(odd.looker, TASK))).toMatch(/^MLC-L015 /)
  })

  test('whose result breaks off is run again', async () => {
    const { looker, sandbox } = await taskWorld()
    sandbox.fault({ kind: 'short', afterBytes: 900, on: /results/ })
    expect((await pull(looker, TASK)).rows).toHaveLength(ROWS)
  })

  test('that nobody waits for any more is killed', async () => {
    const stop = new AbortController()
    const started = await start({ world, signal: stop.signal })
    started.sandbox.fault({ kind: 'task', statuses: ['running'], on: 'POST /query_tasks', times: 'always' })
    const sleep = started.clock.sleep.bind(started.clock)
    let slept = 0
    started.clock.sleep = (ms, signal) => {
      if (++slept === 3) stop.abort(new Error('Ctrl-C'))
      return sleep(ms, signal)
    }
    expect(await failure(pull(started.looker, TASK))).toContain('Ctrl-C')
    expect(
      started.sandbox.requests.some(({ method, path }) => method === 'DELETE' && path.includes('/running_queries/')),
    ).toBe(true)
  })
})
