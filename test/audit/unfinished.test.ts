import { expect, test } from 'vitest'
import type { AuditRecord } from '../../src/audit/event.js'
import { foldRecord, type Outcome } from '../../src/audit/outcomes.js'
import { foldRun, type RunTrace } from '../../src/audit/runs.js'
import { findStanding, findUnfinished, type Rest } from '../../src/audit/unfinished.js'

type Line = Pick<AuditRecord, 'event' | 'run' | 'key' | 'data'>

/** What is left after these lines of one job. */
function restOf(lines: readonly Line[]): Rest {
  const { outcomes, runs } = folded(lines)
  return findUnfinished(outcomes, runs)
}

/** Keys that the job wants in QAD for July after these lines. */
function standingOf(lines: readonly Line[], job = 'pay'): readonly string[] {
  const { outcomes, runs } = folded(lines)
  return findStanding({ job, period: '2026-07' }, outcomes, runs).map(({ reference }) => reference.key)
}

function folded(lines: readonly Line[]) {
  const outcomes = new Map<string, Outcome>()
  const runs = new Map<string, RunTrace>()
  for (const line of lines) {
    const record = { ...line, job: 'pay', at: '2026-08-03T06:00:00.000Z' }
    foldRecord(outcomes, record)
    foldRun(runs, record)
  }
  return { outcomes: [...outcomes.values()], runs }
}

const [JULY, AUGUST] = [7, 8].map((period) => ({ year: 2026, period })) as [Period, Period]
type Period = { readonly year: number; readonly period: number }

const started = (run: string, period: string | null = null): Line => {
  return { event: 'run.started', run, key: null, data: { period } }
}
const planned = (run: string, ...periods: readonly string[]): Line => {
  return { event: 'plan.made', run, key: null, data: { hash: `sha256:${run}`, periods } }
}
const done = (run: string): Line => ({ event: 'run.done', run, key: null, data: { exit_code: 0, push: {} } })
const stopped = (run: string): Line => ({ event: 'run.done', run, key: null, data: { exit_code: 6, push: null } })
const spoke = (event: Line['event'], run: string, key: string, period: Period): Line => {
  return { event, run, key, data: { reference: { ...period, key, amount: '1.00' } } }
}

const FAILED = [started('A'), planned('A', '2026-07'), spoke('record.failed', 'A', 'K', JULY), done('A')]

test.each<[what: string, later: readonly Line[], supersededBy: string | null]>([
  ['nothing', [], null],
  ['a run about another period alone', [started('B'), spoke('record.same', 'B', 'L', AUGUST), done('B')], null],
  [
    'a run asked for another period',
    [started('B', '2026-08'), spoke('record.same', 'B', 'L', AUGUST), done('B')],
    null,
  ],
  ['a run about its period', [started('B'), spoke('record.same', 'B', 'L', JULY), done('B')], 'run B'],
  ['a run asked for its period', [started('B', '2026-07'), spoke('record.same', 'B', 'L', JULY), done('B')], 'run B'],
  [
    'a run whose plan spoke of its period, though none of its lines does',
    [started('B'), planned('B', '2026-07', '2026-08'), spoke('record.same', 'B', 'L', AUGUST), done('B')],
    'run B',
  ],
  ['a run that was refused', [started('B', '2026-07'), planned('B', '2026-07'), stopped('B')], null],
  ['a run that wants nothing of its period', [started('B', '2026-07'), planned('B'), done('B')], 'run B'],
  [
    'a run about its period, and then one about another',
    [
      ...[started('B'), spoke('record.same', 'B', 'L', JULY), done('B')],
      ...[started('C'), spoke('record.same', 'C', 'M', AUGUST), done('C')],
    ],
    'run B',
  ],
])('a figure of July that failed, and after it %s: superseded by %3$s', (_, later, supersededBy) => {
  expect(restOf([...FAILED, ...later]).unfinished).toMatchObject([{ key: 'K', supersededBy, replannedBy: null }])
})

