import fs, { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openJournal } from '../../src/audit/journal.js'
import { createKeyFile, createSigner, originOf, parsePublicKey, type Signer } from '../../src/audit/keys.js'
import { judgeSignatures, parseNotes } from '../../src/audit/note.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { ACTOR, clockAt, entry, linesIn, tempFolder } from './support.js'
import { hashIn, keyOf, ORIGIN, pem } from './signed.js'

const SIGNER = keyOf(1)
const KEYS = { keys: [SIGNER.publicKey], mustBeSigned: true }
const DONE = entry({ event: 'run.done', run: 'R' })

async function written(folder: string, signer: Signer | null, ...entries: readonly ReturnType<typeof entry>[]) {
  const journal = await openJournal(folder, { clock: clockAt('2026-03-10T06:15:07Z'), actor: ACTOR, signer })
  for (const one of entries) await journal.append(one, { durable: false })
  await journal.close()
}

function notesOf(folder: string) {
  return parseNotes(readFileSync(join(folder, 'checkpoints')))
}

test('a run that is done is signed, and so is what comes after it when the journal is closed', async () => {
  const folder = tempFolder()
  await written(folder, SIGNER, entry(), DONE, entry())
  const { notes, faults, torn } = notesOf(folder)
  expect(notes.map(({ head }) => head)).toEqual(
    [2, 3].map((records) => ({ origin: ORIGIN, records, hash: hashIn(linesIn(folder), records) })),
  )
  expect({ faults, torn }).toEqual({ faults: [], torn: null })
  expect(notes.map((note) => judgeSignatures(note, [SIGNER.publicKey]))).toEqual(['good', 'good'])
  expect(statSync(join(folder, 'checkpoints')).mode & 0o777).toBe(0o600)
  await written(folder, SIGNER, DONE)
  expect(notesOf(folder).notes.map(({ head }) => head.records)).toEqual([2, 3, 4])
  expect(await verifyAudit(folder, KEYS)).toMatchObject({ ok: true, checkpoints: { total: 3, good: 3, unsigned: 0 } })
})

test('a long run is signed every thousand records, and only what is on disk', async () => {
  const folder = tempFolder()
  const seen: string[] = []
  const disk = {
    ...fs,
    openSync: ((path: string, ...rest: [number, number]) => {
      const fd = fs.openSync(path, ...rest)
      if (path.endsWith('checkpoints')) seen.push('checkpoint')
      return fd
    }) as typeof fs.openSync,
    fdatasyncSync: (fd: number) => (seen.push('sync'), fs.fdatasyncSync(fd)),
  }
  const ports = { clock: clockAt('2026-03-10T06:15:07Z'), actor: ACTOR, signer: SIGNER, disk }
  const journal = await openJournal(folder, ports)
  for (let n = 0; n < 2500; n++) await journal.append(entry(), { durable: false })
  expect(notesOf(folder).notes.map(({ head }) => head.records)).toEqual([1000, 2000])
  expect(seen.slice(0, 2)).toEqual(['sync', 'checkpoint'])
  await journal.close()
  expect(notesOf(folder).notes.map(({ head }) => head.records)).toEqual([1000, 2000, 2500])
})

test('without a key a run goes on, and nothing is pretended to be signed', async () => {
  const folder = tempFolder()
  await written(folder, null, DONE)
  expect(existsSync(join(folder, 'checkpoints'))).toBe(false)
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, checkpoints: { total: 0, signatures: 'unchecked' } })
  const unsigned = { file: 'checkpoints', line: 1, problem: 'unsigned' }
  expect(await verifyAudit(folder, KEYS)).toMatchObject({ ok: false, problems: [unsigned] })
  // A key that comes later signs all that is there.
  await written(folder, SIGNER, DONE)
  expect(await verifyAudit(folder, KEYS)).toMatchObject({ ok: true, checkpoints: { records: 2 } })
})

