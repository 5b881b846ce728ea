import { ANSWER_VARIABLES } from './answers.js'
import { nearest } from '../model/nearest.js'
import { isSecretName } from './problems.js'

/** A variable of the environment that mlc looks at, or seems meant for it. */
export interface Variable {
  readonly name: string
  /** Null: it is set, and its value is not for showing. */
  readonly value: string | null
  /** What is odd about it: mlc does not read a variable of that name. */
  readonly remark: string | null
}

/** The variables that are set, among those that mlc reads, and those whose name begins as if they were. */
export function variablesSet(env: Readonly<Record<string, string | undefined>>): readonly Variable[] {
  const set = (name: string) => (env[name] ?? '') !== ''
  const known = KNOWN.filter(set).map((name) => ({ name, value: shownValue(name, env[name]), remark: null }))
  const strange = Object.keys(env)
    .filter((name) => name.startsWith('MLC_') && !KNOWN.includes(name) && set(name))
    .sort()
    .map((name) => ({ name, value: null, remark: remarkOn(name) }))
  return [...known, ...strange]
}

/** True for a variable of mlc whose value is a secret. */
export function isCredentialVariable(name: string): boolean {
  return CREDENTIALS.includes(name) && !name.endsWith('_FILE') && SECRET_VARIABLE.test(name)
}

const SECRET_VARIABLE = /(SECRET|PASSWORD|TOKEN|KEY)$/

const SETTINGS = ['MLC_CONFIG', 'MLC_STATE_DIR', 'MLC_NO_INPUT', 'MLC_STORE', ...Object.values(ANSWER_VARIABLES).flat()]
const CREDENTIALS = [
  'MLC_LOOKER_CLIENT_ID',
  'MLC_LOOKER_CLIENT_SECRET',
  'LOOKERSDK_CLIENT_ID',
  'LOOKERSDK_CLIENT_SECRET',
  'MLC_QAD_CLIENT_ID',
  'MLC_QAD_CLIENT_SECRET',
  'MLC_QAD_USERNAME',
  'MLC_QAD_PASSWORD',
  'MLC_INGEST_SECRET',
  'MLC_LOOKER_WEBHOOK_TOKEN',
  'MLC_VAULT_KEY',
  'MLC_AUDIT_KEY',
].flatMap((name) => [name, `${name}_FILE`])
/** A proxy's address often holds a password. */
const SURROUNDINGS = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy']
const FOLDERS = ['XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'NODE_EXTRA_CA_CERTS']

const KNOWN: readonly string[] = [...SETTINGS, ...CREDENTIALS, ...FOLDERS, ...SURROUNDINGS]
const SHOWN: ReadonlySet<string> = new Set([...SETTINGS, ...FOLDERS])

/** An address with an `@` or a `?` may hold a password: mlc refuses it, but it is there. */
function shownValue(name: string, value = ''): string | null {
  if (!SHOWN.has(name) || isSecretName(name)) return null
  return /[@?]|%40/i.test(value) ? null : value
}

function remarkOn(name: string): string {
  const meant = nearest(name, KNOWN)
  return `mlc reads no variable of this name${meant === null ? '' : `; did you mean ${meant}?`}`
}
