import { MlcError } from '../errors.js'
import type { CommandOutput } from './command.js'
import { fill, missingFields, type Fields, type From, type Gathered } from './fields.js'
import { findVariable, isClean, type Environment, type ReadFile } from './environment.js'
import { accountOf, SERVICE, STORE_NAMES, type SecretStore, type System } from './store.js'

/**
 * Credentials from where they are: `NAME_FILE`, then `NAME`, then credentialCommand, then the store that MLC_STORE names.
 * Each is asked only for what those before it do not give, so a host without a keychain never asks for one.
 */
export interface CredentialSource {
  /** @throws MLC-S001 nothing has them, MLC-S002 a file is unfit, MLC-S003 the command fails, MLC-S005, MLC-S01x, MLC-S02x the store */
  looker(): Promise<LookerCredentials>
  /** @throws as looker */
  qad(authType: AuthType): Promise<QadCredentials>
  /** What variables and command give, without asking the store; for `mlc login`. @throws MLC-S002, MLC-S003 */
  given(system: System, needed: readonly string[]): Promise<Gathered>
}

export interface LookerCredentials {
  readonly clientId: string
  readonly clientSecret: string
  readonly origin: string
  readonly from: From
}

/** Null: not set, and not needed for this way to log in. */
export interface QadCredentials {
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly username: string | null
  readonly password: string | null
  readonly origin: string
  readonly from: From
}

export type AuthType = 'oauth_password' | 'oauth_client_credentials' | 'session_json' | 'session_form' | 'basic'

export interface CredentialOptions {
  readonly env: Environment
  /** Null: none is configured. Called at most once. */
  readonly command: (() => Promise<CommandOutput>) | null
  /** Null with MLC_STORE=none. */
  readonly store: SecretStore | null
  readonly baseUrl: Readonly<Record<System, string>>
  readonly readFile?: ReadFile
}

export function createCredentials(options: CredentialOptions): CredentialSource {
  let output: Promise<CommandOutput> | null = null
  const fromCommand = async (system: System): Promise<Fields> => {
    if (options.command === null) return {}
    const texts = (await (output ??= options.command()).catch(forSystem(system)))[system] ?? {}
    return fieldsOf(system, texts, 'credentialCommand', 'command', 'MLC-S003')
  }
  const given = async (system: System, needed: readonly string[]): Promise<Gathered> => {
    const environment = await fromEnvironment(system, options)
    if (missingFields(environment, needed).length === 0) return environment
    return fill(environment, await fromCommand(system))
  }
  const gather = async (system: System, needed: readonly string[]): Promise<Gathered> => {
    const before = await given(system, needed)
    if (missingFields(before, needed).length === 0) return before
    const kept = await fromStore(system, options)
    const found = fill(before, kept.fields)
    const [first] = missingFields(found, needed)
    if (first !== undefined) throw nothing(system, needed, first, found, kept, options)
    return found
  }
  return {
    looker: async () => lookerOf((await gather('looker', NEEDED_BY.looker)).fields),
    qad: async (authType) => qadOf(authType, (await gather('qad', NEEDED_BY[authType])).fields),
    given,
  }
}

function lookerOf({ clientId, clientSecret }: Fields): LookerCredentials {
  return {
    ...{ clientId: clientId?.value ?? '', clientSecret: clientSecret?.value ?? '' },
    ...originOf(clientSecret),
  }
}

function qadOf(authType: AuthType, { clientId, clientSecret, username, password }: Fields): QadCredentials {
  const isOauth = authType.startsWith('oauth')
  return {
    clientId: (isOauth && clientId?.value) || null,
    clientSecret: (isOauth && clientSecret?.value) || null,
    username: username?.value ?? null,
    password: password?.value ?? null,
    ...originOf(authType === 'oauth_client_credentials' ? clientSecret : password),
  }
}

/** What each way to log in cannot do without. */
export const NEEDED_BY: Readonly<Record<AuthType | 'looker', readonly string[]>> = {
  looker: ['clientId', 'clientSecret'],
  oauth_password: ['clientId', 'username', 'password'],
  oauth_client_credentials: ['clientId', 'clientSecret'],
  session_json: ['username', 'password'],
  session_form: ['username', 'password'],
  basic: ['username', 'password'],
}

/** Our names, and the variables that each is looked for in. */
const VARIABLES: Readonly<Record<System, readonly (readonly [name: string, ...variables: string[]])[]>> = {
  looker: [
    ['clientId', 'MLC_LOOKER_CLIENT_ID', 'LOOKERSDK_CLIENT_ID'],
    ['clientSecret', 'MLC_LOOKER_CLIENT_SECRET', 'LOOKERSDK_CLIENT_SECRET'],
  ],
  qad: [
    ['clientId', 'MLC_QAD_CLIENT_ID'],
    ['clientSecret', 'MLC_QAD_CLIENT_SECRET'],
    ['username', 'MLC_QAD_USERNAME'],
    ['password', 'MLC_QAD_PASSWORD'],
  ],
}

/** Variables that hold a secret themselves. */
export const SECRET_VARIABLES: readonly string[] = variablesOf('clientSecret', 'password')

