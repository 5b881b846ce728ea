import { describe, expect, test } from 'vitest'
import type { CommandOutput } from '../../src/secrets/command.js'
import { createCredentials, type CredentialSource } from '../../src/secrets/credentials.js'
import { MlcError } from '../../src/errors.js'
import type { SecretStore } from '../../src/secrets/store.js'

const URLS = { looker: 'https://acme.cloud.looker.com', qad: 'https://acme.qad.com/clouderp' }
const ENTRY = `looker:${URLS.looker}`

/** A store in memory that counts how often it is asked. */
function storeWith(entries: Readonly<Record<string, string>>, fault: MlcError | null = null) {
  const held = new Map(Object.entries(entries))
  const asked: string[] = []
  const store: SecretStore = {
    name: 'keychain',
    check: async () => undefined,
    get: async (account) => {
      asked.push(account)
      if (fault) throw fault
      return held.get(account) ?? null
    },
    set: async (account, value) => void held.set(account, value),
    delete: async (account) => held.delete(account),
  }
  return { store, asked }
}

interface Place {
  readonly env?: Readonly<Record<string, string>>
  readonly command?: CommandOutput
  readonly entries?: Readonly<Record<string, string>>
  readonly fault?: MlcError
  readonly store?: null
}

function source({ env = {}, command, entries = {}, fault, store }: Place): CredentialSource & { asked: string[] } {
  const kept = storeWith(entries, fault)
  const made = createCredentials({
    ...{ env, baseUrl: URLS, command: command ? async () => command : null },
    store: store === null ? null : kept.store,
  })
  return { ...made, asked: kept.asked }
}

const KEY = { clientId: 'id', clientSecret: 'kept-secret' }
const ENV = { MLC_LOOKER_CLIENT_ID: 'id', MLC_LOOKER_CLIENT_SECRET: 'env-secret' }
const COMMAND = { looker: { clientId: 'id', clientSecret: 'command-secret' } }
const KEPT = { [ENTRY]: JSON.stringify(KEY) }

describe('the first place that has a credential gives it, and the place is named', () => {
  const cases: readonly [what: string, place: Place, secret: string, origin: string, from: string][] = [
    [
      'a variable before all',
      { env: ENV, command: COMMAND, entries: KEPT },
      'env-secret',
      'MLC_LOOKER_CLIENT_SECRET',
      'variable',
    ],
    [
      'the command before the store',
      { command: COMMAND, entries: KEPT },
      'command-secret',
      'credentialCommand',
      'command',
    ],
    ['the store last', { entries: KEPT }, 'kept-secret', 'the OS keychain', 'keychain'],
    [
      'a command that has only QAD',
      { command: { qad: { username: 'u' } }, entries: KEPT },
      'kept-secret',
      'the OS keychain',
      'keychain',
    ],
    [
      'the id by variable, the secret by command',
      { env: { MLC_LOOKER_CLIENT_ID: 'id' }, command: { looker: { clientSecret: 'c' } } },
      'c',
      'credentialCommand',
      'command',
    ],
    [
      'the same id by variable, the secret in the store',
      { env: { MLC_LOOKER_CLIENT_ID: 'id' }, entries: KEPT },
      'kept-secret',
      'the OS keychain',
      'keychain',
    ],
  ]
  test.each(cases)('%s', async (_what, place, clientSecret, origin, from) => {
    expect(await source(place).looker()).toEqual({ clientId: 'id', clientSecret, origin, from })
  })

  test('the store is not asked when variables give all, so that cron works where there is no keychain', async () => {
    const broken = source({ env: ENV, fault: new MlcError('MLC-S011', 'hangs') })
    expect((await broken.looker()).clientSecret).toBe('env-secret')
    expect(broken.asked).toEqual([])
  })
})