test('a run of a year takes the place of an earlier one of the same year, in periods that it is silent about as well', () => {
  const year = [started('A', '2026-08'), spoke('record.failed', 'A', 'K', JULY), done('A')]
  const again = [started('B', '2026-08'), spoke('record.same', 'B', 'L', AUGUST), done('B')]
  expect(restOf([...year, ...again]).unfinished).toMatchObject([{ supersededBy: 'run B' }])
})

test('a run that died is looked after in each of its periods until a later one has posted for it', () => {
  const died = [started('A'), planned('A', '2026-07', '2026-08'), spoke('record.same', 'A', 'K', JULY)]
  const august = [started('B'), planned('B', '2026-08'), spoke('record.same', 'B', 'L', AUGUST), done('B')]
  const july = [started('C'), planned('C', '2026-07'), spoke('record.same', 'C', 'M', JULY), done('C')]
  expect(restOf(died).died).toMatchObject([{ run: 'A', replannedIn: new Set() }])
  expect(restOf([...died, ...august]).died).toMatchObject([{ run: 'A', replannedIn: new Set(['2026-08']) }])
  expect(restOf([...died, ...august, ...july]).died).toEqual([])
})

test('of two runs the one that posted later says what is wanted, not the one that was pulled later', () => {
  const pulled = [started('B', '2026-07'), planned('B', '2026-07')]
  const sooner = [started('A', '2026-07'), spoke('record.failed', 'A', 'K', JULY), done('A')]
  const later = [spoke('record.failed', 'B', 'K', JULY), done('B')]
  expect(restOf([...pulled, ...sooner, ...later]).unfinished).toMatchObject([{ run: 'B', supersededBy: null }])
  const without = [spoke('record.same', 'B', 'L', JULY), done('B')]
  expect(restOf([...pulled, ...sooner, ...without]).unfinished).toMatchObject([{ run: 'A', supersededBy: 'run B' }])
})

test('a figure in doubt that a later run planned and did not come to is wanted by that run', () => {
  const doubt = [started('A', '2026-07'), spoke('record.unknown', 'A', 'K', JULY), done('A')]
  const cutShort = [spoke('record.same', 'B', 'L', JULY), spoke('record.skipped', 'B', 'K', JULY), done('B')]
  expect(restOf([...doubt, started('B', '2026-07'), ...cutShort]).unfinished).toMatchObject([
    { key: 'K', state: 'unknown', run: 'B', supersededBy: null, wanted: { reference: { amount: '1.00' } } },
  ])
})

const REPLAYED = { replay: 'R' }
const byReplay = (line: Line): Line => ({ ...line, data: { ...line.data, ...REPLAYED } })

test.each<[what: string, again: readonly Line[], left: object, died: readonly string[]]>([
  ['mapped anew', [planned('A', '2026-07')], { supersededBy: null, replannedBy: null }, []],
  [
    'mapped anew and pushed',
    [planned('A', '2026-07'), spoke('record.sent', 'A', 'L', JULY), spoke('record.posted', 'A', 'L', JULY), done('A')],
    { supersededBy: 'run A' },
    [],
  ],
  [
    'mapped anew and pushed when QAD held the rest',
    [planned('A', '2026-07'), spoke('record.same', 'A', 'L', JULY), done('A')],
    { supersededBy: 'run A' },
    [],
  ],
  [
    'mapped anew, and cut off while it posted that',
    [planned('A', '2026-07'), spoke('record.sent', 'A', 'L', JULY), spoke('record.posted', 'A', 'L', JULY)],
    { supersededBy: null, replannedBy: 'A' },
    ['A'],
  ],
  [
    'mapped anew by a replay, which posted some of it',
    [planned('A', '2026-07'), spoke('record.sent', 'A', 'L', JULY), spoke('record.posted', 'A', 'L', JULY)].map(
      byReplay,
    ),
    { supersededBy: null, replannedBy: null },
    [],
  ],
])('a run of which a figure failed, %s', (_, again, left, died) => {
  const rest = restOf([...FAILED, ...again])
  expect(rest.unfinished).toMatchObject([{ key: 'K', ...left }])
  expect(rest.died.map(({ run }) => run)).toEqual(died)
})