/** Variables that hold what is shown. */
export const NAME_VARIABLES: readonly string[] = variablesOf('clientId', 'username')

function variablesOf(...names: readonly string[]): readonly string[] {
  const fields = Object.values(VARIABLES).flat()
  return fields.flatMap(([name, ...variables]) => (names.includes(name) ? variables : []))
}

async function fromEnvironment(system: System, { env, readFile }: CredentialOptions): Promise<Gathered> {
  const fields: Record<string, Fields[string]> = {}
  const empty: string[] = []
  for (const [name, ...variables] of VARIABLES[system]) {
    const found = await findVariable(variables, env, readFile)
    if (found.value === null) empty.push(...found.empty)
    else fields[name] = { ...found, from: found.origin.endsWith('_FILE') ? 'file' : 'variable' }
  }
  return { fields, empty }
}

interface Kept {
  readonly fields: Fields
  /** What the store says of itself, when it gives nothing. */
  readonly why: string
  /** False where there is no keychain at all: what is saved there would be saved nowhere. */
  readonly canSave: boolean
}

async function fromStore(system: System, { store, baseUrl }: CredentialOptions): Promise<Kept> {
  if (store === null) return { fields: {}, why: 'MLC_STORE=none', canSave: false }
  const account = accountOf(system, baseUrl[system])
  try {
    const name = STORE_NAMES[store.name]
    const text = await store.get(account)
    if (text === null) return { fields: {}, why: `${name} holds nothing under ${SERVICE} / ${account}`, canSave: true }
    const fields = fieldsOf(system, parseEntry(text, name, account, system), name, store.name, 'MLC-S005')
    return { fields, why: '', canSave: true }
  } catch (error) {
    // A host without a keychain has nothing in it; one that is locked may well have.
    if (error instanceof MlcError && error.code === 'MLC-S010')
      return { fields: {}, why: error.message, canSave: false }
    throw error
  }
}

function parseEntry(text: string, name: string, account: string, system: System): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Told below, without the text.
  }
  throw new MlcError('MLC-S005', `what ${name} holds under ${SERVICE} / ${account} is not the JSON of mlc login`, {
    fix: `Run mlc login ${system}; or store by hand, as the secret, ${shapeOf(system)}.`,
  })
}

/** Those of the texts that are ours to use. */
function fieldsOf(
  system: System,
  texts: Readonly<Record<string, unknown>>,
  origin: string,
  from: From,
  code: 'MLC-S003' | 'MLC-S005',
): Fields {
  const names = VARIABLES[system].map(([name]) => name).filter((name) => (texts[name] ?? '') !== '')
  return Object.fromEntries(
    names.map((name) => {
      const value = texts[name]
      if (typeof value === 'string' && isClean(value)) return [name, { value, origin, from }]
      throw new MlcError(code, `${origin}: ${system}.${name} is not a text on one line`)
    }),
  )
}

function originOf(secret: Fields[string] | undefined): { origin: string; from: From } {
  return { origin: secret?.origin ?? '', from: secret?.from ?? 'variable' }
}

function nothing(
  system: System,
  needed: readonly string[],
  first: string,
  { empty }: Gathered,
  { why, canSave }: Kept,
  { command, store }: CredentialOptions,
): MlcError {
  const names = VARIABLES[system].filter(([name]) => needed.includes(name)).map(([, variable = '']) => variable)
  const [, variable = ''] = VARIABLES[system].find(([name]) => name === first) ?? []
  const also = empty.length > 0 ? `; ${empty.join(' and ')} is there but empty` : ''
  const printed = command === null ? '' : `; credentialCommand gives no ${system}.${first}`
  const set = `et ${names.join(', ')} (or with _FILE the paths of files that hold them)`
  const fix = canSave
    ? `Run mlc login ${system}, or s${set}.`
    : store === null
      ? `S${set}.`
      : `S${set}, or ${VAULT_FIRST}.`
  const found = `neither ${variable}_FILE nor ${variable} holds a credential${also}${printed}`
  return new MlcError('MLC-S001', `${found}; ${why || `the store does not hold it either`}`, {
    fix: command === null ? fix : `Let credentialCommand print ${system}.${first}. Or: ${fix}`,
  })
}

/** Without a keychain a login would be tried and then not saved. */
const VAULT_FIRST = 'MLC_STORE=vault (encrypted file, passphrase from MLC_VAULT_KEY_FILE) and then mlc login'

/** What an entry of a system looks like, for messages. */
function shapeOf(system: System): string {
  const names = system === 'looker' ? NEEDED_BY.looker : NEEDED_BY.oauth_password
  return `{${names.map((name) => `"${name}": "…"`).join(', ')}}`
}

/** The command runs once for both systems; who asked is told what it should print. */
function forSystem(system: System): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof MlcError)) throw error
    throw new MlcError(error.code, error.message, {
      cause: error,
      fix: `Run the command by hand to see why (mlc shows nothing of what it prints); it must print JSON such as {"${system}": ${shapeOf(system)}}.`,
    })
  }
}
