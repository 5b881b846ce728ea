import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf } from '../../src/audit/months.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { put, sealed, tempFolder, writtenAudit } from './support.js'

const MONTHS = ['2026-01', '2026-02', '2026-03']
const hasPython = spawnSync('python3', ['--version']).status === 0

// Three months of four lines each; what is named is [file, line, problem].
type Change = readonly [
  what: string,
  change: (audit: Audit) => void,
  ...problems: readonly [month: string, line: number, problem: string][],
]
const CHANGES: readonly Change[] = [
  ['nothing is changed', () => undefined],
  ['an amount', (a) => a.edit('02', 2, (line) => line.replace('200.15', '900.15')), ['02', 2, 'hash']],
  ['two amounts', (a) => (a.edit('01', 4, raise), a.edit('03', 1, raise)), ['01', 4, 'hash'], ['03', 1, 'hash']],
  ['neighbours', (a) => (a.edit('02', 2, raise), a.edit('02', 3, raise)), ['02', 2, 'hash'], ['02', 3, 'hash']],
  [
    'the stated hash',
    (a) => a.edit('02', 2, (l) => l.slice(0, -10) + other(l.at(-10)) + l.slice(-9)),
    ['02', 2, 'hash'],
  ],
  ['an amount, hashed anew', (a) => a.edit('02', 2, (line) => rehash(raise(line))), ['02', 3, 'prev']],
  ['the last line of a month, hashed anew', (a) => a.edit('02', 4, (line) => rehash(raise(line))), ['03', 1, 'prev']],
  ['a line taken out', (a) => a.lines('02', (l) => l.toSpliced(1, 1)), ['02', 2, 'prev'], ['02', 2, 'seq']],
  ['a line doubled', (a) => a.lines('02', (l) => l.toSpliced(1, 0, l[1] ?? '')), ['02', 3, 'prev'], ['02', 3, 'seq']],
  ['two lines swapped', (a) => a.lines('02', swapped), ...both('02', 2), ...both('02', 3), ...both('02', 4)],
  ['a blank line', (a) => a.lines('02', (l) => l.toSpliced(1, 0, '')), ['02', 2, 'blank']],
  ['a blank line at the end', (a) => a.lines('03', (l) => [...l, '']), ['03', 5, 'blank']],
  ['a line of blanks', (a) => a.lines('02', (l) => l.toSpliced(1, 0, ' \t\r')), ['02', 2, 'blank']],
  ['a line of words put in', (a) => a.lines('02', (l) => l.toSpliced(1, 0, 'hello')), ['02', 2, 'json']],
  ['a changed copy put in', (a) => a.lines('02', (l) => l.toSpliced(2, 0, raise(l[1] ?? ''))), ['02', 3, 'hash']],
  ['a line of words instead', (a) => a.edit('02', 2, () => 'hello'), ['02', 2, 'json']],
  ['words and a gap', (a) => a.lines('02', (l) => l.toSpliced(1, 2, 'hello')), ['02', 2, 'json'], ['02', 3, 'seq']],
  ['a line of good JSON instead', (a) => a.edit('02', 2, () => '{"v":1}'), ['02', 2, 'shape']],
  ['half a line', (a) => a.edit('02', 2, (line) => line.slice(0, 100)), ['02', 2, 'json']],
  ['two lines made one', (a) => a.lines('02', (l) => l.toSpliced(1, 2, `${l[1]}${l[2]}`)), ['02', 2, 'json']],
  ['CR before LF', (a) => a.edit('02', 2, (line) => `${line}\r`), ['02', 2, 'shape']],
  [
    'CRs everywhere',
    (a) => a.lines('01', (l) => l.map((line) => `${line}\r`)),
    ...[1, 2, 3, 4].map((n) => at('01', n, 'shape')),
  ],
  ['a blank behind the hash', (a) => a.edit('02', 2, (line) => `${line} `), ['02', 2, 'shape']],
  [
    'a blank before the hash',
    (a) => a.edit('02', 2, (line) => line.replace(',"hash"', ', "hash"')),
    ['02', 2, 'shape'],
  ],
  [
    'a hash in capitals',
    (a) => a.edit('02', 2, (line) => line.slice(0, -66) + line.slice(-66).toUpperCase()),
    ['02', 2, 'shape'],
  ],
  ['a key behind the hash', (a) => a.edit('02', 2, (line) => line.replace(/\}$/, ',"x":1}')), ['02', 2, 'shape']],
  ['a byte-order mark', (a) => a.edit('01', 1, (line) => `\ufeff${line}`), ['01', 1, 'json']],
  ['the first month gone', (a) => a.remove('01'), ['02', 1, 'missing-month']],
  ['a month between gone', (a) => a.remove('02'), ['03', 1, 'missing-month']],
  ['the first line gone', (a) => a.lines('01', (l) => l.slice(1)), ['01', 1, 'missing-month']],
  ['the end of a month gone', (a) => a.lines('01', (l) => l.slice(0, 3)), ['02', 1, 'prev'], ['02', 1, 'seq']],
  [
    'the newline of a month gone',
    (a) => a.bytes('01', (b) => b.subarray(0, -1)),
    ['01', 4, 'torn'],
    ['02', 1, 'prev'],
    ['02', 1, 'seq'],
  ],
  ['two months swapped', (a) => a.swap('01', '02'), ['01', 1, 'missing-month'], ...both('02', 1), ...both('03', 1)],
]

