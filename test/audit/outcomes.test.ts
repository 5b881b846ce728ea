import { expect, test } from 'vitest'
import type { AuditEvent, AuditRecord } from '../../src/audit/event.js'
import { foldOutcomes, isInDoubt, type OutcomeFilter } from '../../src/audit/outcomes.js'
import { lastRuns } from '../../src/audit/runs.js'
import { readAudit } from '../../src/audit/read.js'
import { put, sealed, tempFolder } from './support.js'

const KEY = `MLC${'0'.repeat(26)}`
const reference = { key: KEY, amount: '412880.15', account: '5010' }

// What happened to one key, in order, and what is known of it then.
test.each<[...events: (AuditEvent | [AuditEvent, Record<string, unknown>])[], state: string]>([
  ['record.sent', 'open'],
  ['record.sent', 'record.posted', 'posted'],
  ['record.sent', 'record.failed', 'failed'],
  ['record.sent', 'record.unknown', 'unknown'],
  ['record.sent', 'record.conflict', 'conflict'],
  ['record.same', 'same'],
  ['record.skipped', 'skipped'],
  ['record.sent', 'record.unknown', 'record.same', 'same'],
  ['record.sent', 'record.unknown', 'record.sent', 'open'],
  ['record.sent', 'record.failed', 'record.sent', 'record.posted', 'posted'],
  ['record.sent', 'record.posted', 'readback.mismatch', 'conflict'],
  ['record.sent', 'record.unknown', 'record.skipped', 'unknown'],
  ['record.sent', 'record.skipped', 'open'],
  ['record.sent', 'record.posted', 'record.skipped', 'posted'],
  ['record.sent', 'record.conflict', 'record.skipped', 'conflict'],
  ['record.sent', 'record.failed', 'record.skipped', 'skipped'],
  ['record.sent', 'record.unknown', ['record.resolved', { resolution: 'posted' }], 'resolved'],
  ['record.sent', 'record.unknown', ['record.resolved', { resolution: 'posted' }], 'record.skipped', 'resolved'],
  ['record.sent', 'record.unknown', ['record.resolved', { resolution: 'not-posted' }], 'record.skipped', 'skipped'],
  ['record.sent', 'record.unknown', 'record.resolved', 'record.sent', 'record.posted', 'posted'],
  ['record.sent', 'note.added', 'run.done', 'open'],
])('after %s, %s … the state is the last word of this row', async (...row) => {
  const state = row.at(-1)
  const events = row.slice(0, -1) as (AuditEvent | [AuditEvent, Record<string, unknown>])[]
  const records = events.map((each) => (typeof each === 'string' ? { event: each } : { event: each[0], data: each[1] }))
  const outcomes = await foldOutcomes(
    audit(records.map((record) => ({ key: KEY, job: 'plant-gl', run: 'R1', ...record }))),
  )
  expect(outcomes.get(KEY)?.state).toBe(state)
})

test('an outcome carries what replay needs: the reference as last sent, when, by which run, and its amount', async () => {
  const outcomes = await foldOutcomes(
    audit([
      {
        event: 'record.sent',
        key: KEY,
        run: 'R1',
        job: 'plant-gl',
        at: '2026-03-10T06:00:00.000Z',
        data: { reference },
      },
      {
        event: 'record.failed',
        key: KEY,
        run: 'R1',
        job: 'plant-gl',
        at: '2026-03-10T06:00:01.000Z',
        data: { code: 'MLC-Q020' },
      },
      {
        event: 'record.sent',
        key: KEY,
        run: 'R2',
        job: 'plant-gl',
        at: '2026-03-11T06:00:00.000Z',
        data: { reference: { ...reference, amount: '9.00' } },
      },
      {
        event: 'record.unknown',
        key: KEY,
        run: 'R2',
        job: 'plant-gl',
        at: '2026-03-11T06:00:02.000Z',
        data: { code: 'MLC-Q021' },
      },
    ]),
  )
  expect([...outcomes.values()]).toEqual([
    {
      key: KEY,
      baseKey: KEY,
      state: 'unknown',
      reference: { ...reference, amount: '9.00' },
      before: null,
      rows: [],
      total: null,
      wanted: null,
      tenant: null,
      amount: '9.00',
      run: 'R2',
      job: 'plant-gl',
      sentAt: '2026-03-11T06:00:00.000Z',
      at: '2026-03-11T06:00:02.000Z',
      turn: expect.any(Number) as number,
      code: 'MLC-Q021',
      qadRef: null,
      wasTaken: false,
      resolution: null,
      isReleased: false,
      isAccepted: false,
    },
  ])
})

