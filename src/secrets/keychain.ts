import { randomUUID } from 'node:crypto'
import { MlcError } from '../errors.js'
import { askChild } from './keychain-ask.js'
import { SERVICE, type SecretStore } from './store.js'
import type { Environment } from './environment.js'

/** keytar's five functions, over a library that installs without a compiler and does not crash on a locked keyring. */
export interface Keychain {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  /** False when there was none. */
  deletePassword(service: string, account: string): Promise<boolean>
  /** The first of the service. */
  findPassword(service: string): Promise<string | null>
  findCredentials(service: string): Promise<readonly Credential[]>
}

export interface Credential {
  readonly account: string
  readonly password: string
}

export interface KeychainOptions {
  readonly env: Environment
  /** How long a call may take before the keychain counts as one that does not answer. */
  readonly timeoutMs?: number
}

/** The contract says 3 seconds to decide; the rest is for the start of the process that asks. */
const DECISION_MS = 2_500

/**
 * The OS keychain: Keychain on macOS, Credential Manager on Windows, the Secret Service on Linux and never the kernel keyring.
 * Each call throws MLC-S010 where there is no keychain, MLC-S011 where it is locked or does not answer.
 */
export function createKeychain({ env, timeoutMs = DECISION_MS }: KeychainOptions): Keychain {
  const none = { account: '', password: '' }
  // One that hangs does so for the next question, too.
  let silence: MlcError | null = null
  const ask = async (question: Parameters<typeof askChild>[0]) => {
    if (silence) throw silence
    const reply = await askChild(question, env, timeoutMs)
    if (!('fault' in reply)) return reply.value
    const error = explain(reply.fault, timeoutMs)
    if (reply.fault === SILENT) silence = error
    throw error
  }
  const findCredentials = async (service: string) => {
    const found = await ask({ call: 'find', service, ...none })
    return Array.isArray(found) ? (found as readonly Credential[]) : []
  }
  return {
    async getPassword(service, account) {
      const password = await ask({ ...none, call: 'get', service, account })
      return typeof password === 'string' ? password : null
    },
    async setPassword(service, account, password) {
      await ask({ call: 'set', service, account, password })
    },
    async deletePassword(service, account) {
      return (await ask({ ...none, call: 'delete', service, account })) === true
    },
    async findPassword(service) {
      return (await findCredentials(service))[0]?.password ?? null
    },
    findCredentials,
  }
}

/** The OS keychain as a store of credentials. */
export function createKeychainStore(keychain: Keychain): SecretStore {
  return {
    name: 'keychain',
    get: (account) => keychain.getPassword(SERVICE, account),
    set: (account, value) => keychain.setPassword(SERVICE, account, value),
    delete: (account) => keychain.deletePassword(SERVICE, account),
    // A keyring that is locked, or was never made, shows only when something is put into it.
    check: async () => {
      const account = `trial:${randomUUID()}`
      await keychain.setPassword(SERVICE, account, 'trial')
      await keychain.deletePassword(SERVICE, account)
    },
  }
}

/** As askChild tells that nothing came. */
const SILENT = 'timeout'

/** What a fault of the library means, in words that a person can act on. Seen with gnome-keyring 42 and libdbus. */
function explain(fault: string, timeoutMs: number): MlcError {
  const found = MEANINGS.find(([pattern]) => pattern.test(fault))
  if (found === undefined) return new MlcError('MLC-S011', `the OS keychain fails: ${oneLine(fault)}`)
  const [, code, words, fix] = found
  return new MlcError(code, words.replace('{seconds}', String(timeoutMs / 1000)), fix === undefined ? {} : { fix })
}

const MEANINGS: readonly (readonly [RegExp, 'MLC-S010' | 'MLC-S011', words: string, fix?: string])[] = [
  [
    /^timeout$/,
    'MLC-S011',
    'the OS keychain gave no answer within {seconds} s: D-Bus hangs, or it waits for somebody to unlock it',
  ],
  [/dismissed|locked/i, 'MLC-S011', 'the OS keychain is locked, and nobody unlocked it'],
  [
    /denied|not allowed|interaction|rejected send/i,
    'MLC-S011',
    'the OS keychain denies access to mlc',
    'Allow it: the keychain itself, or the policy of D-Bus, sandbox or container; or set MLC_STORE=vault or MLC_STORE=none.',
  ],
  [/\.service files|ServiceUnknown/i, 'MLC-S010', 'no OS keychain here (no Secret Service on D-Bus)'],
  [/no result found/i, 'MLC-S010', 'no OS keychain here (the Secret Service has no keyring yet)'],
  [
    /autolaunch|connect to (?:socket|address)|DBUS_SESSION_BUS_ADDRESS|session bus|dbus session|address (?:does|type)/i,
    'MLC-S010',
    'no OS keychain here (no D-Bus session)',
  ],
  [
    /native binding|Cannot find (?:module|package)|ERR_DLOPEN/i,
    'MLC-S010',
    'no OS keychain here (@napi-rs/keyring was installed without its binary for this platform)',
  ],
]

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300)
}
