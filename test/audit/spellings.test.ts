import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyAudit } from '../../src/audit/verify.js'
import { chained } from './signed.js'
import { createRandom, flipped, inserted, put, python, tempFolder, type Random } from './support.js'

/** How many logs; `MLC_TEST_LOGS=10000` before a release. */
const LOGS = Number(process.env['MLC_TEST_LOGS'] ?? 400)
const hasPython = spawnSync('python3', ['--version']).status === 0
const MONTHS = ['2026-01.jsonl', '2026-03.jsonl']
const PER_MONTH = 3
const MEGABYTE = 1024 * 1024

/** Lines of a sound log; each is sealed anew after a change, so that only its spelling can tell. */
const LINES: readonly Buffer[] = chained(
  Array.from({ length: MONTHS.length * PER_MONTH }, (_, index) => ({
    event: 'record.posted' as const,
    run: index % 2 === 0 ? '01J00000000000000000000000' : null,
    job: 'Zürich "x"',
    data: { amount: `${index}00.15`, note: '\u001b\\ \u2028', rows: [1, 2], nested: { a: null, b: true } },
  })),
).map((line) => Buffer.from(line))

type Change = (line: Buffer, random: Random) => Buffer

/** A text in the place of another, or nothing where the line lacks it. */
function swap(from: string, ...to: readonly (string | Buffer)[]): Change {
  return (line, random) => {
    const at = line.indexOf(from)
    if (at < 0) return line
    const by = Buffer.from(to[random(to.length)] ?? '')
    return Buffer.concat([line.subarray(0, at), by, line.subarray(at + from.length)])
  }
}

/** A value behind the first of the data. */
function withValue(...values: readonly (string | Buffer)[]): Change {
  const spelled = values.map((value) => Buffer.concat([Buffer.from('"x":'), Buffer.from(value), Buffer.from(',')]))
  return swap('"note"', ...spelled.map((value) => Buffer.concat([value, Buffer.from('"note"')])))
}

