import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { LoadedConfig } from '../config/load.js'
import { stateFolder, writeFileDurably } from '../config/state.js'
import type { Host } from '../context.js'
import { MlcError } from '../errors.js'
import { readBounded } from '../files.js'
import type { KeptToken, TokenKeeper } from '../looker/session.js'
import type { Clock } from '../model/clock.js'
import { runCredentialCommand } from '../secrets/command.js'
import {
  createCredentials,
  NAME_VARIABLES,
  SECRET_VARIABLES,
  type AuthType,
  type CredentialSource,
  type LookerCredentials,
  type QadCredentials,
} from '../secrets/credentials.js'
import { findVariable, type ReadFile } from '../secrets/environment.js'
import { createKeychain, createKeychainStore } from '../secrets/keychain.js'
import { redactor } from '../secrets/redactor.js'
import { accountOf, type SecretStore } from '../secrets/store.js'
import { createVault } from '../secrets/vault.js'
import { redactors } from './redaction.js'
import { stateFolderOf } from './state.js'

/** Credentials and the store that MLC_STORE names, as one command uses them. What was read is taken out of all that is shown. */
export interface Secrets extends Pick<CredentialSource, 'given'> {
  readonly choice: SecretStore['name'] | 'none'
  /** @throws MLC-S001 … as CredentialSource */
  looker(): Promise<LookerCredentials>
  /** @throws as looker */
  qad(authType: AuthType): Promise<QadCredentials>
  /** Null with MLC_STORE=none. */
  readonly store: SecretStore | null
  /** Keeps Looker's tokens, where the key itself comes from a store or the vault is named. */
  readonly tokens: TokenKeeper
}

interface SecretsNeeds {
  readonly host: Host
  readonly config: LoadedConfig
  readonly clock: Clock
  readonly deadline: AbortSignal | null
}

/** @throws MLC-S004 */
export function createSecrets({ host, config: { config, folder }, clock, deadline }: SecretsNeeds): Secrets {
  const { env } = host
  const choice = storeChoice(env['MLC_STORE'])
  const readFile = rememberingPipes(deadline ? AbortSignal.any([host.stop, deadline]) : host.stop)
  const store = choice === 'none' ? null : choice === 'vault' ? vaultOf(host, clock, readFile) : keychainOf(host)
  const baseUrl = { looker: config.looker?.baseUrl ?? '', qad: config.qad?.baseUrl ?? '' }
  const { credentialCommand: command } = config
  const source = createCredentials({
    ...{ env, baseUrl, store, readFile },
    command: command && (() => runCredentialCommand(command, { env, folder })),
  })
  const hide = (secrets: readonly (string | null)[], shownAnyway: readonly (string | null)[]) =>
    void redactors.push(redactor(secrets.filter(isText), shownAnyway.filter(isText)))
  // Also those that this way to log in has no use for: a server may know them all the same.
  hide(valuesOf(SECRET_VARIABLES, env), valuesOf(NAME_VARIABLES, env))
  let isFromStore = false
  return {
    ...{ choice, store },
    given: (system, needed) => source.given(system, needed),
    async looker() {
      const found = await source.looker()
      hide([found.clientSecret], [found.clientId])
      isFromStore = found.from === 'keychain' || found.from === 'vault'
      return found
    },
    async qad(authType) {
      const found = await source.qad(authType)
      hide([found.password, found.clientSecret, basicOf(found)], [found.username, found.clientId])
      return found
    },
    tokens: tokenKeeper(accountOf('looker-token', baseUrl.looker), () =>
      // A host that gives the key by variables is not made to wait for a keychain; a vault is only a file.
      isFromStore || choice === 'vault' ? store : null,
    ),
  }
}

function valuesOf(names: readonly string[], env: Host['env']): (string | null)[] {
  return names.map((name) => env[name] ?? null)
}

function isText(value: string | null): value is string {
  return value !== null
}

/** What a Basic header says, of which a short password is too small a part to be found. */
function basicOf({ username, password }: QadCredentials): string | null {
  return username === null || password === null ? null : Buffer.from(`${username}:${password}`).toString('base64')
}

/** What came out of a pipe does so once, while the doctor looks twice and a session that ended asks again; a plain file is read anew. */
function rememberingPipes(signal: AbortSignal): ReadFile {
  const piped = new Map<string, Promise<Uint8Array>>()
  return async (path, maxBytes) => {
    const read = () => readBounded(path, { maxBytes, pipes: true, signal })
    const isPipe = await stat(path).then(
      (found) => found.isFIFO(),
      () => false,
    )
    if (!isPipe) return read()
    const bytes = piped.get(path) ?? read()
    piped.set(path, bytes)
    return bytes
  }
}

/** What stands under MLC_STORE; nothing means the keychain. @throws MLC-S004 */
function storeChoice(value: string | undefined): Secrets['choice'] {
  if (value === undefined || value === '') return 'keychain'
  if (value === 'keychain' || value === 'vault' || value === 'none') return value
  throw new MlcError('MLC-S004', `MLC_STORE is ${JSON.stringify(value)}`)
}

function keychainOf({ env }: Host): SecretStore {
  return createKeychainStore(createKeychain({ env }))
}

export function vaultPath({ env, cwd, platform }: Host): string {
  return join(resolve(cwd, stateFolder(env, platform, homedir())), 'vault.json')
}

function vaultOf(host: Host, clock: Clock, readFile: ReadFile): SecretStore {
  const path = vaultPath(host)
  return createVault(path, {
    write: writeFileDurably,
    alone: async (change) => {
      await stateFolderOf(host)
      const { acquireLock } = await import('../audit/lock.js')
      const lock = await acquireLock(`${path}.lock`, { clock, timeoutMs: SAVING_MS, who: 'a change of the vault' })
      return change().finally(() => lock.release())
    },
    passphrase: async () => {
      const found = await findVariable(['MLC_VAULT_KEY'], host.env, readFile)
      if (found.value === null) throw new MlcError('MLC-S020', `no passphrase for ${path}`)
      redactors.push(redactor([found.value]))
      return found.value
    },
  })
}

/** A save takes half a second, most of it for scrypt. */
const SAVING_MS = 10_000

/** A store that fails costs a login, never the run. */
function tokenKeeper(account: string, storeInUse: () => SecretStore | null): TokenKeeper {
  return {
    async load(clientId) {
      const text = await storeInUse()
        ?.get(account)
        .catch(() => null)
      return text ? readToken(text, clientId) : null
    },
    async save(clientId, token) {
      const store = storeInUse()
      if (store === null) return false
      const saving = token
        ? store.set(account, JSON.stringify({ token: token.token, expiresAt: isoOf(token), clientId }))
        : store.delete(account)
      return saving.then(() => token !== null).catch(() => false)
    },
  }
}

function isoOf({ expiresAtMs }: KeptToken): string {
  return new Date(expiresAtMs).toISOString()
}

/** A token of another key opens what that key may see: it is not taken. */
export function readToken(text: string, clientId: string | null): KeptToken | null {
  try {
    const kept = JSON.parse(text) as Readonly<Record<string, unknown>>
    const { token, expiresAt } = kept
    const expiresAtMs = Date.parse(String(expiresAt))
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || Number.isNaN(expiresAtMs)) return null
    redactors.push(redactor([token]))
    return clientId === null || kept['clientId'] === clientId ? { token, expiresAtMs } : null
  } catch {
    return null
  }
}
