import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCredentials } from '../../src/secrets/credentials.js'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'mlc-secrets-'))))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a host has that gives all by its environment. */
function secretsOf(env: Readonly<Record<string, string>>) {
  return createCredentials({ env, command: null, store: null, baseUrl: { looker: '', qad: '' } })
}

let files = 0
function file(content: string | Uint8Array): string {
  const path = join(folder, `secret-${++files}`)
  writeFileSync(path, content)
  return path
}

const QAD = { MLC_QAD_USERNAME: 'svc', MLC_QAD_PASSWORD: 'plain-password' }
const LOOKER = { MLC_LOOKER_CLIENT_ID: 'id', MLC_LOOKER_CLIENT_SECRET: 'plain-secret' }

describe('where credentials come from', () => {
  test('the file wins over the plain variable, ours over the names of Looker’s SDKs', async () => {
    const secret = file('from-file\n')
    const sdk = { LOOKERSDK_CLIENT_ID: 'sdk-id', LOOKERSDK_CLIENT_SECRET: 'sdk-secret' }
    const looker = (env: Record<string, string>) => secretsOf(env).looker()
    expect(await looker({ ...sdk, ...LOOKER, MLC_LOOKER_CLIENT_SECRET_FILE: secret })).toEqual({
      clientId: 'id',
      clientSecret: 'from-file',
      origin: 'MLC_LOOKER_CLIENT_SECRET_FILE',
      from: 'file',
    })
    expect(await looker({ ...sdk, ...LOOKER })).toEqual({
      clientId: 'id',
      clientSecret: 'plain-secret',
      origin: 'MLC_LOOKER_CLIENT_SECRET',
      from: 'variable',
    })
    expect(await looker({ ...sdk, LOOKERSDK_CLIENT_SECRET_FILE: secret })).toEqual({
      clientId: 'sdk-id',
      clientSecret: 'from-file',
      origin: 'LOOKERSDK_CLIENT_SECRET_FILE',
      from: 'file',
    })
    expect(await looker(sdk)).toEqual({
      clientId: 'sdk-id',
      clientSecret: 'sdk-secret',
      origin: 'LOOKERSDK_CLIENT_SECRET',
      from: 'variable',
    })
    expect(await looker({ ...sdk, MLC_LOOKER_CLIENT_SECRET: '', MLC_LOOKER_CLIENT_SECRET_FILE: '' })).toMatchObject({
      clientSecret: 'sdk-secret',
    })
  })

  test('QAD: the client id goes with oauth_password and is needed there; basic has none', async () => {
    const secrets = secretsOf({ ...QAD, MLC_QAD_CLIENT_ID: 'c1' })
    expect(await secrets.qad('oauth_password')).toEqual({
      clientId: 'c1',
      clientSecret: null,
      username: 'svc',
      password: 'plain-password',
      origin: 'MLC_QAD_PASSWORD',
      from: 'variable',
    })
    expect(await secrets.qad('basic')).toMatchObject({ clientId: null })
    await expect(secretsOf(QAD).qad('oauth_password')).rejects.toThrow('MLC_QAD_CLIENT_ID_FILE')
    const client = { MLC_QAD_CLIENT_ID: 'c1', MLC_QAD_CLIENT_SECRET: 'c2' }
    expect(await secretsOf(client).qad('oauth_client_credentials')).toMatchObject({
      clientSecret: 'c2',
      origin: 'MLC_QAD_CLIENT_SECRET',
    })
  })

  test('a rotated file is seen by the next look', async () => {
    const path = file('first')
    const secrets = secretsOf({ ...QAD, MLC_QAD_PASSWORD_FILE: path })
    expect((await secrets.qad('basic')).password).toBe('first')
    writeFileSync(path, 'second')
    expect((await secrets.qad('basic')).password).toBe('second')
  })
})

describe('one trailing line end is stripped, nothing else', () => {
  const cases: readonly [content: string, value: string][] = [
    ['abc', 'abc'],
    ['abc\n', 'abc'],
    ['abc\r\n', 'abc'],
    [' abc \n', ' abc '],
    ['é😀 "quoted" \\n\n', 'é😀 "quoted" \\n'],
    ['x'.repeat(64 * 1024), 'x'.repeat(64 * 1024)],
  ]
  test.each(cases)('%.30j', async (content, value) => {
    const secrets = secretsOf({ ...QAD, MLC_QAD_PASSWORD_FILE: file(content) })
    expect((await secrets.qad('basic')).password).toBe(value)
  })
})

