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
    expect(await failure(pull(odd.looker, TASK))).toMatch(/^MLC-L015 Looker sent the query task again/)
  })

  test.each([
    ['breaks off is fetched again', { kind: 'short', afterBytes: 900 }, null, 1],
    ['is cut is fetched again', { kind: 'cut', afterBytes: 900 }, null, 1],
    ['breaks off twice is run again', { kind: 'short', afterBytes: 900, times: 2 }, null, 2],
    ['breaks off and is gone then is run again', { kind: 'short', afterBytes: 900 }, 404, 2],
    ['breaks off and is refused then is run again', { kind: 'short', afterBytes: 900 }, 400, 2],
  ] as const)('whose result %s', async (_what, fault, then, made) => {
    const world = await taskWorld()
    world.sandbox.fault({ ...fault, on: /results/ })
    if (then !== null) world.sandbox.fault({ kind: 'status', status: then, on: /results/, after: 1 })
    const { rows } = await pull(world.looker, TASK)
    expect(rows).toHaveLength(ROWS)
    expect(world.made()).toBe(made)
  })

  test('whose result keeps breaking off ends the pull', async () => {
    const { looker, sandbox, made } = await taskWorld()
    sandbox.fault({ kind: 'short', afterBytes: 900, on: /results/, times: 'always' })
    expect(await failure(pull(looker, TASK))).toMatch(/^MLC-L009 .*broke off 3 times/)
    expect(made()).toBe(2)
  })

  test.each(['error', 'failure', 'Failed'])('that ends with %s is refused, whatever rows it holds', async (status) => {
    const { looker, sandbox } = await taskWorld(['running', status])
    sandbox.fault({ kind: 'rows-of-failed', on: /results/, times: 'always' })
    expect(await failure(pull(looker, TASK))).toBe(
      `MLC-L014 Looker ended the query task with status ${status.toLowerCase()}, and Looker does not say why`,
    )
  })

  test('that fails is refused in the words of its result', async () => {
    const { looker, sandbox } = await taskWorld(['running', 'failure'])
    sandbox.fault({ kind: 'looker-error', where: 'last', message: 'out of disk', on: /results/ })
    expect(await failure(pull(looker, TASK))).toBe(
      'MLC-L014 Looker ended the query task with status failure: out of disk',
    )
    const bare = await taskWorld(['error'])
    bare.sandbox.fault({ kind: 'status', status: 404, on: /results/ })
    expect(await failure(pull(bare.looker, TASK))).toMatch(/^MLC-L014 .*status error, and Looker does not say why$/)
  })

  test.each([
    ['a row that is an error', { kind: 'looker-error', where: 'last', message: 'out of disk' }],
    ['errors beside its rows', { kind: 'warnings', messages: ['out of disk'] }],
  ] as const)('that is complete and has %s is refused', async (_what, fault) => {
    const { looker, sandbox } = await taskWorld()
    sandbox.fault({ ...fault, on: /results/ })
    expect(await failure(pull(looker, TASK))).toMatch(/^MLC-L014 .*out of disk/)
  })

  test.each([
    ['never gets a result', { kind: 'accepted', on: /results/, times: 'always' }, /its result never came/],
    ['is forgotten', { kind: 'status', status: 404, on: /GET \/query_tasks\/\w+$/, times: 'always' }, /missing/],
    ['has a status that nobody knows', { kind: 'task', statuses: ['paused'], times: 'always' }, /paused/],
  ] as const)('that %s is given up, after three of them', async (_what, fault, why) => {
    const { looker, sandbox, made, clock } = await taskWorld()
    sandbox.fault(fault)
    expect(await failure(pull(looker, TASK))).toMatch(new RegExp(`^MLC-L008 .*3 query tasks .*${why.source}`))
    expect(made()).toBe(3)
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(12 * 60_000)
  })

  test('that Looker does not make is no missing Explore', async () => {
    const { looker, sandbox } = await taskWorld()
    sandbox.fault({ kind: 'status', status: 404, on: 'POST /query_tasks', times: 'always' })
    expect(await failure(pull(looker, TASK))).toMatch(/^MLC-L010 the query task on finance\/gl: .* answered 404/)
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