test('each revision is a key of its own, and names the one it belongs to', async () => {
  const keys = [KEY, `${KEY}-R2`, 'mlc:other']
  const outcomes = await foldOutcomes(
    audit(keys.map((key) => ({ event: 'record.posted', key, data: { qadRef: `Q-${key}` } }))),
  )
  expect([...outcomes.values()].map(({ key, baseKey, qadRef }) => [key, baseKey, qadRef])).toEqual([
    [KEY, KEY, `Q-${KEY}`],
    [`${KEY}-R2`, KEY, `Q-${KEY}-R2`],
    ['mlc:other', 'mlc:other', 'Q-mlc:other'],
  ])
})

test.each<[OutcomeFilter, ...string[]]>([
  [{}, 'A', 'B', 'C'],
  [{ job: 'gl' }, 'A', 'C'],
  [{ run: 'R1' }, 'B'],
  [{ states: ['failed', 'unknown'] }, 'A', 'B'],
  [{ job: 'gl', states: ['posted'] }, 'C'],
])('the filter %o is applied to what is known in the end', async (filter, ...keys) => {
  const outcomes = await foldOutcomes(
    audit([
      { event: 'record.sent', key: 'A', run: 'R1', job: 'gl' },
      { event: 'record.sent', key: 'B', run: 'R1', job: 'ap' },
      { event: 'record.failed', key: 'B', run: 'R1', job: 'ap' },
      { event: 'record.unknown', key: 'C', run: 'R1', job: 'gl' },
      { event: 'record.unknown', key: 'A', run: 'R2', job: 'gl' },
      { event: 'record.posted', key: 'C', run: 'R2', job: 'gl' },
    ]),
    filter,
  )
  expect([...outcomes.keys()]).toEqual(keys)
})

test('sent without an answer and unknown are in doubt, and nothing else is', async () => {
  const events = [
    'record.sent',
    'record.unknown',
    'record.posted',
    'record.same',
    'record.failed',
    'record.conflict',
    'record.skipped',
    'record.resolved',
  ] as const
  const outcomes = await foldOutcomes(audit(events.map((event) => ({ event, key: event }))))
  expect([...outcomes.values()].filter(isInDoubt).map(({ key }) => key)).toEqual(['record.sent', 'record.unknown'])
})

test('the history of a job: its newest run, its newest good one, and what is open', async () => {
  const history = await lastRuns(
    audit([
      { event: 'run.started', run: 'R1', job: 'gl', at: '2026-03-01T06:00:00.000Z' },
      {
        event: 'run.done',
        run: 'R1',
        job: 'gl',
        at: '2026-03-01T06:01:00.000Z',
        data: { exit_code: 0, push: { created: 1 } },
      },
      { event: 'run.done', run: 'R1b', job: 'gl', at: '2026-03-01T07:00:00.000Z', data: { exit_code: 0, push: null } },
      { event: 'run.started', run: 'R2', job: 'gl', at: '2026-03-02T06:00:00.000Z' },
      { event: 'record.failed', key: 'A', run: 'R2', job: 'gl' },
      { event: 'record.unknown', key: 'B', run: 'R2', job: 'gl' },
      { event: 'record.sent', key: 'C', run: 'R2', job: 'gl' },
      { event: 'record.posted', key: 'D', run: 'R2', job: 'gl' },
      { event: 'run.done', run: 'R2', job: 'gl', at: '2026-03-02T06:01:00.000Z', data: { exit_code: 5 } },
      { event: 'run.started', run: 'R3', job: 'ap', at: '2026-03-03T06:00:00.000Z' },
    ]),
  )
  expect([...history.values()]).toMatchObject([
    {
      job: 'gl',
      last: { run: 'R2', startedAt: '2026-03-02T06:00:00.000Z', endedAt: '2026-03-02T06:01:00.000Z', exitCode: 5 },
      lastGood: '2026-03-01T06:01:00.000Z',
      open: { failed: 1, unknown: 2, skipped: 0, conflict: 0 },
    },
    {
      job: 'ap',
      last: { run: 'R3', startedAt: '2026-03-03T06:00:00.000Z', endedAt: null, exitCode: null },
      lastGood: null,
      open: { failed: 0, unknown: 0, skipped: 0, conflict: 0 },
    },
  ])
})

function audit(parts: Partial<AuditRecord>[]): AsyncIterable<AuditRecord> {
  return readAudit(put(tempFolder(), '2026-03.jsonl', sealed(parts).join('')))
}