const NUMBERS = [
  ...['1e2', '1E400', '-0', '-0.0', '1.0', '0.1e-5', '9007199254740993', '-', '+1', '01', '.5', '1.', '1e', '0x1F'],
  ...['NaN', 'Infinity', '-Infinity', '1_000', '9'.repeat(5_000), `1.${'0'.repeat(5_000)}`],
]
const TEXTS = [
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\x41"', '"\\u12"', '"\\/"', '"\\"', "'x'"],
  ...[
    '"\u007f"',
    '"\u0001"',
    '"\t"',
    '"\r"',
    '"\u2028"',
    '"\ufeff"',
    '"},\\"actor\\":{"',
    '",\\"hash\\":\\"x"',
    'undefined',
  ],
  ...['eda080', 'c080', 'f4908080', 'ff', 'c3'].map((hex) => Buffer.from(`22${hex}22`, 'hex')),
]
const DEEP = [50, 99, 100, 101, 900, 20_000].flatMap((levels) => [
  `${'['.repeat(levels)}${']'.repeat(levels)}`,
  `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  '['.repeat(levels),
])

const CHANGES: readonly Change[] = [
  withValue(...NUMBERS),
  withValue(...TEXTS),
  withValue(...DEEP),
  withValue('1,"x":2', '1,"\\u0078":2', '{"a":1,"a":1}', '{"__proto__":1,"__proto__":2}', '{"1":0,"0":1}', '{":":":"}'),
  withValue('1 ', ' 1', '\t1', '\n1', '\r1', '\u000b1', '\u00a01', '\ufeff1', '[1 ,2]', '[1,]', '{"a":1,}', '//x\n1'),
  swap(
    '"data":{',
    '"data":[{',
    '"data":null,"x":{',
    '"data":{}},{',
    '"data":{},"x":{',
    '"data":"{',
    '"data":{"actor":{},',
  ),
  swap('"v":1', '"v":1.0', '"v":1e0', '"v":2', '"v":"1"', '"\\u0076":1', '"v":01', '"v":1,"v":1', '"v" :1'),
  swap(
    '"event":"record.posted"',
    '"event":"record.\\u0070osted"',
    '"event":"Record"',
    '"event":"record..x"',
    '"event":""',
  ),
  swap('"at":"2026-', '"at":"\\u0032026-', '"at":"12026-', '"at":"26-', '"\\u0061t":"2026-'),
  swap('"job":"', '"job":"\\u0041', '"job":7,"x":"', '"job":null,"job":"', '"job":{"a":"', '"jo\\u0062":"'),
  swap('"user":"', '"user":"\\ud800', '"x":1,"user":"', '"us\\u0065r":"', '"user":null,"x":"'),
  swap('"actor":{', '"actor":{"user":"x",', '"actor":{},"actor":{', ' "actor":{'),
  swap('"prev":"', '"prev":"0', '"prev":"\\u0030', '"pr\\u0065v":"', '"prev":"","prev":"'),
  spelledNumber,
  flipped,
  (line, random) => cutAt(line, random(line.length)),
  (line, random) =>
    inserted(line, random, ['"', '\\', '{', '}', ',', ':', ' ', '\r', '\u00a0', '0', 'e'][random(11)] ?? ''),
]

function spelledNumber(line: Buffer, random: Random): Buffer {
  const seq = /"seq":(\d+)/.exec(line.toString('latin1'))?.[1] ?? ''
  return swap(`"seq":${seq}`, ...[`${seq}.0`, `${seq}e0`, `0${seq}`, `"${seq}"`, `-${seq}`].map((n) => `"seq":${n}`))(
    line,
    random,
  )
}

function cutAt(line: Buffer, at: number): Buffer {
  return Buffer.concat([line.subarray(0, at), line.subarray(at + 1 + (line.length % 3))])
}

const HEX = 64
const SEAL = Buffer.byteLength(',"hash":""}') + HEX

/** The lines with one changed, each naming and sealed over the one before it. */
function resealed(change: (text: Buffer) => Buffer, which: number): Buffer[] {
  const lines: Buffer[] = []
  let prev = '0'.repeat(HEX)
  for (const [index, line] of LINES.entries()) {
    const old = line.subarray(line.length - SEAL - HEX - 1, line.length - SEAL - 1).toString()
    const text = swap(old, prev)(line.subarray(0, line.length - SEAL), () => 0)
    const spelled = index === which ? change(text) : text
    prev = createHash('sha256').update(spelled).digest('hex')
    lines.push(Buffer.concat([spelled, Buffer.from(`,"hash":"${prev}"}`)]))
  }
  return lines
}

/** What becomes of whole files, most often nothing. */
const FILES: readonly ((month: Buffer) => Buffer)[] = [
  (month) => Buffer.concat([Buffer.from('\ufeff'), month]),
  (month) => Buffer.from(month.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
  () => Buffer.alloc(0),
  (month) => Buffer.concat([month, Buffer.from('trailing')]),
  (month) => Buffer.concat([month, Buffer.from('trailing\n')]),
  (month) => Buffer.concat([month, Buffer.alloc(4096)]),
  (month) => month.subarray(0, -1),
  (month) => Buffer.concat([month, month]),
]

function writeMonths(folder: string, lines: readonly Buffer[], random: Random): void {
  mkdirSync(folder)
  for (const [index, name] of MONTHS.entries()) {
    const own = lines.slice(index * PER_MONTH, (index + 1) * PER_MONTH)
    const month = Buffer.concat(own.flatMap((line) => [line, Buffer.from('\n')]))
    const harm = random(8) === 0 ? FILES[random(FILES.length)] : undefined
    put(folder, name, harm ? harm(month) : month)
  }
}

async function verdictOf(folder: string): Promise<string> {
  const { ok, records, head, problems } = await verifyAudit(folder)
  return ok ? `ok ${records} ${head}` : `bad ${problems[0]?.file} ${problems[0]?.line}`
}

test.skipIf(!hasPython)(
  'mlc and the verifier in Python agree on lines that are spelled in odd ways and sealed anew',
  { timeout: 900_000 },
  async () => {
    const random = createRandom(Number(process.env['MLC_TEST_SEED'] ?? 5))
    const whole = tempFolder()
    const folders: string[] = []
    const expected: string[] = []
    for (let n = 0; n < LOGS; n++) {
      const folder = join(whole, String(n))
      const change = CHANGES[n % CHANGES.length]
      writeMonths(
        folder,
        resealed((text) => change?.(text, random) ?? text, random(LINES.length)),
        random,
      )
      folders.push(folder)
      expected.push(await verdictOf(folder))
    }
    const found = python(folders)
    const unlike = folders.flatMap((folder, at) =>
      found[at] === expected[at] ? [] : [`${folder}: mlc ${expected[at]}, Python ${found[at]}`],
    )
    expect(unlike).toEqual([])
    const good = expected.filter((verdict) => verdict.startsWith('ok')).length
    // Both kinds must be there in numbers, or agreement says little.
    expect(Math.min(good, LOGS - good)).toBeGreaterThan(LOGS / 10)
  },
)

test.skipIf(!hasPython)('both give up at the same length of a line and at the same depth', async () => {
  const whole = tempFolder()
  const empty = resealed((text) => withValue('""')(text, () => 0), 1)[1]?.length ?? 0
  const cases = [
    ...[0, 1, 70_000].map((more) => `"${'y'.repeat(8 * MEGABYTE - empty - 1 + more)}"`),
    // An escape keeps the line from being spelled as JSON.stringify would.
    `"\\u0041${'y'.repeat(8 * MEGABYTE - empty - 1 - 6)}"`,
    ...[99, 100, 101].map((levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`),
  ]
  const folders = cases.map((value, at) => {
    const folder = join(whole, String(at))
    writeMonths(
      folder,
      resealed((text) => withValue(value)(text, () => 0), 1),
      () => 1,
    )
    return folder
  })
  const verdicts = await Promise.all(folders.map(verdictOf))
  expect(python(folders)).toEqual(verdicts)
  expect(verdicts.map((verdict) => verdict.slice(0, 3).trim())).toEqual([
    ...['ok', 'bad', 'bad'],
    'ok',
    ...['ok', 'bad', 'bad'],
  ])
})
