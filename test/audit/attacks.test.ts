import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Signer } from '../../src/audit/keys.js'
import type { Claim } from '../../src/audit/proof.js'
import { bytesOf, chained, checkpointsOf, hashIn, keyOf, signedLog, verifyBytes, type Log } from './signed.js'

/** 60 records, a checkpoint every 10, an anchor that was kept elsewhere at record 40. */
const RECORDS = 60
const ANCHORED = 40
const SIGNER = keyOf(1)
const STRANGER = keyOf(2)
const LOG = signedLog(RECORDS, 10, SIGNER)
const ANCHOR: Claim = { kind: 'anchor', records: ANCHORED, hash: hashIn(LOG.lines, ANCHORED), by: 'mail of March' }
const INSTANCES = Number(process.env['MLC_TEST_INSTANCES'] ?? 10)

type Attack = (random: Random) => Changed
interface Changed extends Log {
  /** The first record that was touched. */
  readonly at: number
}
type Random = (from: number, to: number) => number

// Which of [the chain alone, with signed checkpoints, with an anchor as well] shows it. `before`: shown exactly where the anchor comes later.
const MATRIX: readonly [what: string, attack: Attack, chain: Shown, checkpoints: Shown, anchor: Shown][] = [
  ['a bit flipped', (r) => edit(r(1, RECORDS), (line) => flip(line, r)), 'yes', 'yes', 'yes'],
  ['an amount edited', (r) => edit(r(1, RECORDS), raise), 'yes', 'yes', 'yes'],
  ['an amount edited and hashed anew', (r) => edit(r(1, RECORDS - 1), (l) => rehash(raise(l))), 'yes', 'yes', 'yes'],
  ['a line deleted', (r) => lines(r(1, RECORDS - 1), (all, i) => all.toSpliced(i, 1)), 'yes', 'yes', 'yes'],
  ['two lines swapped', (r) => lines(r(1, RECORDS - 1), swap), 'yes', 'yes', 'yes'],
  ['a line copied', (r) => lines(r(1, RECORDS), (all, i) => all.toSpliced(i, 0, all[i] ?? '')), 'yes', 'yes', 'yes'],
  ['a forged line put in', (r) => lines(r(1, RECORDS - 1), putIn), 'yes', 'yes', 'yes'],
  ['the last line edited and hashed anew', () => edit(RECORDS, (l) => rehash(raise(l))), 'no', 'yes', 'yes'],
  ['the end cut off', (r) => cut(r(1, RECORDS - 1)), 'no', 'yes', 'yes'],
  ['all written anew behind a place, without the key', (r) => rewrite(r(1, RECORDS)), 'no', 'yes', 'yes'],
  [
    'the same, and the checkpoints thrown away',
    (r) => ({ ...rewrite(r(1, RECORDS)), checkpoints: '' }),
    'no',
    'yes',
    'yes',
  ],
  ['the same, with checkpoints by another key', (r) => signed(rewrite(r(1, RECORDS)), STRANGER), 'no', 'yes', 'yes'],
  ['the end cut off, and the checkpoints of it', (r) => cutBoth(r(1, RECORDS - 1)), 'no', 'no', 'before'],
  [
    'all written anew and signed with the stolen key',
    (r) => signed(rewrite(r(1, RECORDS)), SIGNER),
    'no',
    'no',
    'before',
  ],
]

type Shown = 'yes' | 'no' | 'before'
type Verify = typeof verifyBytes

test.each(MATRIX)('%s: shown by what can show it, and by nothing else', async (_, attack, ...expected) => {
  expect(await shownBy(verifyBytes, attack)).toEqual(expected)
})

test('what nothing shows: a rewrite or a cut behind the last anchor by somebody with the key', async () => {
  for (const changed of [signed(rewrite(ANCHORED + 1), SIGNER), cutBoth(ANCHORED + 1)]) {
    const check = await checked(verifyBytes, changed, 'anchor')
    expect(check).toMatchObject({ ok: true, anchors: { good: 1, records: ANCHORED } })
    expect(check.unanchored).toBe(changed.lines.length - ANCHORED)
  }
})

test('a log that nobody touched is good by all three', async () => {
  for (const column of COLUMNS) expect(await checked(verifyBytes, LOG, column)).toMatchObject({ ok: true })
})

// The table must be able to fail: each of these verifiers leaves one thing out.
test.each<[what: string, verify: Verify]>([
  [
    'looks at no signature',
    (log, checkpoints, { anchors } = {}) => verifyBytes(log, checkpoints, { anchors: anchors ?? [] }),
  ],
  ['looks at no anchor', (log, checkpoints, { keys } = {}) => verifyBytes(log, checkpoints, { keys: keys ?? [] })],
  [
    'looks at no checkpoint',
    (log, _, { anchors } = {}) => verifyBytes(log, Buffer.alloc(0), { anchors: anchors ?? [] }),
  ],
])('a verifier that %s does not give this table', async (_, verify) => {
  const found = await Promise.all(MATRIX.map(([, attack]) => shownBy(verify, attack)))
  expect(found).not.toEqual(MATRIX.map(([, , ...expected]) => expected))
})

