import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CANARY_NAMES, createCanaries, createScanner, ENCODINGS, filesIn } from './canaries.js'

const canaries = createCanaries()
const scan = createScanner(canaries)

test('twelve canaries in sixteen encodings', () => {
  expect(CANARY_NAMES).toHaveLength(12)
  expect(Object.keys(ENCODINGS)).toHaveLength(16)
  expect(new Set(Object.values(canaries).map((secret) => secret.slice(0, 12))).size).toBe(12)
})

describe.each(Object.keys(ENCODINGS))('%s', (encoding) => {
  test.each(CANARY_NAMES)('of %s is found where it was planted', (canary) => {
    const planted = Buffer.concat([
      Buffer.from('a line before\n'),
      ENCODINGS[encoding]?.(canaries[canary]) ?? Buffer.alloc(0),
      Buffer.from(' after'),
    ])
    expect(scan([{ name: 'stderr', content: planted }])).toContainEqual({ canary, encoding, place: 'stderr' })
  })

  test('changes the secret, so that finding it is not finding the plain one', () => {
    const encoded = Buffer.from(ENCODINGS[encoding]?.(canaries.qadPassword) ?? '').toString('latin1')
    expect(encoded === canaries.qadPassword).toBe(encoding === 'raw')
  })
})

test.each([
  ['a Basic header', (secret: string) => Buffer.from(`demo.mlc:${secret}`).toString('base64')],
  ['a Basic header of another user', (secret: string) => Buffer.from(`jo:${secret}`).toString('base64')],
  ['JSON', (secret: string) => JSON.stringify({ password: secret })],
  ['a form', (secret: string) => new URLSearchParams({ password: secret }).toString()],
  ['HTML', (secret: string) => `<b>${secret.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)}</b>`],
  ['a text cut in the middle', (secret: string) => `bad password ${secret.slice(0, 20)}…`],
  [
    'a diagnostic report',
    (secret: string) => JSON.stringify({ environmentVariables: { MLC_QAD_PASSWORD: secret } }, null, 2),
  ],
])('a secret inside %s is found', (_what, wrap) => {
  const hits = scan([{ name: 'stdout', content: wrap(canaries.qadPassword) }])
  expect(hits.map(({ canary }) => canary)).toContain('qadPassword')
})

test('packed files are looked into', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-canaries-'))
  try {
    writeFileSync(join(folder, 'a.gz'), gzipSync(`token ${canaries.lookerToken}`))
    writeFileSync(join(folder, 'b.zip'), zip('log.txt', gzipSync(`cookie ${canaries.qadSession}`)))
    const found = new Set(scan(filesIn(folder)).map(({ canary }) => canary))
    expect(found).toEqual(new Set(['lookerToken', 'qadSession']))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a secret in the name of a file is found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-canaries-'))
  try {
    writeFileSync(join(folder, `session-${canaries.qadToken.slice(0, 16)}`), '')
    expect(scan(filesIn(folder))).not.toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('innocent text has no hit', () => {
  const innocent = [
    ...'the last four characters are ',
    canaries.lookerSecret.slice(-4),
    '; PK\u0003\u0004 is no zip',
  ].join('')
  expect(scan([{ name: 'stdout', content: innocent }])).toEqual([])
})

/** One entry, packed; without the central directory, which no scanner may rely on. */
function zip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content)
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(packed.length, 18)
  header.writeUInt32LE(content.length, 22)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, Buffer.from(name), packed])
}