test.each(CHANGES.map(([what, change, ...problems]) => ({ what, change, problems })))(
  '$what: exactly that is named',
  async ({ change, problems }) => {
    const folder = tempFolder()
    await writtenAudit(folder, MONTHS, 4)
    change(auditIn(folder))
    const named = problems.map(([month, line, problem]) => ({ file: `2026-${month}.jsonl`, line, problem }))
    const check = await verifyAudit(folder)
    expect(check.problems).toEqual(named)
    expect(check.ok).toBe(problems.length === 0)
  },
)

test.skipIf(!hasPython)('the verifier in Python names the same first line, or none', async () => {
  const whole = tempFolder()
  const folders = await Promise.all(
    CHANGES.map(async ([, change], index) => {
      const folder = join(whole, String(index))
      await writtenAudit(folder, MONTHS, 4)
      change(auditIn(folder))
      return folder
    }),
  )
  const verdicts = await Promise.all(folders.map(async (folder) => verdict(await verifyAudit(folder))))
  expect(python(folders)).toEqual(verdicts)
})

// Whoever forges a line can hash it, so what a forged last line looks like must be checked as well.
test.each<[what: string, forge: (line: string) => string, problem: string, encoding?: BufferEncoding]>([
  ['keys in another order', (line: string) => line.replace('"v":1,"seq":3', '"seq":3,"v":1'), 'shape'],
  ['a key twice', (line: string) => line.replace('"job"', '"run":null,"job"'), 'shape'],
  ['a key twice inside data', (line: string) => line.replace('"data":{', '"data":{"amount":"1","amount":"2"'), 'shape'],
  ['a blank between', (line: string) => line.replace('"seq":', '"seq": '), 'shape'],
  ['a key too many', (line: string) => line.replace('"data"', '"more":1,"data"'), 'shape'],
  ['a key too few', (line: string) => line.replace('"job":null,', ''), 'shape'],
  ['another version', (line: string) => line.replace('"v":1', '"v":2'), 'shape'],
  ['a number as text', (line: string) => line.replace('"seq":3', '"seq":"3"'), 'shape'],
  ['a broken number', (line: string) => line.replace('"seq":3', '"seq":3.5'), 'shape'],
  ['another number', (line: string) => line.replace('"seq":3', '"seq":4'), 'seq'],
  ['a list for data', (line: string) => line.replace('"data":{}', '"data":[]'), 'shape'],
  ['no actor', (line: string) => line.replace(/"actor":\{[^}]*\}/, '"actor":null'), 'shape'],
  [
    'a prev in capitals',
    (line: string) => line.replace(/"prev":"\w+"/, (prev) => prev.toUpperCase().replace('PREV', 'prev')),
    'shape',
  ],
  ['another prev', (line: string) => line.replace(/"prev":"\w+"/, `"prev":"${'0'.repeat(64)}"`), 'prev'],
  ['a time that is none', (line: string) => line.replace('2026-03-10T', '10.03.2026 '), 'shape'],
  ['no JSON', (line: string) => line.replace('"data":{}', '"data":{'), 'json'],
  ['bytes that are no UTF-8', (line: string) => line.replace('jdoe', '\u00ff'), 'json', 'latin1'],
])(
  'a forged last line with %s is found although its own hash is right',
  async (_, forge, problem, encoding: BufferEncoding = 'utf8') => {
    const [first = '', second = '', third = ''] = sealed([{}, {}, {}])
    const forged = Buffer.from(forge(third.slice(0, -1)), encoding)
    const end = forged.lastIndexOf(',"hash"')
    const sum = createHash('sha256').update(forged.subarray(0, end)).digest('hex')
    const line = Buffer.concat([forged.subarray(0, end), Buffer.from(`,"hash":"${sum}"}\n`)])
    const folder = put(tempFolder(), '2026-03.jsonl', Buffer.concat([Buffer.from(first + second), line]))
    expect(await verifyAudit(folder)).toMatchObject({
      ok: false,
      problems: [{ file: '2026-03.jsonl', line: 3, problem }],
    })
  },
)

