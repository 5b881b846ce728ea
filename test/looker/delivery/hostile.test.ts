import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MlcError } from '../../../src/errors.js'
import { isPlainDecimal } from '../../../src/model/money.js'
import { readZip } from '../../../src/looker/delivery/zip.js'
import { take, zipOf } from './take.js'

const CSV = 'gl.account,gl.net\n5010,1.10\n5020,-2.20\n'
const ROW = '{"gl.account":"5010","gl.net":1.10}'
const repeated = (text: string, count: number) => text.repeat(count)
const keys = (count: number) => Array.from({ length: count }, (_, at) => `"k${at}":1`).join(',')

describe('made to break whoever reads it, and refused:', () => {
  const BODIES: readonly [what: string, body: () => string | Uint8Array, code?: string][] = [
    ['five million brackets', () => repeated('[', 5_000_000)],
    ['brackets inside an envelope', () => `{"form_params":${repeated('[', 1_000_000)}`],
    ['brackets inside a row', () => `[{"gl.account":${repeated('[', 100)}${repeated(']', 100)},"gl.net":1}]`],
    ['a number of a million digits', () => `[{"gl.account":"5010","gl.net":${repeated('1', 1_000_000)}}]`],
    ['an exponent of a gigabyte', () => '[{"gl.account":"5010","gl.net":1e999999999}]'],
    ['a row of a million columns', () => `[{${keys(1_000_000)}}]`],
    ['an envelope of a million members', () => `{"attachment":null,${keys(1_000_000)}}`],
    ['a plan of a million members', () => `{"attachment":null,"scheduled_plan":{${keys(1_000_000)}}}`],
    ['a cell of a million parts', () => `[{"gl.account":[${repeated('0,', 1_000_000)}0],"gl.net":1}]`],
    ['a cell of two megabytes', () => `[{"gl.account":"${repeated('x', 2_000_000)}","gl.net":1}]`],
    ['a million escapes', () => `{"attachment":null,"data":"${repeated('\\u0000', 1_000_000)}"}`],
    ['half of a surrogate pair', () => '[{"gl.account":"\\ud800","gl.net":1}]'],
    ['a column named __proto__', () => '[{"gl.account":"5010","gl.net":1,"__proto__":{"polluted":1}}]'],
    ['a csv column named __proto__', () => 'gl.account,gl.net,__proto__\n5010,1,2\n'],
    ['a csv of half a million columns', () => `${repeated('a,', 500_000)}b\n`],
    ['a quotation mark that never closes', () => `gl.account,gl.net\n"${repeated('x', 5_000_000)}\n`],
    ['bytes that are no text', () => Buffer.from([0x80, 0x81, 0xfe])],
    ['a control character in a text', () => '[{"gl.account":"50\n10","gl.net":1}]'],
    ['an escape that does not exist', () => '[{"gl.account":"\\x","gl.net":1}]'],
    ['a comma too many', () => `[${ROW},]`],
    ['text behind the end', () => `[${ROW}] [${ROW}]`],
    ['numbers with zeros before them', () => '[{"gl.account":"5010","gl.net":01}]'],
    ['a base64 bomb in JSON', () => attachedZip(bomb())],
    ['a bomb', () => bomb()],
  ]
  test.each(BODIES)('%s', async (_, body, code = 'MLC-I010') => {
    expect(await take(body())).toBe(code)
  })
})

function bomb(): Buffer {
  return zipOf({ 'a.csv': Buffer.alloc(1_000_000, 'x') })
}

function attachedZip(zip: Buffer): string {
  const attachment = { mimetype: 'application/zip;base64', extension: 'zip', data: zip.toString('base64') }
  return JSON.stringify({ type: 'dashboard', scheduled_plan: null, attachment, data: null })
}

describe('a zip is refused for', () => {
  const good = zipOf({ 'a.csv': CSV })
  const end = good.length - 22
  const central = good.readUInt32LE(end + 16)
  const patched = (...changes: readonly (readonly [at: number, bytes: readonly number[]])[]) => {
    const zip = Buffer.from(good)
    for (const [at, bytes] of changes) Buffer.from(bytes).copy(zip, at)
    return zip
  }
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`${at}.csv`, CSV]))
  const CASES: readonly [why: string, zip: Buffer, says: string][] = [
    ['too many entries', zipOf(many), 'it has 51 entries, more than 50'],
    ['its size', zipOf({ 'a.csv': '' }, { method: 0, claims: 101 * 1024 * 1024 }), 'more than 100 MiB'],
    ['its ratio', zipOf({ 'a.csv': Buffer.alloc(1_000_000, 'x') }), 'is packed more than 100 to 1'],
    ['a size that is a lie', patched([central + 24, [5, 0, 0, 0]]), 'cannot be unpacked to the size'],
    ['a checksum that is a lie', patched([central + 16, [1, 2, 3, 4]]), 'unpacks to something else'],
    ['entries that overlap', overlapping(), 'overlaps another one'],
    ['encryption', zipOf({ 'a.csv': CSV }, { flags: 1 }), 'is encrypted or patched'],
    ['a link', zipOf({ 'a.csv': '/etc/passwd' }, { mode: 0o120777 }), 'is a link'],
    ['a name that leads out of its folder', zipOf({ '../a.csv': CSV }), 'it has an entry named ../a.csv'],
    ['a name from the root', zipOf({ '/etc/a.csv': CSV }), 'it has an entry named /etc/a.csv'],
    ['a name with a drive', zipOf({ 'C:a.csv': CSV }), 'it has an entry named C:a.csv'],
    ['a name with backslashes', zipOf({ 'a\\b.csv': CSV }), 'it has an entry named a\\b.csv'],
    ['another way to pack', patched([central + 10, [12, 0]]), 'is packed by method 12'],
    ['another name at its place', patched([30, [0x62]]), 'has another name at its place'],
    ['a place outside', patched([central + 42, [0xff, 0xff, 0xff, 0x00]]), 'is not where the directory says'],
    ['zip64', patched([central + 42, [0xff, 0xff, 0xff, 0xff]]), 'is of a zip64'],
    ['several parts', patched([end + 4, [1, 0]]), 'one part of several'],
    ['a directory elsewhere', patched([end + 16, [0, 0, 0, 0]]), 'directory is not where it should be'],
    ['a directory that counts otherwise', patched([end + 8, [2, 0]], [end + 10, [2, 0]]), 'directory is broken'],
    ['something behind it', Buffer.concat([good, Buffer.from('x')]), 'it has no end'],
    ['its missing end', good.subarray(0, -4), 'it has no end'],
    ['no table in it', zipOf({ 'a.zip': good }), 'no file is a .csv'],
  ]
  test.each(CASES)('%s', async (_, zip, says) => {
    const error: unknown = await unzipped(zip).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'MLC-I010', message: expect.stringContaining(says) as string })
  })

  test('none of this when it is sound: stored or packed, with a comment, with folders', () => {
    for (const zip of [good, zipOf({ 'd/': '', 'd/a.csv': CSV }, { method: 0, comment: 'of Looker' })]) {
      expect(readZip(zip).map(({ name, bytes }) => [name.replace('d/', ''), bytes().toString()])).toEqual([
        ['a.csv', CSV],
      ])
    }
  })
})

