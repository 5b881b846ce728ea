import { expect, test } from 'vitest'
import type { AuditEntry } from '../../src/audit/event.js'
import { withHistory } from '../../src/audit/history.js'
import type { Clock } from '../../src/model/clock.js'
import { referenceKey, type Identity, type Posted, type Reference } from '../../src/model/reference.js'
import type { Target } from '../../src/pipeline/map.js'
import type { Ports } from '../../src/pipeline/ports.js'
import { planReplay, type ReplayPlan } from '../../src/pipeline/replay.js'
import { findRest } from '../../src/pipeline/rest.js'

const IDENTITY: Identity = {
  ...{ domain: '10USA', entity: '10USACO', year: 2026, period: 7, account: '5010', subAccount: '' },
  ...{ costCentre: '1100', project: '', site: '', currency: 'USD', measure: 'net_amount' },
}
const KEY = referenceKey(IDENTITY)

function referenceOf(run: string, amount: string, account = IDENTITY.account): Reference {
  const identity = { ...IDENTITY, account }
  return { ...identity, ...{ key: referenceKey(identity), revision: 1, amount, description: '', source: '', run } }
}

const CLOCK: Clock = { now: () => 0, sleep: () => Promise.resolve() }
const TARGET: Target = {
  ...{ tenant: 'https://qad.example', domain: '10USA', entity: '10USACO', settleMs: 0 },
  limits: { account: 8, costCentre: 8, text: 40 },
}

/** Run A left 100.10 in doubt; run B planned the same figure at another amount perhaps, and was stopped before it. */
async function replayOf(amount: string, held: readonly Reference[]): Promise<ReplayPlan> {
  const nothing = { append: async () => undefined, flush: async () => undefined }
  const { journal, history } = withHistory(nothing, async function* () {}, CLOCK)
  const say = (event: AuditEntry['event'], run: string, data: AuditEntry['data'], key: string | null = null) =>
    journal.append({ event, run, job: 'pay', key, data })
  const sent = referenceOf('A', '100.10')
  await say('run.started', 'A', { period: '2026-07' })
  await say('record.sent', 'A', { reference: sent, before: null, rows: [1], amount: '100.10' }, KEY)
  await say('record.unknown', 'A', { code: 'MLC-Q021', amount: '100.10' }, KEY)
  await say('run.done', 'A', { exit_code: 5, push: {} })
  await say('run.started', 'B', { period: '2026-07' })
  await say('record.skipped', 'B', { reference: referenceOf('B', amount), before: null, rows: [2] }, KEY)
  await say('run.done', 'B', { exit_code: 4, push: {} })
  const posted = held.map((one): Posted => ({ ...one, qadRef: null }))
  const ledger = {
    canReadBack: true,
    chart: async () => ({ accounts: null, costCentres: null, periods: null }),
    posted: async function* () {
      yield* posted
    },
  }
  const ports = { clock: CLOCK, history, ledger: () => ledger, say: () => undefined } as unknown as Ports
  return planReplay('R', 'pay', await findRest({}, ports), TARGET, ports)
}

const OTHER = referenceOf('A', '1.00', '5020')

test.each<[what: string, amount: string, held: readonly Reference[], entries: readonly object[], heldBack: number]>([
  ['is not there', '100.10', [OTHER], [{ action: 'create', reference: { amount: '100.10', run: 'B' }, rows: [2] }], 0],
  ['is not there, and was restated', '150.00', [OTHER], [{ action: 'create', reference: { amount: '150.00' } }], 0],
  ['is there', '100.10', [referenceOf('A', '100.10')], [{ action: 'same' }], 0],
  ['is there, and was restated since', '150.00', [referenceOf('A', '100.10')], [], 1],
  ['is there as it was restated', '150.00', [referenceOf('B', '150.00')], [{ action: 'same' }], 0],
])('a figure in doubt that a later run planned and did not come to %s', async (_, amount, held, entries, heldBack) => {
  const planned = await replayOf(amount, held)
  expect(planned.plan).toMatchObject({ entries, problems: [] })
  expect(planned.superseded).toEqual([])
  expect(planned.heldBack.map(({ problem }) => problem.code)).toEqual(heldBack === 0 ? [] : ['MLC-P012'])
})
