import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AuditRecord } from '../../src/audit/event.js'
import { judgeCheckpoints } from '../../src/audit/checkpoints.js'
import { parseNotes } from '../../src/audit/note.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { put, tempFolder } from './support.js'
import { bytesOf, keyOf, MONTH, signedLog, verifyBytes, verifyLog } from './signed.js'

const SIGNER = keyOf(1)
const KEYS = { keys: [SIGNER.publicKey] }
/** Texts that can be spelled in more than one way stand in it, so that a verifier that reads and writes them again shows. */
const PARTS: Partial<AuditRecord>[] = [
  { event: 'run.started' },
  { event: 'record.sent', job: 'plant-gl', key: 'MLC1', data: { amount: '412880.15', note: '\u001b[0m' } },
  { event: 'record.posted', key: 'MLC1', data: { amount: '412880.15', qadRef: 'a "b" \\c' } },
  { event: 'note.added', data: { text: 'Zürich\u0001', n: 1e21 } },
]
const LOG = signedLog(20, 10, SIGNER, PARTS)
const BYTES = bytesOf(LOG)
const NOTES = Buffer.from(LOG.checkpoints)
const NOTED = judgeCheckpoints(parseNotes(NOTES), KEYS.keys)
const hasPython = spawnSync('python3', ['--version']).status === 0
/** One verifier of three is a process of its own, so it sees a sample. */
const SAMPLE = 701

// One bit of every second line at a time: whatever is named beyond these lines, or not named of them, is a fault. That is
// 40,000 flips in 6,000 checks; MLC_TEST_INSTANCES=all makes one check of each.
test('every single bit of 20 records, flipped, is found in its line', { timeout: 600_000 }, async () => {
  const faults: string[] = []
  let flips = 0
  for (const bits of everyBit(process.env['MLC_TEST_INSTANCES'] === 'all')) {
    const flipped = bits.reduce(flip, BYTES)
    const check = await verifyLog(flipped, NOTED)
    const named = new Set(check.problems.map(({ file, line }) => (file === MONTH ? line : 0)))
    const touched = bits.map((bit) => lineAt(BYTES, bit))
    // A newline that moved makes two lines of one, or one of two: the first of them is named first.
    const isRight = movesNewline(bits, flipped)
      ? [...named][0] === touched[0]
      : [...named].join(' ') === touched.join(' ')
    if (check.ok || !isRight) faults.push(`bits ${bits.join(' ')}: ${JSON.stringify(check.problems)}`)
    flips += bits.length
  }
  expect({ faults, flips }).toEqual({ faults: [], flips: BYTES.length * 8 })
})

test('every single bit of the checkpoints, flipped, is found in its note', { timeout: 60_000 }, async () => {
  const found: string[] = []
  for (let bit = 0; bit < NOTES.length * 8; bit++) {
    const { ok, problems, checkpoints } = await verifyBytes(BYTES, flip(NOTES, bit), KEYS)
    const line = problems[0]?.line ?? checkpoints.torn ?? 0
    const flippedLine = lineAt(NOTES, bit)
    // A note is named by its first line; it has five, and a blank one follows.
    const isNamed = line <= flippedLine && flippedLine - line < 6
    if ((ok && checkpoints.torn === null) || !isNamed) found.push(`bit ${bit}: line ${line}`)
  }
  expect(found).toEqual([])
})

test('a verifier of ten lines, as the contract promises, finds them as well', async () => {
  const { missed, wrong } = await flipEvery(BYTES, async (flipped) => {
    const line = firstBadLine(flipped)
    return line === null ? null : { file: MONTH, line }
  })
  // It knows nothing of the checkpoint, so a last line without its newline is no line to it.
  expect(missed.every((bit) => bit >> 3 === BYTES.length - 1)).toBe(true)
  expect(wrong).toEqual([])
})

test('a verifier that reads a line and writes it again before it compares is caught', () => {
  const bits = Array.from({ length: (BYTES.length - 1) * 8 }, (_, bit) => bit)
  expect(bits.find((bit) => firstUnlikeLine(flip(BYTES, bit)) === null)).toBeDefined()
})

test.skipIf(!hasPython)('the verifier in Python finds a sample of them in the same line', async () => {
  const folders: string[] = []
  const expected: string[] = []
  const whole = tempFolder()
  for (let bit = 0; bit < (BYTES.length + NOTES.length) * 8; bit += SAMPLE) {
    const folder = join(whole, String(bit))
    mkdirSync(folder)
    const isLog = bit < BYTES.length * 8
    put(folder, MONTH, isLog ? flip(BYTES, bit) : BYTES)
    put(folder, 'checkpoints', isLog ? NOTES : flip(NOTES, bit - BYTES.length * 8))
    const check = await verifyAudit(folder, { ...KEYS, mustBeSigned: true })
    folders.push(folder)
    expected.push(check.ok ? 'ok' : `bad ${check.problems[0]?.file} ${check.problems[0]?.line}`)
  }
  const script = new URL('../../examples/audit/verify.py', import.meta.url).pathname
  const { stdout } = spawnSync('python3', [script, '--key', SIGNER.publicKey.text, ...folders], { encoding: 'utf8' })
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => /^ok|^bad \S+ \d+/.exec(line)?.[0]),
  ).toEqual(expected)
})