describe('what is missing is named with both its variables', () => {
  const cases: readonly [env: () => Record<string, string>, named: readonly string[]][] = [
    [() => ({ MLC_QAD_USERNAME: 'svc' }), ['neither MLC_QAD_PASSWORD_FILE nor MLC_QAD_PASSWORD holds']],
    [() => ({ MLC_QAD_PASSWORD: 'x' }), ['MLC_QAD_USERNAME_FILE', 'MLC_QAD_USERNAME']],
    [() => ({ ...QAD, MLC_QAD_PASSWORD: '' }), ['MLC_QAD_PASSWORD is there but empty']],
    [() => ({ ...QAD, MLC_QAD_PASSWORD_FILE: file('') }), ['MLC_QAD_PASSWORD_FILE is there but empty']],
    [() => ({ ...QAD, MLC_QAD_PASSWORD_FILE: file('\n') }), ['MLC_QAD_PASSWORD_FILE is there but empty']],
  ]
  test.each(cases)('case %#', async (env, named) => {
    const error: unknown = await secretsOf(env())
      .qad('basic')
      .catch((refused: unknown) => refused)
    expect(error).toMatchObject({ code: 'MLC-S001', exitCode: 4 })
    for (const part of named) expect(String(error)).toContain(part)
  })
  test('Looker', async () => {
    await expect(secretsOf({}).looker()).rejects.toThrow(
      'neither MLC_LOOKER_CLIENT_ID_FILE nor MLC_LOOKER_CLIENT_ID holds',
    )
    await expect(secretsOf({ MLC_LOOKER_CLIENT_ID: 'x' }).looker()).rejects.toThrow('MLC_LOOKER_CLIENT_SECRET_FILE')
  })
})

describe('a file that holds no credential is named with variable and path, never with its content', () => {
  const unfit: readonly [what: string, content: Uint8Array | string, message: string][] = [
    ['larger than 64 KiB', 'hunter2'.repeat(10_000), 'is larger than 64 KiB'],
    ['not UTF-8', Buffer.from('hunter2\xff', 'latin1'), 'is not UTF-8 text'],
    ['two lines', 'hunter2\nhunter3\n', 'holds a control character or line break inside the value'],
    ['two line ends', 'hunter2\n\n', 'holds a control character'],
    ['a lone return', 'hunter2\r', 'holds a control character'],
    ['a NUL', 'hunter2\0', 'holds a control character'],
    ['an escape', 'hunter2\u001b[31m', 'holds a control character'],
    ['a C1 control', 'hunter2\u009b', 'holds a control character'],
    ['a byte-order mark', '\uFEFFhunter2', 'holds a control character'],
    ['UTF-16', Buffer.from('hunter2', 'utf16le'), 'holds a control character'],
  ]
  test.each(unfit)('%s', async (_what, content, message) => {
    const path = file(content)
    const error: unknown = await secretsOf({ ...QAD, MLC_QAD_PASSWORD_FILE: path })
      .qad('basic')
      .catch((refused: unknown) => refused)
    expect(error).toMatchObject({ code: 'MLC-S002', exitCode: 4 })
    expect(String(error)).toContain(`MLC_QAD_PASSWORD_FILE names ${JSON.stringify(path)}, which ${message}`)
    expect(String(error)).not.toContain('hunter')
    expect(JSON.stringify(error)).not.toContain('hunter')
  })
  test('one that is not there, and a folder', async () => {
    mkdirSync(join(folder, 'dir'))
    const qad = (path: string) => secretsOf({ ...QAD, MLC_QAD_PASSWORD_FILE: path }).qad('basic')
    await expect(qad(join(folder, 'nope'))).rejects.toThrow('which does not exist')
    await expect(qad(join(folder, 'dir'))).rejects.toThrow('which is a folder')
    await expect(qad('/dev/zero')).rejects.toThrow('which is larger than 64 KiB')
  })
  test('a file that fails is not passed over for the plain variable', async () => {
    const env = { ...LOOKER, MLC_LOOKER_CLIENT_SECRET_FILE: join(folder, 'nope') }
    await expect(secretsOf(env).looker()).rejects.toMatchObject({ code: 'MLC-S002' })
  })
  test('a plain variable with a line break is refused without its value', async () => {
    const error: unknown = await secretsOf({ ...QAD, MLC_QAD_PASSWORD: 'hunter2\r\nX-Evil: 1' })
      .qad('basic')
      .catch((refused: unknown) => refused)
    expect(error).toMatchObject({
      code: 'MLC-S002',
      message: 'MLC_QAD_PASSWORD holds a control character or line break inside the value',
    })
  })
})

test.skipIf(process.platform === 'win32')('a pipe is read like a file', async () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const read = secretsOf({ ...QAD, MLC_QAD_PASSWORD_FILE: path }).qad('basic')
  execFile('sh', ['-c', `printf 'through a pipe\\n' > "$1"`, 'sh', path])
  expect((await read).password).toBe('through a pipe')
})
