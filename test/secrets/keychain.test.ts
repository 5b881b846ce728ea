import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { mustSkipKeyring, openKeyring, secretTool } from '../support/keyring.js'

interface Outcome {
  readonly value?: unknown
  readonly code?: string
  readonly message?: string
  readonly fix?: string
}

type Call = readonly [name: string, ...given: string[]]

/** The built keychain in a process with that environment and no other. */
async function outcomes(env: Readonly<Record<string, string>>, ...calls: readonly Call[]): Promise<readonly Outcome[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'keychain-calls.mjs'), JSON.stringify(calls)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  return JSON.parse(text) as Outcome[]
}

const EVERY_CALL: readonly Call[] = [
  ['getPassword', 'mlc', 'planted'],
  ['setPassword', 'mlc', 'planted', 'hunter2'],
  ['deletePassword', 'mlc', 'planted'],
  ['findPassword', 'mlc'],
  ['findCredentials', 'mlc'],
]

describe.skipIf(mustSkipKeyring)('a real Secret Service', () => {
  test("keytar's five functions keep, find, replace and delete", async () => {
    const env = await openKeyring('unlocked')
    const long = `${'ü'.repeat(2_000)} "quoted" $(id) \n end`
    const found = await outcomes(
      env,
      ['getPassword', 'mlc', 'a'],
      ['setPassword', 'mlc', 'a', 'first'],
      ['setPassword', 'mlc', 'a', long],
      ['setPassword', 'another', 'b', 'other'],
      ['getPassword', 'mlc', 'a'],
      ['findPassword', 'mlc'],
      ['findCredentials', 'mlc'],
      ['deletePassword', 'mlc', 'a'],
      ['deletePassword', 'mlc', 'a'],
      ['findPassword', 'mlc'],
      ['findCredentials', 'mlc'],
    )
    const held = [{ account: 'a', password: long }]
    expect(found.map(({ value }) => value)).toEqual([null, null, null, null, long, long, held, true, false, null, []])
  })

  test('what secret-tool stores is found, and what is stored secret-tool finds', async () => {
    const env = await openKeyring('unlocked')
    await secretTool(env, ['store', '--label=mlc', 'service', 'mlc', 'username', 'looker:https://a'], 'by an admin')
    const [found] = await outcomes(
      env,
      ['getPassword', 'mlc', 'looker:https://a'],
      ['setPassword', 'mlc', 'b', 'by mlc'],
    )
    expect(found?.value).toBe('by an admin')
    expect(await secretTool(env, ['lookup', 'service', 'mlc', 'username', 'b'])).toEqual({ code: 0, text: 'by mlc' })
  })

  test('locked: never taken for empty', async () => {
    const env = await openKeyring('locked')
    // On a busy machine the daemon may not even come to say that it is locked.
    for (const { code, message } of await outcomes(env, ...EVERY_CALL)) {
      expect(code).toBe('MLC-S011')
      expect(message).toMatch(/^the OS keychain (is locked, and nobody unlocked it|gave no answer)/)
    }
  })

  test('never made: nothing is in it, and saving says that there is none', async () => {
    const [get, set] = await outcomes(await openKeyring('absent'), ...EVERY_CALL.slice(0, 2))
    expect(get?.value).toBe(null)
    expect(set).toMatchObject({ code: 'MLC-S010', message: expect.stringContaining('has no keyring yet') as string })
  })

  test('a bus on which nobody provides it', async () => {
    for (const { code, message } of await outcomes(await openKeyring('none'), ...EVERY_CALL))
      expect([code, message]).toEqual(['MLC-S010', 'no OS keychain here (no Secret Service on D-Bus)'])
  })

  test('a bus whose policy denies it: never taken for a locked one', async () => {
    for (const { code, message, fix } of await outcomes(await openKeyring('denied'), ...EVERY_CALL)) {
      expect([code, message]).toEqual(['MLC-S011', 'the OS keychain denies access to mlc'])
      expect(fix).toMatch(/^Allow it: .*policy of D-Bus/)
    }
  })
})

describe.skipIf(process.platform !== 'linux')('without a Secret Service nothing is kept anywhere else', () => {
  const cases: readonly [what: string, env: Readonly<Record<string, string>>][] = [
    ['no bus at all', {}],
    ['the address of a bus that has gone', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' }],
    ['an address that is none', { DBUS_SESSION_BUS_ADDRESS: 'hunter2' }],
  ]
  test.each(cases)('%s', async (_what, env) => {
    const found = await outcomes(env, ...EVERY_CALL)
    for (const { code } of found) expect(code).toBe('MLC-S010')
    // The kernel keyring is where the library would go otherwise; a reboot empties it.
    if (existsSync('/proc/keys')) expect(readFileSync('/proc/keys', 'utf8')).not.toContain('planted')
  })

  test('a bus that accepts and says nothing: asked once, decided without it, the process that asked is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlc-bus-'))
    const socket = join(folder, 'bus')
    let asked = 0
    const server = createServer(() => void asked++)
    await new Promise<void>((resolve) => server.listen(socket, resolve))
    onTestFinished(() => {
      server.close()
      rmSync(folder, { recursive: true })
    })
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` }
    for (const outcome of await outcomes(env, ...EVERY_CALL))
      expect(outcome).toMatchObject({ code: 'MLC-S011', message: expect.stringContaining('gave no answer') as string })
    expect(asked).toBe(1)
    await expect.poll(() => processesWith(socket), { timeout: 5_000 }).toEqual([])
  })
})

/** Processes whose environment holds the text. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text)
    } catch {
      return false
    }
  })
}
