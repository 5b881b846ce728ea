import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyAudit, type Evidence } from '../../src/audit/verify.js'
import { createRandom, flipped, inserted, put, python, tempFolder, type Random } from './support.js'
import { chained, checkpointsOf, hashIn, keyOf, ORIGIN } from './signed.js'

/** How many logs; `MLC_TEST_LOGS=10000` before a release. */
const LOGS = Number(process.env['MLC_TEST_LOGS'] ?? 1000)
const SIGNER = keyOf(1)
const KEY = SIGNER.publicKey
const STRANGER = keyOf(2)
const MONTHS = ['2026-01.jsonl', '2026-02.jsonl', '2026-03.jsonl']
const hasPython = spawnSync('python3', ['--version']).status === 0

/** The files of one audit. */
type Files = ReadonlyMap<string, Buffer>
type Change = (files: Map<string, Buffer>, random: Random) => void

test.skipIf(!hasPython)('mlc and the verifier in Python agree on good and bad logs', { timeout: 900_000 }, async () => {
  const random = createRandom(11)
  const whole = tempFolder()
  const anchorFile = join(whole, 'anchor.txt')
  put(whole, 'anchor.txt', SIGNER.sign({ records: 7, hash: hashIn(BASE, 7) }))
  const anchors = [{ kind: 'anchor' as const, records: 7, hash: hashIn(BASE, 7), by: 'anchor.txt' }]
  const groups: [evidence: Evidence, args: string[]][] = [
    [{}, []],
    [{ keys: [KEY], mustBeSigned: true }, ['--key', KEY.text]],
    [{ keys: [KEY], mustBeSigned: true, anchors }, ['--key', KEY.text, '--anchor', anchorFile]],
  ]
  const counts = { ok: 0, bad: 0 }
  for (const [index, [evidence, args]] of groups.entries()) {
    const folders: string[] = []
    const expected: string[] = []
    for (let n = index; n < LOGS; n += groups.length) {
      const folder = join(whole, String(n))
      mkdirSync(folder)
      for (const [name, bytes] of changedLog(random)) put(folder, name, bytes)
      const { ok, records, head, problems } = await verifyAudit(folder, evidence)
      folders.push(folder)
      expected.push(ok ? `ok ${records} ${head}` : `bad ${problems[0]?.file} ${problems[0]?.line}`)
      counts[ok ? 'ok' : 'bad']++
    }
    const found = python([...args, ...folders])
    const unlike = folders.flatMap((folder, at) =>
      found[at] === expected[at] ? [] : [`${folder}: mlc ${expected[at]}, Python ${found[at]}`],
    )
    expect(unlike).toEqual([])
  }
  // Both kinds must be there in numbers, or agreement says little.
  expect(Math.min(counts.ok, counts.bad)).toBeGreaterThan(LOGS / 10)
})

test.skipIf(!hasPython)('a verifier that believes every log is caught by these logs', async () => {
  const random = createRandom(11)
  const bad = Array.from({ length: 100 }, () => changedLog(random)).filter((files) => !isLike(files, baseFiles()))
  expect(bad.length).toBeGreaterThan(20)
})

const BASE = chained(
  Array.from({ length: 12 }, (_, index) => ({
    event: 'record.posted' as const,
    at: `2026-0${1 + Math.floor(index / 4)}-10T06:15:07.412Z`,
    job: index % 2 === 0 ? 'plant-gl' : 'Zürich "x"',
    data: { amount: `${index}00.15`, note: '\u001b\\' },
  })),
)

function baseFiles(): Map<string, Buffer> {
  const files = new Map(
    MONTHS.map((name, index) => [name, Buffer.from(`${BASE.slice(index * 4, index * 4 + 4).join('\n')}\n`)] as const),
  )
  return files.set('checkpoints', Buffer.from(checkpointsOf(BASE, [4, 8, 12], SIGNER)))
}

function changedLog(random: Random): Files {
  const files = baseFiles()
  for (let n = [0, 1, 1, 1, 2][random(5)] ?? 0; n > 0; n--) CHANGES[random(CHANGES.length)]?.(files, random)
  return files
}