test('every cut of the last record is found, and its line named', async () => {
  const start = BYTES.lastIndexOf(10, BYTES.length - 2) + 1
  for (let size = start; size < BYTES.length; size++) {
    const check = await verifyBytes(BYTES.subarray(0, size), NOTES, KEYS)
    expect(check).toMatchObject({
      ok: false,
      records: 19,
      problems: [{ file: MONTH, line: 20, problem: 'cut', after: 10 }],
    })
    const alone = await verifyBytes(BYTES.subarray(0, size), Buffer.alloc(0))
    expect(alone).toMatchObject({ ok: true, torn: size === start ? null : { line: 20, bytes: size - start } })
  }
})

test('every cut of the checkpoints leaves those that are whole, and says what is torn', async () => {
  const ends = [NOTES.indexOf('\n\nmlc/') + 1, NOTES.length]
  for (let size = 1; size < NOTES.length; size++) {
    const { ok, checkpoints } = await verifyBytes(BYTES, NOTES.subarray(0, size), KEYS)
    const whole = ends.filter((end) => size >= end).length
    expect([size, checkpoints.total, checkpoints.good, ok]).toEqual([size, whole, whole, whole > 0])
    expect(checkpoints.torn !== null).toBe(size !== ends[0] && size !== (ends[0] ?? 0) + 1)
  }
})

/** All bits of the log: those at one place of the odd lines together, then of the even ones; newlines each alone. */
function* everyBit(isAlone: boolean): Generator<number[]> {
  const starts = [0, ...[...BYTES.keys()].filter((at) => BYTES[at] === 10).map((at) => at + 1)].slice(0, -1)
  const lengths = LOG.lines.map((line) => Buffer.byteLength(line))
  for (let place = 0; place < Math.max(...lengths) * 8; place++) {
    for (const parity of [0, 1]) {
      const lines = starts.flatMap((start, index) =>
        index % 2 === parity && place < (lengths[index] ?? 0) * 8 ? [start * 8 + place] : [],
      )
      const alone = lines.filter((bit) => isAlone || movesNewline([bit], flip(BYTES, bit)))
      const together = lines.filter((bit) => !alone.includes(bit))
      if (together.length > 0) yield together
      for (const bit of alone) yield [bit]
    }
  }
  for (const at of BYTES.keys()) if (BYTES[at] === 10) for (let bit = 0; bit < 8; bit++) yield [at * 8 + bit]
}

function movesNewline(bits: readonly number[], flipped: Buffer): boolean {
  return bits.some((bit) => BYTES[bit >> 3] === 10 || flipped[bit >> 3] === 10)
}

interface Found {
  readonly file: string
  readonly line: number
}

/** Flips each bit in turn. @returns bits that were not found, bits found elsewhere than in their line, and how many there are */
async function flipEvery(whole: Buffer, find: (flipped: Buffer) => Promise<Found | null>) {
  const missed: number[] = []
  const wrong: number[] = []
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const found = await find(flip(whole, bit))
    if (found === null) missed.push(bit)
    else if (found.file !== MONTH || found.line !== lineAt(whole, bit)) wrong.push(bit)
  }
  return { missed, wrong, flips: whole.length * 8 }
}

function flip(whole: Buffer, bit: number): Buffer {
  const flipped = Buffer.from(whole)
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return flipped
}

function lineAt(whole: Buffer, bit: number): number {
  let line = 1
  for (let at = whole.indexOf(10); at !== -1 && at < bit >> 3; at = whole.indexOf(10, at + 1)) line++
  return line
}

/** Number of the first bad line, by the text of the lines alone. */
function firstBadLine(bytes: Buffer): number | null {
  let [seq, prev] = [1, '0'.repeat(64)]
  for (const line of bytes.toString('latin1').split('\n').slice(0, -1)) {
    const [text = '', rest] = line.split(',"hash"')
    const hash = createHash('sha256').update(text, 'latin1').digest('hex')
    if (rest !== `:"${hash}"}` || !text.startsWith(`{"v":1,"seq":${seq},`) || !text.endsWith(`"prev":"${prev}"`))
      return seq
    ;[seq, prev] = [seq + 1, hash]
  }
  return null
}

/** The same by the meaning of the lines: what reads alike counts as alike. */
function firstUnlikeLine(bytes: Buffer): number | null {
  let [seq, prev] = [1, '0'.repeat(64)]
  for (const line of bytes.toString('utf8').split('\n').slice(0, -1)) {
    try {
      const { hash, ...record } = JSON.parse(line) as Record<string, unknown>
      const text = JSON.stringify(record).slice(0, -1)
      const sum = createHash('sha256').update(text).digest('hex')
      if (hash !== sum || record['prev'] !== prev || record['seq'] !== seq) return seq
      prev = sum
    } catch {
      return seq
    }
    seq++
  }
  return null
}