test('a checkpoint that a crash left half written is written over, and nothing is lost', async () => {
  const folder = tempFolder()
  await written(folder, SIGNER, DONE)
  const whole = readFileSync(join(folder, 'checkpoints'))
  for (let size = 0; size < whole.length; size += 7) {
    truncateSync(join(folder, 'checkpoints'), size)
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, checkpoints: { torn: size === 0 ? null : 1 } })
    await written(folder, SIGNER, DONE)
    expect(await verifyAudit(folder, KEYS)).toMatchObject({ ok: true, checkpoints: { total: 1, good: 1, torn: null } })
  }
})

test.each<[what: string, change: (folder: string) => void, message: RegExp]>([
  [
    'the log is shorter than its newest checkpoint',
    (folder) => cutLines(folder, -1),
    /ends with record 2, its newest checkpoint speaks of record 3/,
  ],
  [
    'the log is another one',
    (folder) => writeFileSync(month(folder), readFileSync(join(`${folder}-other`, '2026-03.jsonl'))),
    /line 3 is not the record 3 of the checkpoint/,
  ],
  [
    'the checkpoints are something else',
    (folder) => appendFileSync(join(folder, 'checkpoints'), 'x\n'),
    /line 6 is no signed note/,
  ],
])('when %s, nothing is written, with or without the key', async (_, change, message) => {
  const folder = join(tempFolder(), 'audit')
  await written(folder, SIGNER, entry(), entry(), DONE)
  await written(`${folder}-other`, null, entry(), entry({ data: { other: true } }), DONE)
  change(folder)
  const before = readFileSync(month(folder))
  for (const signer of [SIGNER, null]) {
    const opening = written(folder, signer, DONE)
    await expect(opening).rejects.toMatchObject({ code: 'MLC-A005', exitCode: 8 })
    await expect(opening).rejects.toThrow(message)
  }
  expect(readFileSync(month(folder))).toEqual(before)
})

test('a run whose checkpoint cannot be written ends as an audit that cannot be written', async () => {
  const folder = tempFolder()
  fs.mkdirSync(join(folder, 'checkpoints.d'))
  const journal = await openJournal(folder, { clock: clockAt('2026-03-10T06:15:07Z'), actor: ACTOR, signer: SIGNER })
  fs.mkdirSync(join(folder, 'checkpoints'))
  await expect(journal.append(DONE)).rejects.toMatchObject({ code: 'MLC-A001' })
  expect(linesIn(folder)).toHaveLength(1)
})

test('a second signer may add a line to a note; one who signs wrongly in the name of a known key spoils it', async () => {
  const folder = tempFolder()
  await written(folder, SIGNER, DONE)
  const path = join(folder, 'checkpoints')
  const own = readFileSync(path, 'utf8')
  const auditor = keyOf(9)
  const head = parseNotes(Buffer.from(own)).notes[0]?.head ?? { records: 0, hash: '' }
  const line = auditor.sign(head).split('\n').at(-2) ?? ''
  writeFileSync(path, `${own}${line}\n`)
  for (const keys of [[SIGNER.publicKey], [auditor.publicKey], [SIGNER.publicKey, auditor.publicKey]])
    expect(await verifyAudit(folder, { keys, mustBeSigned: true })).toMatchObject({
      ok: true,
      checkpoints: { good: 1 },
    })
  const wrong =
    auditor
      .sign({ ...head, records: 7 })
      .split('\n')
      .at(-2) ?? ''
  writeFileSync(path, `${own}${wrong}\n`)
  expect(await verifyAudit(folder, { keys: [SIGNER.publicKey], mustBeSigned: true })).toMatchObject({ ok: true })
  const both = await verifyAudit(folder, { keys: [SIGNER.publicKey, auditor.publicKey], mustBeSigned: true })
  expect(both).toMatchObject({ ok: false, problems: [{ file: 'checkpoints', line: 1, problem: 'signature' }] })
  await written(folder, SIGNER, DONE)
  expect(notesOf(folder).notes.map(({ signatures }) => signatures.length)).toEqual([2, 1])
})