test('a run that an error stopped while it posted did not speak of all that it wanted', () => {
  const broken = [started('B', '2026-07'), planned('B', '2026-07'), spoke('record.same', 'B', 'L', JULY), stopped('B')]
  const { unfinished, died } = restOf([...FAILED, ...broken])
  expect(unfinished).toMatchObject([{ key: 'K', supersededBy: null, replannedBy: 'B' }])
  expect(died).toMatchObject([{ run: 'B' }])
})

test('what a person did not find in QAD is still to be posted, unless a later run has taken its place', () => {
  const inDoubt = [started('A'), planned('A', '2026-07'), spoke('record.unknown', 'A', 'K', JULY), done('A')]
  const notPosted = { event: 'record.resolved', run: null, key: 'K', data: { resolution: 'not-posted' } } as const
  const left = { key: 'K', isReleased: true, supersededBy: null }
  expect(restOf([...inDoubt, notPosted]).unfinished).toMatchObject([left])
  const later = [started('B', '2026-07'), spoke('record.same', 'B', 'L', JULY), done('B')]
  expect(restOf([...inDoubt, ...later, notPosted]).unfinished).toMatchObject([{ ...left, supersededBy: 'run B' }])
})

test('what a person says of an older revision makes it no newer than the one after it', () => {
  const [key, next] = [`MLC${'K'.repeat(26)}`, `MLC${'K'.repeat(26)}-R2`]
  const first = [started('A'), planned('A', '2026-07'), spoke('record.unknown', 'A', key, JULY), done('A')]
  const second = [started('B'), planned('B', '2026-07'), spoke('record.failed', 'B', next, JULY), done('B')]
  const notPosted = { event: 'record.resolved', run: null, key, data: { resolution: 'not-posted' } } as const
  expect(restOf([...first, ...second, notPosted]).unfinished.map((one) => one.key)).toEqual([next])
})

test('a newer run that died is the one to say whether a figure of its period is still wanted', () => {
  const died = [started('B'), planned('B', '2026-07'), spoke('record.same', 'B', 'L', JULY)]
  expect(restOf([...FAILED, ...died]).unfinished).toMatchObject([{ supersededBy: null, replannedBy: 'B' }])
})

test('wanted in QAD is what the last whole run of a period spoke of, whatever came of it, and what a run cut off left of the one before', () => {
  const first = [
    started('A'),
    ...[spoke('record.posted', 'A', 'K', JULY), spoke('record.failed', 'A', 'L', JULY)],
    ...[spoke('record.unknown', 'A', 'M', JULY), spoke('record.posted', 'A', 'N', AUGUST), done('A')],
  ]
  expect(standingOf(first)).toEqual(['K', 'L', 'M'])
  expect(standingOf(first, 'other')).toEqual([])
  const fewer = [started('B'), planned('B', '2026-07'), spoke('record.same', 'B', 'K', JULY)]
  expect(standingOf([...first, ...fewer])).toEqual(['K', 'L', 'M'])
  expect(standingOf([...first, ...fewer, done('B')])).toEqual(['K'])
  // A run that was refused has said nothing; a run that takes the place of a record has, a person who did not find it in QAD not.
  expect(standingOf([...first, started('C', '2026-07'), planned('C', '2026-07'), stopped('C')])).toEqual([
    'K',
    'L',
    'M',
  ])
  const settled = (data: object): Line => ({
    event: 'record.resolved',
    ...{ run: 'A', key: 'M', data: { resolution: 'not-posted', ...data } },
  })
  expect(standingOf([...first, settled({ found: 'read-back' })])).toEqual(['K', 'L'])
  expect(standingOf([...first, settled({ reason: 'looked' })])).toEqual(['K', 'L', 'M'])
})
