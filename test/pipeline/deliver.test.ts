import { expect, test } from 'vitest'
import { foldDelivery, type Deliveries } from '../../src/audit/deliveries.js'
import type { AuditEntry } from '../../src/audit/event.js'
import { MlcError } from '../../src/errors.js'
import type { Job, JobDelivery } from '../../src/model/job.js'
import { parsePeriod } from '../../src/model/period.js'
import type { Delivery } from '../../src/looker/delivery/delivery.js'
import { deliver, type DeliveryReader } from '../../src/pipeline/deliver.js'
import type { Ports } from '../../src/pipeline/ports.js'

const FED: JobDelivery = { mode: null, plan: null, period: null, model: null, explore: null }
const HOUR = 3_600_000

interface Came {
  readonly body: string
  readonly name?: string | null
  readonly period?: string
  readonly byHand?: boolean
  /** Hours after the first. */
  readonly at?: number
}

/** Lets deliveries come one after another, each posted, and asks about the last one. */
async function taken(came: readonly [Came, ...Came[]], look: string | null = null): Promise<string> {
  const deliveries: Deliveries = { open: new Map(), taken: [] }
  const job = { name: 'gl', source: { look, query: null, slug: null, filters: {}, delivery: FED } } as unknown as Job
  let word = ''
  for (const { body, name = null, period = '', at = 0, byHand = false } of came) {
    const entries: AuditEntry[] = []
    const run = `run ${deliveries.taken.length}`
    const ports = {
      newRunId: () => run,
      reason: null,
      journal: { append: async (entry: AuditEntry) => void entries.push(entry) },
      history: {
        deliveries: async () =>
          deliveries.taken.map((one) => ({ ...one, isOvertaken: one !== deliveries.taken.at(-1) })),
        rest: async () => ({ unfinished: [], died: [], conflicts: [] }),
      },
    } as unknown as Ports
    const request = {
      job,
      bytes: Buffer.from(body),
      name,
      from: byHand ? ('hand' as const) : name === null ? ('webhook' as const) : ('folder' as const),
      receivedAt: new Date(at * HOUR).toISOString(),
      period: parsePeriod(period),
      target: {} as never,
      liveJobs: [],
      dryRun: false,
      approve: async () => true,
    }
    // What comes after the reading is a sync's, and has its own tests: here it ends at once, and the audit says posted.
    const read = () => {
      throw new MlcError('MLC-I010', 'not read here')
    }
    const report = await deliver(request, { read, source: () => ({}) as never }, ports)
    word = report.delivery.taken === 'before' ? 'before' : 'now'
    for (const entry of entries)
      foldDelivery(deliveries, entry.event === 'run.done' ? { ...entry, data: { exit_code: 0, push: {} } } : entry)
  }
  return word
}

const A = { body: 'a' }
const B = { body: 'b' }

test.each<[what: string, came: readonly [Came, ...Came[]], look: string | null, word: string]>([
  ['the same body again', [A, A], null, 'before'],
  ['the same body, days later', [A, { ...A, at: 72 }], null, 'before'],
  [
    'the same body for another period',
    [
      { ...A, period: '2026-06' },
      { ...A, period: '2026-07' },
    ],
    null,
    'now',
  ],
  [
    'the same body under another name',
    [
      { ...A, name: '1' },
      { ...A, name: '2' },
    ],
    null,
    'before',
  ],
  ['the same body behind another one, within the hour', [A, B, { ...A, at: 1 }], null, 'before'],
  ['the same body behind another one, much later', [A, B, { ...A, at: 2 }], null, 'now'],
  [
    'the same file behind another one',
    [
      { ...A, name: '1' },
      { ...B, name: '2' },
      { ...A, name: '1', at: 72 },
    ],
    null,
    'before',
  ],
  [
    'a file that is written anew under one name',
    [
      { ...A, name: '1' },
      { ...B, name: '1' },
      { ...A, name: '1' },
    ],
    null,
    'now',
  ],
  [
    'a new file of the same content behind another one',
    [
      { ...A, name: '1' },
      { ...B, name: '2' },
      { ...A, name: '3' },
    ],
    null,
    'now',
  ],
  ['the same body again, given by hand', [A, { ...A, byHand: true }], null, 'before'],
  ['the same body behind another one, given by hand', [A, B, { ...A, byHand: true }], null, 'now'],
  [
    'a file behind another one, given by hand',
    [
      { ...A, name: '1' },
      { ...B, name: '2' },
      { ...A, name: '1', byHand: true },
    ],
    null,
    'now',
  ],
  ['a trigger again', [A, { ...A, at: 1 }], '42', 'before'],
  ['a trigger the next day, as it was', [A, { ...A, at: 24 }], '42', 'now'],
])('%s: %j %s → %s', async (_, came, look, word) => {
  expect(await taken(came, look)).toBe(word)
})