test.each<[what: string, changed: Changed, problem: object]>([
  ['the end is cut', cut(33), { line: 33, problem: 'cut', by: 'checkpoints line 19', after: 30 }],
  ['it is written anew', rewrite(33), { line: 40, problem: 'changed', by: 'checkpoints line 19', after: 30 }],
  ['a checkpoint is by another key', withNote(2, STRANGER), { line: 7, problem: 'signature' }],
  ['all checkpoints are gone', { ...LOG, checkpoints: '', at: 0 }, { line: 1, problem: 'unsigned' }],
])('when %s, file and line are named, and how far it is sound', async (_, changed, problem) => {
  const { problems, checkpoints } = await checked(verifyBytes, changed, 'checkpoints')
  expect(problems).toHaveLength(1)
  const file = 'after' in problem ? '2026-03.jsonl' : 'checkpoints'
  expect(problems[0]).toEqual({ file, ...problem })
  expect(checkpoints.good).toBeLessThan(6)
})

const COLUMNS = ['chain', 'checkpoints', 'anchor'] as const

async function shownBy(verify: Verify, attack: Attack): Promise<Shown[]> {
  const random = createRandom(7)
  const instances = Array.from({ length: INSTANCES }, () => attack(random))
  return Promise.all(
    COLUMNS.map(async (column) => {
      const shown = await Promise.all(instances.map(async (one) => !(await checked(verify, one, column)).ok))
      if (shown.every(Boolean)) return 'yes'
      if (!shown.some(Boolean)) return 'no'
      if (shown.every((is, index) => is === (instances[index]?.at ?? 0) <= ANCHORED)) return 'before'
      throw new Error(`shown in part: ${shown.join(' ')}`)
    }),
  )
}

async function checked(verify: Verify, { lines, checkpoints }: Log, column: (typeof COLUMNS)[number]) {
  const notes = Buffer.from(column === 'chain' ? '' : checkpoints)
  const keys = column === 'chain' ? [] : [SIGNER.publicKey]
  return verify(bytesOf({ lines }), notes, { keys, anchors: column === 'anchor' ? [ANCHOR] : [] })
}

function edit(at: number, change: (line: string) => string): Changed {
  return lines(at, (all, index) => all.with(index, change(all[index] ?? '')))
}

function lines(at: number, change: (all: string[], index: number) => string[]): Changed {
  return { ...LOG, lines: change([...LOG.lines], at - 1), at }
}

/** From record `at` on nothing is left. */
function cut(at: number): Changed {
  return { ...LOG, lines: LOG.lines.slice(0, at - 1), at }
}

function cutBoth(at: number): Changed {
  const kept = LOG.lines.slice(0, at - 1)
  const seqs = [10, 20, 30, 40, 50, 60].filter((seq) => seq < at)
  // Where no checkpoint is left, the first line was signed alone: an audit without any is another case.
  return {
    lines: kept,
    checkpoints: checkpointsOf(kept, seqs.length > 0 ? seqs : kept.length > 0 ? [1] : [], SIGNER),
    at,
  }
}

/** Record `at` says something else, and all behind it follows. */
function rewrite(at: number): Changed {
  const records = LOG.lines.map((line, index) => JSON.parse(index === at - 1 ? raise(line) : line) as object)
  return { ...LOG, lines: chained(records), at }
}

function signed(changed: Changed, signer: Signer): Changed {
  return { ...changed, checkpoints: checkpointsOf(changed.lines, [10, 20, 30, 40, 50, 60], signer) }
}

/** The checkpoints with number `which` signed by somebody else. */
function withNote(which: number, signer: Signer): Changed {
  const parts = [10, 20, 30, 40, 50, 60].map((seq, index) =>
    checkpointsOf(LOG.lines, [seq], index === which - 1 ? signer : SIGNER),
  )
  return { ...LOG, checkpoints: parts.join('\n'), at: 0 }
}

function raise(line: string): string {
  return line.replace('00.15', '00.16')
}

function rehash(line: string): string {
  const text = line.slice(0, line.lastIndexOf(',"hash"'))
  return `${text},"hash":"${createHash('sha256').update(text).digest('hex')}"}`
}

function flip(line: string, random: Random): string {
  const bytes = Buffer.from(line)
  const bit = random(0, bytes.length * 8 - 1)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes.toString('latin1')
}

function swap(all: string[], index: number): string[] {
  return all.with(index, all[index + 1] ?? '').with(index + 1, all[index] ?? '')
}

function putIn(all: string[], index: number): string[] {
  return all.toSpliced(
    index + 1,
    0,
    rehash((all[index] ?? '').replace(/"prev":"\w+"/, `"prev":"${hashIn(all, index + 1)}"`)),
  )
}

function createRandom(seed: number): Random {
  let state = seed
  return (from, to) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return from + Math.floor((state / 2 ** 32) * (to - from + 1))
  }
}
