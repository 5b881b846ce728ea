import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BARE, entryOf, logins, PULL, secretsOf, silent, stateOf, SYNC } from '../support/credentials.js'
import { mustSkipKeyring, openKeyring, secretTool } from '../support/keyring.js'
import type { Ran } from '../support/process.js'
import type { ErrorJson } from '../support/shapes.js'
import { world } from '../support/world.js'

describe.skipIf(mustSkipKeyring)('with the OS keychain', () => {
  test('login tries, saves, reads back and names the store; a run then needs nothing else; logout ends it all', async () => {
    const w = await world()
    const keyring = await openKeyring('unlocked')
    const looker = await w.run(['login', 'looker', '--no-input'], { env: keyring })
    expect(looker).toMatchObject({ code: 0, stdout: '' })
    expect(looker.stderr).toMatch(/logging in +ok {2}as svc-mlc \(demo\)/)
    expect(looker.stderr).toMatch(/may run queries on models +finance, payables, procurement/)
    expect(looker.stderr).toMatch(/may download without limit +yes/)
    expect(looker.stderr).toContain(`+ saved to the OS keychain as mlc / ${entryOf(w, 'looker')}, read back: ok`)
    const qad = await w.run(['login', 'qad', '--no-input'], { env: keyring })
    expect(qad.stderr).toMatch(/logging in \(oauth_password\) +ok {2}user demo\.mlc, domain 10USA, entity 10USACO/)
    expect(qad.stderr).toMatch(/reading GL accounts +ok {2}14/)
    expect(qad.stderr).toContain(`+ saved to the OS keychain as mlc / ${entryOf(w, 'qad')}, read back: ok`)
    for (const ran of [looker, qad]) silent(w, ran)

    const env = { ...BARE, ...keyring }
    const before = logins(w)
    const sync = await w.run(SYNC, { env })
    expect(sync.code).toBe(0)
    expect(w.qad.books.length).toBeGreaterThan(0)
    expect((await w.run(PULL, { env })).code).toBe(0)
    expect(logins(w) - before, 'one login serves both runs').toBe(1)

    const out = await w.run(['logout', '--all'], { env })
    expect(out.stderr).toContain('session at Looker: ended')
    expect(out.stderr).toContain(`removed from the OS keychain: mlc / ${entryOf(w, 'qad')}`)
    expect(w.looker.requests.at(-1)).toMatchObject({ method: 'DELETE' })
    expect((await secretTool(keyring, ['search', '--all', 'service', 'mlc'])).text).toBe('')
    const error = (await w.run(PULL, { env })).json<ErrorJson>()
    expect(error).toMatchObject({ code: 'MLC-S001', exit_code: 4 })
    expect(error.fix).toContain('mlc login looker')
    expect((await w.run(['logout', 'looker'], { env })).code, 'a missing one is no error').toBe(0)
    for (const secret of secretsOf(w)) expect(stateOf(w)).not.toContain(secret)
  })

  test('what an administrator put there with secret-tool is used', async () => {
    const w = await world()
    const keyring = await openKeyring('unlocked')
    const { MLC_LOOKER_CLIENT_ID: clientId, MLC_LOOKER_CLIENT_SECRET: clientSecret } = w.env
    const entry = ['service', 'mlc', 'username', entryOf(w, 'looker')]
    await secretTool(keyring, ['store', '--label=mlc', ...entry], JSON.stringify({ clientId, clientSecret }))
    expect((await w.run(PULL, { env: { ...BARE, ...keyring } })).code).toBe(0)
    await secretTool(keyring, ['store', '--label=mlc', ...entry], 'hunter2')
    await secretTool(keyring, ['clear', 'service', 'mlc', 'username', `looker-token:${w.servers.looker.url}`])
    expect((await w.run(PULL, { env: { ...BARE, ...keyring } })).json()).toMatchObject({
      code: 'MLC-S005',
      exit_code: 4,
    })
  })

  test('locked: nothing is saved anywhere, and the way out is named', async () => {
    const w = await world()
    const ran = await w.run(['login', 'looker', '--no-input', '--json'], { env: await openKeyring('locked') })
    expect(ran.json()).toMatchObject({ code: 'MLC-S011', exit_code: 4 })
    expect(ran.json<ErrorJson>().fix).toMatch(/^Choose one: unlock it .*MLC_STORE=vault .*MLC_STORE=none/)
    expect(logins(w)).toBe(0)
  })

  test('no secret is ever on a command line or in the environment of a process that mlc starts', async () => {
    const w = await world()
    const files = { MLC_LOOKER_CLIENT_SECRET: undefined, MLC_LOOKER_CLIENT_SECRET_FILE: join(w.folder, 'secret') }
    writeFileSync(files.MLC_LOOKER_CLIENT_SECRET_FILE, secretsOf(w)[0] ?? '', { mode: 0o600 })
    const running = w.start(['login', 'looker', '--no-input'], {
      env: { ...files, ...(await openKeyring('unlocked')) },
    })
    const seen = new Set<string>()
    let ran: Ran | null = null
    void running.ended.then((ended) => (ran = ended))
    while (ran === null) {
      for (const text of processTexts(running.pid)) seen.add(text)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const texts = [...seen].join('\n')
    expect(texts).toContain('keychain-child.js')
    expect(texts).not.toContain(secretsOf(w)[0])
    expect(await running.ended).toMatchObject({ code: 0 })
  })
})

test.skipIf(process.platform !== 'linux')(
  'a D-Bus that hangs holds nothing up for longer than one decision',
  async () => {
    const w = await world()
    const socket = join(w.folder, 'bus')
    let asked = 0
    const server = createServer(() => void asked++)
    await new Promise<void>((resolve) => server.listen(socket, resolve))
    onTestFinished(() => void server.close())
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` }
    const error = (await w.run(['login', 'looker', '--no-input', '--json'], { env })).json<ErrorJson>()
    expect(error).toMatchObject({ code: 'MLC-S011', exit_code: 4 })
    // How long it waited is its own word, and that it waited once the bus's: neither depends on how busy the machine is.
    expect(error.message).toContain('gave no answer within 2.5 s')
    expect(asked).toBeLessThanOrEqual(1)
    const before = asked
    expect((await w.run(PULL, { env })).code, 'variables need no keychain').toBe(0)
    expect(asked - before).toBeLessThanOrEqual(1)
  },
)

/** Command line of the process, and command lines and environments of those it started. */
function processTexts(pid: number): string[] {
  const children = readOr(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)
  return [
    readOr(`/proc/${pid}/cmdline`),
    ...children.flatMap((child) => [readOr(`/proc/${child}/cmdline`), readOr(`/proc/${child}/environ`)]),
  ]
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