test('a delivery whose period nobody can tell is refused for that, in the audit as well, and stays to be taken', async () => {
  const events: string[] = []
  const append = async ({ event }: AuditEntry) => void events.push(event)
  const history = { deliveries: () => Promise.reject(new Error('nothing is looked up')) }
  const ports = { newRunId: () => 'run', reason: null, journal: { append }, history } as unknown as Ports
  const fault = new MlcError('MLC-Q032', 'the calendar of QAD has no previous period for 2026-08-03')
  const job = {
    name: 'gl',
    source: { look: null, query: null, slug: null, filters: {}, delivery: FED },
  } as unknown as Job
  const arrival = {
    bytes: Buffer.from('a'),
    name: null,
    from: 'hand' as const,
    receivedAt: new Date(0).toISOString(),
    period: null,
    fault,
  }
  const sync = { job, target: {} as never, liveJobs: [], dryRun: false, approve: async () => true }
  const report = await deliver({ ...arrival, ...sync }, {} as never, ports)
  expect(report).toMatchObject({ error: fault, exitCode: fault.exitCode, delivery: { taken: 'refused' } })
  expect(events).toEqual(['delivery.received', 'run.started', 'run.done'])
})

test('a trigger whose period cannot be told because Looker is down is a run that ended so, and not a failure of all', async () => {
  const events: AuditEntry[] = []
  const history = { deliveries: async () => [] }
  const append = async (entry: AuditEntry) => void events.push(entry)
  const ports = { newRunId: () => 'run', reason: null, jobName: 'gl', journal: { append }, history } as unknown as Ports
  const filters = { 'gl.posting_period': '{period}' }
  const job = {
    name: 'gl',
    source: { look: '42', query: null, slug: null, filters, delivery: FED },
    figure: { account: 'a', currency: 'USD', period: 'gl.posting_period', measures: {} },
  } as unknown as Job
  const down = new MlcError('MLC-L008', 'Looker fails')
  const reader = {
    read: () => ({ format: 'csv', plan: { id: null }, isEmpty: false }) as Delivery,
    source: () => ({ describe: () => Promise.reject(down) }) as unknown as ReturnType<DeliveryReader['source']>,
  }
  const came = { bytes: Buffer.from('a'), name: null, from: 'webhook' as const, receivedAt: new Date(0).toISOString() }
  const sync = { job, period: null, target: {} as never, liveJobs: [], dryRun: false, approve: async () => true }
  const report = await deliver({ ...came, ...sync }, reader, ports)
  expect(report).toMatchObject({ error: down, exitCode: 75, push: null })
  expect(events.map(({ event }) => event)).toEqual(['delivery.received', 'run.started', 'run.done'])
})

test('a delivery counts as taken once its run has posted: not when it was refused, interrupted, declined or only looked at', () => {
  const deliveries: Deliveries = { open: new Map(), taken: [] }
  const line = (event: AuditEntry['event'], run: string, data: AuditEntry['data']) =>
    foldDelivery(deliveries, { event, run, job: 'gl', key: null, data })
  const ends: readonly (readonly [run: string, data: AuditEntry['data'], received?: AuditEntry['data']])[] = [
    ['posted', { exit_code: 0, push: { created: 1 } }],
    ['in part', { exit_code: 5, push: { failed: 1 } }],
    ['refused', { exit_code: 6 }],
    ['interrupted', { exit_code: 130, push: { created: 1 } }],
    ['declined', { exit_code: 0, push: null }],
    ['dry', { exit_code: 0, push: {} }, { dryRun: true }],
  ]
  for (const [run, data, received] of ends) {
    line('delivery.received', run, { digest: `sha256:${run}`, name: null, received: 'now', ...received })
    line('run.done', run, data)
  }
  line('delivery.received', 'killed', { digest: 'sha256:killed' })
  expect(deliveries.taken.map(({ run }) => run)).toEqual(['posted', 'in part'])
  expect([...deliveries.open.keys()]).toEqual(['killed'])
})