const CHANGES: readonly Change[] = [
  (files, random) => onBytes(files, random, (bytes) => flipped(bytes, random)),
  (files, random) => onBytes(files, random, (bytes) => bytes.subarray(0, random(bytes.length + 1))),
  (files, random) => onBytes(files, random, (bytes) => inserted(bytes, random, Buffer.of(random(256)))),
  (files, random) => onBytes(files, random, (bytes) => inserted(bytes, random, Buffer.of(10))),
  (files, random) =>
    onBytes(files, random, (bytes) => Buffer.concat([bytes, Buffer.from(JUNK[random(JUNK.length)] ?? '')])),
  (files, random) => onLines(files, random, (lines, at) => lines.toSpliced(at, 1)),
  (files, random) => onLines(files, random, (lines, at) => lines.toSpliced(at, 0, lines[at] ?? '')),
  (files, random) => onLines(files, random, (lines, at) => lines.toReversed().with(0, lines[at] ?? '')),
  (files, random) =>
    onLines(files, random, (lines, at) => lines.with(at, rehash((lines[at] ?? '').replace('00.15', '00.16')))),
  (files, random) =>
    onLines(files, random, (lines, at) => lines.with(at, rehash((lines[at] ?? '').replace('"v":1', '"v": 1')))),
  (files, random) =>
    onLines(files, random, (lines, at) =>
      lines.with(at, rehash((lines[at] ?? '').replace('"job"', '"run":null,"job"'))),
    ),
  (files, random) => onLines(files, random, (lines, at) => lines.slice(0, at)),
  (files, random) => void files.delete(MONTHS[random(3)] ?? ''),
  (files) => void files.delete('checkpoints'),
  (files, random) =>
    void files.set('checkpoints', Buffer.from(checkpointsOf(BASE, [4, 8, 12], random(2) ? STRANGER : SIGNER))),
  (files, random) =>
    void files.set('checkpoints', Buffer.from(checkpointsOf(BASE, [1 + random(12), 12 + random(4)], SIGNER))),
  (files, random) => void files.set('checkpoints', Buffer.from(withSecondSigner(random(2) === 1))),
  rewrite,
]
const JUNK = ['\n', 'x', '{}\n', '\n\n', `${ORIGIN}\n`, `${ORIGIN}\n12\n`, '\u2014 x y\n', `${ORIGIN}\n12\nAAAA\n\n`]

/** Everything behind a record anew, with or without checkpoints that fit. */
function rewrite(files: Map<string, Buffer>, random: Random): void {
  const at = random(BASE.length)
  const records = BASE.map((line, index) => JSON.parse(index === at ? line.replace('00.15', '00.99') : line) as object)
  const lines = chained(records)
  for (const [index, name] of MONTHS.entries())
    files.set(name, Buffer.from(`${lines.slice(index * 4, index * 4 + 4).join('\n')}\n`))
  if (random(2)) files.set('checkpoints', Buffer.from(checkpointsOf(lines, [4, 8, 12], random(2) ? SIGNER : STRANGER)))
}

function withSecondSigner(isRight: boolean): string {
  const head = { records: 12, hash: hashIn(BASE, 12) }
  const line =
    STRANGER.sign({ ...head, records: isRight ? 12 : 11 })
      .split('\n')
      .at(-2) ?? ''
  return `${SIGNER.sign(head)}${line}\n`
}

function onBytes(files: Map<string, Buffer>, random: Random, change: (bytes: Buffer) => Buffer): void {
  const names = [...files.keys()]
  const name = names[random(names.length)] ?? ''
  const bytes = files.get(name)
  if (bytes && bytes.length > 0) files.set(name, change(bytes))
}

function onLines(files: Map<string, Buffer>, random: Random, change: (lines: string[], at: number) => string[]): void {
  const name = MONTHS[random(3)] ?? ''
  const lines = files.get(name)?.toString('latin1').split('\n').slice(0, -1) ?? []
  if (lines.length === 0) return
  const changed = change(lines, random(lines.length))
  files.set(name, Buffer.from(changed.map((line) => `${line}\n`).join(''), 'latin1'))
}

function rehash(line: string): string {
  const text = line.slice(0, line.lastIndexOf(',"hash"'))
  return `${text},"hash":"${createHash('sha256').update(text, 'latin1').digest('hex')}"}`
}

function isLike(one: Files, other: Files): boolean {
  return one.size === other.size && [...one].every(([name, bytes]) => other.get(name)?.equals(bytes))
}