test('a verifier of another hand that spells escapes its own way writes good lines too', async () => {
  const [line = ''] = sealed([{ job: 'Zürich', data: { note: 'é', list: [1, { a: '}:{' }], amount: '1.50' } }])
  const folder = put(
    tempFolder(),
    '2026-03.jsonl',
    rehash(line.trim().replace('ü', '\\u00fc').replace('é', '\\u00E9')) + '\n',
  )
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 1 })
})

test('an audit that is not there yet is sound, and empty', async () => {
  expect(await verifyAudit(join(tempFolder(), 'audit'))).toEqual({
    ok: true,
    files: 0,
    records: 0,
    head: '0'.repeat(64),
    problems: [],
    moreProblems: 0,
    torn: null,
    checkpoints: { total: 0, good: 0, signatures: 'unchecked', records: 0, unsigned: 0, torn: null, signers: [] },
    anchors: { total: 0, good: 0, records: 0, at: null },
    unanchored: 0,
  })
})

test('of many problems the first thousand are named and the rest counted', async () => {
  const folder = put(tempFolder(), '2026-03.jsonl', 'x\n'.repeat(2500))
  const check = await verifyAudit(folder)
  expect(check).toMatchObject({ ok: false, records: 2500, moreProblems: 1500 })
  expect(check.problems.at(-1)).toEqual({ file: '2026-03.jsonl', line: 1000, problem: 'json' })
})

test('a line without end is found bad without being held in memory', async () => {
  const [first = '', second = ''] = sealed([{}, {}])
  const folder = put(tempFolder(), '2026-03.jsonl', `${first}${'x'.repeat(40_000_000)}\n${second}`)
  expect((await verifyAudit(folder)).problems).toEqual([{ file: '2026-03.jsonl', line: 2, problem: 'json' }])
  const sizes: number[] = []
  for await (const lines of linesOf(join(folder, '2026-03.jsonl')))
    sizes.push(...lines.map(({ bytes }) => bytes.length))
  expect(sizes).toHaveLength(3)
  expect(Math.max(...sizes)).toBeLessThan(9_000_000)
})

test('lines longer and shorter than a block are read alike', async () => {
  const sizes = [1, 65_000, 65_536, 200_000, 3, 131_072, 7]
  const lines = sealed(sizes.map((size) => ({ data: { text: 'é'.repeat(size) } })))
  expect(await verifyAudit(put(tempFolder(), '2026-03.jsonl', lines.join('')))).toMatchObject({ ok: true, records: 7 })
})

interface Audit {
  edit(month: string, line: number, change: (line: string) => string): void
  lines(month: string, change: (lines: string[]) => string[]): void
  bytes(month: string, change: (bytes: Buffer) => Buffer): void
  remove(month: string): void
  swap(one: string, two: string): void
}

function auditIn(folder: string): Audit {
  const pathOf = (month: string) => join(folder, `2026-${month}.jsonl`)
  const audit: Audit = {
    edit: (month, line, change) =>
      audit.lines(month, (lines) => lines.map((text, index) => (index === line - 1 ? change(text) : text))),
    lines: (month, change) =>
      audit.bytes(month, (bytes) => Buffer.from(`${change(bytes.toString().split('\n').slice(0, -1)).join('\n')}\n`)),
    bytes: (month, change) => writeFileSync(pathOf(month), change(readFileSync(pathOf(month)))),
    remove: (month) => rmSync(pathOf(month)),
    swap(one, two) {
      renameSync(pathOf(one), join(folder, 'aside'))
      renameSync(pathOf(two), pathOf(one))
      renameSync(join(folder, 'aside'), pathOf(two))
    },
  }
  return audit
}

function raise(line: string): string {
  return line.replace('00.15', '00.16')
}

function other(digit: string | undefined): string {
  return digit === '0' ? '1' : '0'
}

function swapped(lines: string[]): string[] {
  return lines.with(1, lines[2] ?? '').with(2, lines[1] ?? '')
}

function at(month: string, line: number, problem: string): [string, number, string] {
  return [month, line, problem]
}

function both(month: string, line: number): [string, number, string][] {
  return [at(month, line, 'prev'), at(month, line, 'seq')]
}

function rehash(line: string): string {
  const text = line.slice(0, line.lastIndexOf(',"hash"'))
  return `${text},"hash":"${createHash('sha256').update(text).digest('hex')}"}`
}

function verdict(check: Awaited<ReturnType<typeof verifyAudit>>): string {
  const [first] = check.problems
  return first ? `bad ${first.file} ${first.line}` : `ok ${check.records} ${check.head}`
}

function python(folders: readonly string[]): string[] {
  const script = new URL('../../examples/audit/verify.py', import.meta.url).pathname
  const { stdout } = spawnSync('python3', [script, ...folders], { encoding: 'utf8' })
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(bad \S+ \d+) .*/, '$1'))
}