test('openssl agrees with a signature, and mlc with a key of openssl', async () => {
  const folder = tempFolder()
  const path = (name: string) => join(folder, name)
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', path('key.pem')])
  const signer = createSigner(readFileSync(path('key.pem'), 'utf8'), ORIGIN, 'openssl')
  const note = signer.sign({ records: 3, hash: 'ab'.repeat(32) })
  const [text = '', line = ''] = note.split('\n\n')
  writeFileSync(path('text'), `${text}\n`)
  writeFileSync(path('signature'), Buffer.from(line.trim().split(' ')[2] ?? '', 'base64').subarray(4))
  execFileSync('openssl', ['pkey', '-in', path('key.pem'), '-pubout', '-out', path('public.pem')])
  const verify = ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', path('public.pem')]
  const run = () => execFileSync('openssl', [...verify, '-in', path('text'), '-sigfile', path('signature')])
  expect(run().toString()).toContain('Verified Successfully')
  expect(parsePublicKey(readFileSync(path('public.pem'), 'utf8'))?.text).toBe(signer.publicKey.text)
})

// The key of the example in Go's golang.org/x/mod/sumdb/note.
test('a key that others made and named is read, and one with another id is not', () => {
  const key = parsePublicKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
  expect(key).toMatchObject({ name: 'PeterNeumann' })
  expect(parsePublicKey('PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toBeNull()
})

test.each<[what: string, of: (text: string) => string]>([
  ['as keygen prints it', (text) => text],
  ['as PEM', (text) => pem('PUBLIC KEY', text)],
  ['as its 32 bytes', (text) => Buffer.from(text, 'base64').subarray(12).toString('base64')],
  ['with blanks around it', (text) => `  ${text}\n`],
])('a public key is read %s', (_, of) => {
  expect(parsePublicKey(of(SIGNER.publicKey.text))?.raw).toEqual(SIGNER.publicKey.raw)
})

test.each([
  '',
  'x',
  'MCow',
  SIGNER.publicKey.text.slice(1),
  pem('PRIVATE KEY', SIGNER.publicKey.text),
  pem('PUBLIC KEY', 'AAAA'),
])('what is no public key is none: %j', (text) => {
  expect(parsePublicKey(text)).toBeNull()
})

test('a key that is none, of another kind or behind a passphrase is refused without being shown', () => {
  const folder = tempFolder()
  const rsa = join(folder, 'rsa.pem')
  execFileSync('openssl', ['genpkey', '-algorithm', 'x25519', '-out', rsa])
  const texts = ['not a key at all', pem('PRIVATE KEY', 'c2VjcmV0LXNlY3JldA=='), readFileSync(rsa, 'utf8')]
  for (const text of texts) {
    const make = () => createSigner(text, ORIGIN, 'MLC_AUDIT_KEY')
    expect(make).toThrow(expect.objectContaining({ code: 'MLC-A006', exitCode: 2 }))
    expect(make).not.toThrow(text.slice(0, 12))
  }
})

test('a key file is for its owner alone, and never written over', () => {
  const path = join(tempFolder(), 'audit.key')
  const key = createKeyFile(path)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(createSigner(readFileSync(path, 'utf8'), ORIGIN, path).publicKey.text).toBe(key.text)
  const before = readFileSync(path)
  expect(() => createKeyFile(path)).toThrow(expect.objectContaining({ code: 'MLC-A006' }))
  expect(readFileSync(path)).toEqual(before)
})

test('what C2SP forbids in a name does not get into one', () => {
  expect(originOf('erp.acme.com:8443', 'fin 01+x\n')).toBe('mlc/erp.acme.com:8443/fin-01-x-')
  expect(originOf('', '\u00a0')).toBe('mlc/-/-')
})

function month(folder: string): string {
  return join(folder, '2026-03.jsonl')
}

function cutLines(folder: string, count: number): void {
  const lines = readFileSync(month(folder), 'utf8').split('\n').slice(0, -1)
  writeFileSync(month(folder), `${lines.slice(0, count).join('\n')}\n`)
}
