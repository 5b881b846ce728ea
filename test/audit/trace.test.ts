import { expect, test } from 'vitest'
import type { AuditRecord } from '../../src/audit/event.js'
import { findCandidates, traceAudit } from '../../src/audit/trace.js'
import { put, sealed, tempFolder } from './support.js'

const KEY = 'MLCP284W54TV00G1NFSJYMXZQ0J6T'
const NEIGHBOUR = 'MLCP284W54TV00G1NFSJYMXZQ0J6S'
const STRANGER = 'MLC0000000000000000000000000'

type Part = Partial<AuditRecord>

const of = (event: AuditRecord['event'], key: string | null, run: string, data: AuditRecord['data'] = {}): Part => ({
  ...{ event, key, run, job: 'plant-gl', data },
})

/** A run that posts the key, with the lines about the run itself. */
const posting = (key: string, run: string, amount: string): Part[] => [
  of('run.started', null, run),
  of('pull.done', null, run, { rowsHash: `sha256:${run}` }),
  of('map.done', null, run),
  of('plan.made', null, run, { hash: `sha256:${run}` }),
  of('record.sent', key, run, { reference: { key, amount, run }, before: null, rows: [2], amount }),
  of('record.posted', key, run, { amount, qadRef: `urn:${key}` }),
  of('run.done', null, run, { exit_code: 0 }),
]

function auditOf(...parts: readonly Part[][]): string {
  return put(tempFolder(), '2026-03.jsonl', sealed(parts.flat()).join(''))
}

test('a reference is told with all its revisions, newest first, and nothing of its neighbours', async () => {
  const folder = auditOf(
    posting(KEY, 'A', '100.00'),
    posting(NEIGHBOUR, 'B', '7.00'),
    [of('record.same', KEY, 'C', { amount: '100.00' })],
    posting(`${KEY}-R2`, 'D', '120.00'),
  )
  const trace = await traceAudit(folder, KEY)
  expect(trace.isSound).toBe(true)
  expect(trace.lines).toBe(22)
  expect(trace.revisions.map(({ key, revision, outcome }) => [key, revision, outcome.state, outcome.amount])).toEqual([
    [`${KEY}-R2`, 2, 'posted', '120.00'],
    [KEY, 1, 'same', '100.00'],
  ])
  expect(trace.history.map(({ event, run }) => [event, run])).toEqual([
    ['record.sent', 'A'],
    ['record.posted', 'A'],
    ['record.same', 'C'],
    ['record.sent', 'D'],
    ['record.posted', 'D'],
  ])
  expect([...trace.runs.keys()].sort()).toEqual(['A', 'D'])
  expect(trace.runs.get('D')).toMatchObject({
    pulled: { data: { rowsHash: 'sha256:D' } },
    planned: [{ data: { hash: 'sha256:D' } }],
    done: { event: 'run.done' },
  })
})

test('a key that was sent again is told by its last request; a run that was mapped twice keeps both plans', async () => {
  const folder = auditOf(
    posting(KEY, 'A', '100.00').slice(0, 5),
    [of('record.failed', KEY, 'A', { code: 'MLC-Q503' }), of('plan.made', null, 'A', { hash: 'second' })],
    [of('record.sent', KEY, 'A', { reference: { key: KEY, amount: '100.00', run: 'A' }, rows: [3] })],
  )
  const [revision] = (await traceAudit(folder, KEY)).revisions
  expect(revision).toMatchObject({ outcome: { state: 'open' }, sent: { seq: 8 }, settled: null })
  const { runs } = await traceAudit(folder, KEY)
  expect(runs.get('A')?.planned.map(({ data }) => data['hash'])).toEqual(['sha256:A', 'second'])
})

test('a line about a conflict that spells the key as QAD does belongs to the reference', async () => {
  const folder = auditOf(posting(KEY, 'A', '100.00'), [
    of('record.conflict', KEY.toLowerCase(), 'B', { code: 'MLC-Q022' }),
  ])
  const { revisions, history } = await traceAudit(folder, KEY)
  expect(revisions).toMatchObject([{ key: KEY, outcome: { state: 'conflict', code: 'MLC-Q022' } }])
  expect(history).toHaveLength(3)
})