describe('what cannot be used is said, and nothing is mixed', () => {
  const cases: readonly [what: string, place: Place, code: string, words: readonly string[]][] = [
    [
      'nothing anywhere',
      {},
      'MLC-S001',
      [
        'neither MLC_LOOKER_CLIENT_ID_FILE nor MLC_LOOKER_CLIENT_ID',
        `the OS keychain holds nothing under mlc / ${ENTRY}`,
      ],
    ],
    ['MLC_STORE=none', { store: null }, 'MLC-S001', ['MLC_STORE=none']],
    [
      'a command that prints only a part of it',
      { command: { looker: { clientSecret: 'hunter2' } } },
      'MLC-S001',
      ['credentialCommand gives no looker.clientId'],
    ],
    [
      'no keychain on this host',
      { fault: new MlcError('MLC-S010', 'no OS keychain here (no D-Bus session)') },
      'MLC-S001',
      ['no OS keychain here'],
    ],
    ['a locked keychain', { fault: new MlcError('MLC-S011', 'locked') }, 'MLC-S011', ['locked']],
    ['an entry that is no JSON', { entries: { [ENTRY]: 'hunter2' } }, 'MLC-S005', [`mlc / ${ENTRY}`]],
    [
      'an entry with a number',
      { entries: { [ENTRY]: '{"clientId":"id","clientSecret":12}' } },
      'MLC-S005',
      ['looker.clientSecret'],
    ],
    [
      'an entry with a line break',
      { entries: { [ENTRY]: '{"clientId":"id","clientSecret":"hunter2\\n"}' } },
      'MLC-S005',
      ['looker.clientSecret'],
    ],
    [
      'a command that prints a line break',
      { command: { looker: { clientId: 'id', clientSecret: 'hunter2\r\n' } } },
      'MLC-S003',
      ['looker.clientSecret'],
    ],
    [
      'an entry without the secret',
      { entries: { [ENTRY]: '{"clientId":"id"}' } },
      'MLC-S001',
      ['MLC_LOOKER_CLIENT_SECRET'],
    ],
    [
      'the secret of another id in the store',
      { env: { MLC_LOOKER_CLIENT_ID: 'other' }, entries: KEPT },
      'MLC-S001',
      ['MLC_LOOKER_CLIENT_ID and the OS keychain hold different values of clientId'],
    ],
    [
      'a secret by variable, another with the id in the store',
      { env: { MLC_LOOKER_CLIENT_SECRET: 'other' }, entries: KEPT },
      'MLC-S001',
      ['different values of clientSecret'],
    ],
  ]
  test.each(cases)('%s', async (_what, place, code, words) => {
    const error = (await source(place)
      .looker()
      .catch((refused: unknown) => refused)) as MlcError
    expect(error).toMatchObject({ code, exitCode: 4 })
    for (const part of words) expect(error.message).toContain(part)
    expect(error.message + error.fix).not.toMatch(/hunter2|kept-secret/)
  })

  test('the way out names the login and the variables', async () => {
    await expect(source({}).looker()).rejects.toMatchObject({
      fix: expect.stringMatching(
        /^Run mlc login looker, or set MLC_LOOKER_CLIENT_ID, MLC_LOOKER_CLIENT_SECRET /,
      ) as string,
    })
    await expect(source({}).qad('session_form')).rejects.toMatchObject({
      fix: expect.stringMatching(/^Run mlc login qad, or set MLC_QAD_USERNAME, MLC_QAD_PASSWORD /) as string,
    })
  })

  const ways: readonly [what: string, place: Place, fix: RegExp][] = [
    ['no store: the variables only', { store: null }, /^Set MLC_LOOKER_CLIENT_ID(?!.*mlc login)/],
    [
      'no keychain: the variables, or the vault first',
      { fault: new MlcError('MLC-S010', 'no OS keychain here') },
      /^Set MLC_LOOKER_CLIENT_ID.*, or MLC_STORE=vault .*MLC_VAULT_KEY_FILE\) and then mlc login\.$/,
    ],
    [
      'a command: what it should print',
      { command: { qad: { a: 'b' } } },
      /^Let credentialCommand print looker\.clientId\./,
    ],
    ['an entry by hand: its shape', { entries: { [ENTRY]: '1' } }, /\{"clientId": "…", "clientSecret": "…"\}\.$/],
  ]
  test.each(ways)('a way out that leads somewhere, with %s', async (_what, place, fix) => {
    await expect(source(place).looker()).rejects.toMatchObject({ fix: expect.stringMatching(fix) as string })
  })

  test('a command that fails is told in the words of the system that asked', async () => {
    const command = async () => Promise.reject(new MlcError('MLC-S003', 'ended with exit code 3'))
    const one = createCredentials({ env: {}, baseUrl: URLS, store: null, command })
    for (const [asked, shape] of [
      [one.looker(), '{"looker": {"clientId": "…", "clientSecret": "…"}}'],
      [one.qad('basic'), '{"qad": {"clientId": "…", "username": "…", "password": "…"}}'],
    ] as const)
      await expect(asked).rejects.toMatchObject({ code: 'MLC-S003', fix: expect.stringContaining(shape) as string })
  })
})

test('the command runs once for both systems, and not at all when nothing is missing', async () => {
  let runs = 0
  const output = { ...COMMAND, qad: { username: 'u', password: 'p' } }
  const command = async () => {
    runs++
    return output
  }
  const one = createCredentials({ env: {}, baseUrl: URLS, store: null, command })
  await one.looker()
  expect(await one.qad('basic')).toMatchObject({ username: 'u', password: 'p', origin: 'credentialCommand' })
  expect(runs).toBe(1)
  await createCredentials({ env: ENV, baseUrl: URLS, store: null, command }).looker()
  expect(runs).toBe(1)
})
