import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Core, Reply } from '../../src/sandbox/core.js'
import { bareErrors, json, loginPage } from '../../src/sandbox/qad/answers.js'
import type { Fault } from '../../src/sandbox/qad/sandbox.js'
import type { SyncJson } from '../support/shapes.js'
import { FIGURES } from './company.js'
import type { Naive } from './naive.js'
import { findFaults } from './oracle.js'
import { openStage, type Stage } from './stage.js'
import { pause } from '../support/until.js'

interface Ending {
  readonly name: string
  readonly faults?: readonly Fault[]
  /** What is answered in the place of QAD's answer, which comes so many milliseconds later, if ever. */
  readonly instead?: { readonly answer: () => Reply; readonly commitMs: number | null }
}

const login = () => loginPage('/clouderp')
const expired = () => json(401, { error: 'invalid_token', error_description: 'Access token expired' })

/** Endings of a post that do not say whether QAD has it, with and without a commit behind them. */
const ENDINGS: readonly Ending[] = [
  { name: 'no answer in time, not committed', faults: [{ is: 'hang' }] },
  { name: 'no answer in time, committed', faults: [{ is: 'hang', committed: true }] },
  {
    name: 'no answer in time, committed later',
    faults: [
      { is: 'late', ms: 1_500 },
      { is: 'hang', committed: true },
    ],
  },
  { name: 'reset, not committed', faults: [{ is: 'reset' }] },
  { name: 'reset, committed', faults: [{ is: 'reset', committed: true }] },
  { name: 'reset in the middle of the answer', faults: [{ is: 'cut' }] },
  { name: 'HTTP 502 after the commit', faults: [{ is: 'gateway', status: 502, committed: true }] },
  { name: 'HTTP 503 after the commit', faults: [{ is: 'gateway', status: 503, committed: true }] },
  { name: 'HTTP 504, not committed', faults: [{ is: 'gateway', status: 504 }] },
  { name: 'HTTP 500 with a stack trace, committed', faults: [{ is: 'stackTrace', committed: true }] },
  { name: 'half a JSON', faults: [{ is: 'truncated' }] },
  { name: 'a 200 without a result', faults: [{ is: 'noSubmitResult' }] },
  { name: 'an empty body', faults: [{ is: 'emptyBody' }] },
  { name: 'a login page, not committed', instead: { answer: login, commitMs: null } },
  { name: 'a login page after the commit', instead: { answer: login, commitMs: 0 } },
  { name: 'a login page, committed later', instead: { answer: login, commitMs: 800 } },
  { name: 'HTTP 401 after the commit', instead: { answer: expired, commitMs: 0 } },
  { name: 'HTTP 401, committed later', instead: { answer: expired, commitMs: 800 } },
  { name: 'HTTP 409 for what QAD has just taken', instead: { answer: () => bareErrors(409, 'Exists.'), commitMs: 0 } },
]

const POST = /POST .*\/bdoc\//

/** Strikes the third post. */
function front(ending: Ending): (qad: Core) => Core {
  let posts = 0
  return (qad) => ({
    async handle(request) {
      const isStruck = POST.test(`${request.method} ${request.url}`) && posts++ === 2
      if (!isStruck || !ending.instead) return qad.handle(request)
      const { answer, commitMs } = ending.instead
      const commit = async () => void (await qad.handle(request))
      if (commitMs === 0) await commit()
      else if (commitMs !== null) void pause(commitMs).then(commit)
      return answer()
    },
  })
}

async function onStage<T>(ending: Ending, build: Naive | null, act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await openStage()
  try {
    const config = { settleSeconds: 2, readTimeoutMs: 700 }
    stage.set({ name: ending.name, figures: FIGURES, config, front: front(ending), ...(build && { build }) })
    for (const fault of ending.faults ?? []) stage.qad.fault({ fault, on: '/bdoc/', skip: 2 })
    return await act(stage)
  } finally {
    await stage.close()
  }
}

/** Keys that were posted again without QAD having been asked in between. */
function blindPosts({ qad }: Stage): string[] {
  const unasked = new Set<string>()
  const blind: string[] = []
  for (const { path, browseId, body, method } of qad.requests) {
    if (browseId?.includes('reconReferences')) unasked.clear()
    if (method !== 'POST' || !path.includes('/bdoc/')) continue
    for (const [key] of (body ?? '').matchAll(/MLC[0-9A-Z]{26}(?:-R\d+)?/g)) {
      if (unasked.has(key)) blind.push(key)
      unasked.add(key)
    }
  }
  return blind
}

const faultsOn = (stage: Stage) => findFaults(FIGURES, stage.qad.books, join(stage.state, 'audit'))

describe.concurrent('an ending that says nothing', () => {
  test.each(ENDINGS)('$name: never failed, never posted again unasked, settled by the next run', async (ending) => {
    await onStage(ending, null, async (stage) => {
      const ran = await stage.start().ended
      const statuses = ran.json<SyncJson>().jobs[0]?.records.map(({ status }) => status) ?? []
      expect(statuses).toHaveLength(6)
      for (const status of statuses) expect(['posted', 'same', 'conflict', 'unknown']).toContain(status)
      expect(ran.code).toBe(statuses.every((status) => status === 'posted' || status === 'same') ? 0 : 5)
      expect((await stage.start().ended).code).toBe(0)
      expect(blindPosts(stage)).toEqual([])
      expect(await faultsOn(stage)).toEqual([])
    })
  })

  test('a build that sends again what was not answered is caught', async () => {
    const ending: Ending = { name: '502', faults: [{ is: 'gateway', status: 502, committed: true }] }
    await onStage(ending, 'sends-again', async (stage) => {
      await stage.start().ended
      expect(blindPosts(stage)).not.toEqual([])
      expect((await faultsOn(stage)).join()).toContain('DOUBLED')
    })
  })

  test('after a sync that succeeded, ten more send nothing', async () => {
    await onStage({ name: 'none' }, null, async (stage) => {
      const writes = () => stage.qad.requests.filter(({ path, method }) => POST.test(`${method} ${path}`)).length
      expect((await stage.start().ended).code).toBe(0)
      for (let run = 0; run < 10; run++) expect((await stage.start().ended).code).toBe(0)
      expect(writes()).toBe(6)
    })
  })
})