const LINES = sealed([
  ...posting(KEY, 'A', '100.00'),
  ...posting(NEIGHBOUR, 'B', '7.00'),
  ...posting(STRANGER, 'C', '8.00'),
])

test.each<[string, (lines: readonly string[]) => string]>([
  [
    'a line of another reference was edited',
    (lines) => lines.with(11, lines[11]?.replace('7.00', '9.00') ?? '').join(''),
  ],
  ['its own line was edited', (lines) => lines.with(5, lines[5]?.replace('100.00', '900.00') ?? '').join('')],
  ['a line was deleted', (lines) => lines.toSpliced(9, 1).join('')],
  ['the first line was deleted', (lines) => lines.slice(1).join('')],
  ['two lines were swapped', (lines) => [...lines.slice(0, 8), lines[9], lines[8], ...lines.slice(10)].join('')],
  ['a line was copied', (lines) => lines.toSpliced(9, 0, lines[8] ?? '').join('')],
  ['a blank line stands between', (lines) => lines.toSpliced(9, 0, '\n').join('')],
  ['a line is no JSON', (lines) => lines.toSpliced(9, 0, 'x\n').join('')],
  ['one bit of a hash is another', (lines) => lines.with(20, lines[20]?.replace(/.("\}\n)$/, 'g$1') ?? '').join('')],
])('when %s the audit is not sound, and what its sound lines say is still told', async (_name, spoil) => {
  const trace = await traceAudit(put(tempFolder(), '2026-03.jsonl', spoil(LINES)), KEY)
  expect(trace.isSound).toBe(false)
  expect(trace.revisions).toMatchObject([{ key: KEY, sent: { event: 'record.sent' } }])
})

test('a torn last line is what a crash leaves, and no damage; torn in an older month it is', async () => {
  const torn = LINES.join('') + '{"v":1,"seq":22,"at":"2026-03-10T06:15'
  const folder = put(tempFolder(), '2026-03.jsonl', torn)
  expect(await traceAudit(folder, KEY)).toMatchObject({ isSound: true, lines: 21 })
  put(folder, '2026-04.jsonl', sealed([of('note.added', null, 'D')]).join(''))
  expect(await traceAudit(folder, KEY)).toMatchObject({ isSound: false })
})

test('an audit without a line knows nothing, and is sound', async () => {
  expect(await traceAudit(tempFolder(), KEY)).toMatchObject({ isSound: true, lines: 0, revisions: [], history: [] })
})

test.each<[string, string, readonly string[]]>([
  ['QAD’s own reference means the very revision that has it', `urn:${KEY}-R2`, [`${KEY}-R2`]],
  ['a beginning in any case means the reference', 'mlc000000', [STRANGER]],
  ['a beginning with its revision means that revision', `${KEY}-r`, [`${KEY}-R2`]],
  ['a beginning of two references names both', KEY.slice(0, 12), [KEY, NEIGHBOUR]],
  ['a short beginning of one reference alone means it', 'MLC0000', [STRANGER]],
  ['nothing means nothing', '', []],
  ['text of a line that is neither means nothing', 'plant-gl', []],
])('%s', async (_name, text, expected) => {
  const folder = auditOf(
    posting(KEY, 'A', '100.00'),
    posting(`${KEY}-R2`, 'B', '120.00'),
    posting(NEIGHBOUR, 'C', '7.00'),
    posting(STRANGER, 'D', '8.00'),
  )
  expect((await findCandidates(folder, text)).keys.toSorted()).toEqual(expected.toSorted())
})

test('of what a beginning fits, ten are named, all counted, and how much of a key tells them apart', async () => {
  const keys = Array.from({ length: 30 }, (_, index) => `MLCAAAAAA${String(index).padStart(20, '0')}`)
  const folder = auditOf(keys.map((key) => of('record.posted', key, 'A')))
  const { keys: named, ...rest } = await findCandidates(folder, 'MLCAAAAAA')
  expect({ named: named.length, ...rest }).toEqual({ named: 10, count: 30, byQadRef: false, telling: 29 })
  expect((await findCandidates(folder, 'MLCAAAAAA0000000000000000001')).telling).toBe(29)
  expect((await findCandidates(folder, 'MLCAAAAAA00000000000000000011')).count).toBe(1)
})