async function unzipped(zip: Buffer): Promise<void> {
  readZip(zip).forEach(({ bytes }) => bytes())
  const refused = await take(zip, { measures: ['gl.net'] })
  if (typeof refused === 'string') throw new MlcError('MLC-I010', 'of the zip, no file is a .csv')
}

/** Two entries whose bytes are the same ones: the trick of the zips that unpack to millions of times their size. */
function overlapping(): Buffer {
  const zip = Buffer.from(zipOf({ 'a.csv': CSV, 'a.csw': CSV }))
  const central = zip.readUInt32LE(zip.length - 6)
  const second = zip.indexOf(Buffer.from('PK\x01\x02', 'latin1'), central + 4)
  zip.writeUInt32LE(0, second + 42)
  zip.write('a.csv', 30)
  zip.write('a.csv', second + 46)
  return zip
}

/** Sound deliveries, one of each kind, to be spoilt. */
const SOUND: readonly Buffer[] = [
  Buffer.from(`[${ROW},{"gl.account":"5020","gl.net":-20000000000000000000.20}]`),
  Buffer.from(
    `{"type":"query","scheduled_plan":{"scheduled_plan_id":1,"title":"t","query":null},"attachment":null,"data":[${ROW}],"form_params":{}}`,
  ),
  Buffer.from(
    JSON.stringify({
      scheduled_plan: { scheduled_plan_id: '1' },
      attachment: { mimetype: 'application/json', extension: 'json', data: `[${ROW}]` },
      data: null,
    }),
  ),
  Buffer.from(
    JSON.stringify({
      scheduled_plan: { scheduled_plan_id: '1' },
      attachment: { mimetype: 'text/csv', extension: 'csv', data: CSV },
      data: null,
    }),
  ),
  Buffer.from(
    '{"fields":{"dimensions":[{"name":"gl.account"}],"measures":[{"name":"gl.net"}]},"data":[{"gl.account":{"value":"5010"},"gl.net":{"value":1.10,"rendered":"$1"}}]}',
  ),
  Buffer.from(CSV),
  zipOf({ 'd/a.csv': CSV }),
  Buffer.from(attachedZip(zipOf({ 'd/a.csv': CSV }))),
]
const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\n',
  '-',
  '.',
  '0',
  '9',
  'e',
  'null',
  '\uFEFF',
  '$',
  '"__proto__":',
  '\0',
  'é',
  'PK',
]

const edit = fc.oneof(
  fc.record({ at: fc.nat(), drop: fc.integer({ min: 0, max: 8 }), put: fc.constantFrom('', ...TOKENS) }),
  fc.record({
    at: fc.nat(),
    drop: fc.constant(1),
    put: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  }),
)

test('however a delivery is spoilt, it is refused with a code, or what is taken stands in it digit for digit', async () => {
  const before = Object.getOwnPropertyNames(Object.prototype).length
  let taken = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SOUND),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      async (sound, edits) => {
        const spoilt = edits.reduce(spoil, sound)
        const found = await take(spoilt)
        if (typeof found === 'string') {
          expect(found).toMatch(/^MLC-I01[0-4]$/)
          return
        }
        taken++
        const source = spoilt.subarray(0, 2).toString() === 'PK' || spoilt.includes('base64') ? CSV : spoilt.toString()
        for (const row of found) {
          const amount = row['gl.net']
          const isChecked = typeof amount === 'string' && isPlainDecimal(amount) && !/\d[eE]/.test(source)
          if (isChecked) expect(source).toContain(amount)
        }
      },
    ),
    { numRuns: 2_000, seed: 20260803 },
  )
  expect(taken).toBeGreaterThan(100)
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before)
})

function spoil(bytes: Buffer, { at, drop, put }: { at: number; drop: number; put: string }): Buffer {
  const place = at % (bytes.length + 1)
  const inserted = put.length === 1 ? Buffer.from(put, 'latin1') : Buffer.from(put)
  return Buffer.concat([bytes.subarray(0, place), inserted, bytes.subarray(place + drop)])
}
