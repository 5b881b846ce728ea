import { quotableAddress } from '../model/address.js'
import type { Path } from './document.js'
import type { LoadedConfig, Origin } from './load.js'
import { fieldName, isSecretName } from './problems.js'

/** One value that mlc.yaml comes to, and where it came from. */
export interface Setting {
  readonly path: readonly string[]
  /** `qad.http.retries`, `jobs.plant-gl.overrides[0].account`. */
  readonly name: string
  /** A list of plain values is one value. Null also where `isHidden`. */
  readonly value: SettingValue
  /** The value may be a secret, so it is not here. */
  readonly isHidden: boolean
  /** What of a hidden value is no secret: the program of a command, an address without its query; null: nothing. */
  readonly part: string | null
  readonly origin: Origin
}

type Plain = string | number | boolean | null
export type SettingValue = Plain | readonly SettingValue[] | Readonly<Record<string, never>>

/** Every setting in the order of the schema, defaults included. Nothing that may be a secret is among the values. */
export function effectiveSettings(loaded: LoadedConfig): readonly Setting[] {
  return leavesOf(loaded.config, []).map(({ path, value }) => {
    const origin = originOf(path, value, loaded)
    const isHidden = mayBeSecret(path, value, origin)
    return {
      path: path.map(String),
      name: fieldName(path),
      value: isHidden ? null : value,
      isHidden,
      part: isHidden ? partOf(path, value, origin) : null,
      origin,
    }
  })
}

interface Leaf {
  readonly path: Path
  readonly value: SettingValue
}

function leavesOf(value: unknown, path: Path): readonly Leaf[] {
  if (Array.isArray(value)) {
    const isList = value.every((one) => !isMapping(one))
    return isList
      ? [{ path, value: value as SettingValue[] }]
      : value.flatMap((one: unknown, index) => leavesOf(one, [...path, index]))
  }
  if (!isMapping(value)) return [{ path, value: value as Plain }]
  const entries = Object.entries(value)
  return entries.length === 0 ? [{ path, value: {} }] : entries.flatMap(([key, one]) => leavesOf(one, [...path, key]))
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list is from the environment as soon as one of its values is. */
function originOf(path: Path, value: SettingValue, loaded: LoadedConfig): Origin {
  const own = loaded.origin(path)
  if (!Array.isArray(value) || own.from !== 'file') return own
  const variables = value.flatMap((one: SettingValue, index) => {
    const inner = originOf([...path, index], one, loaded)
    return inner.from === 'environment' ? inner.variables : []
  })
  return variables.length === 0 ? own : { from: 'environment', line: own.line, variables }
}

/** Texts of the site's own naming that go out with a request: what the environment puts there is a secret more often than not. */
const FREE_TEXTS = [
  ['qad', 'http', 'extraHeaders'],
  ['qad', 'write', 'constants'],
]

/** Wider than for keys of the file: hiding one value too many harms nobody. */
const SECRET_VARIABLE = /key|pwd|pass|auth|cred/i

function mayBeSecret(path: Path, value: SettingValue, origin: Origin): boolean {
  if (origin.from === 'default') return false
  if (holdsSecrets(path, value)) return true
  if (isSecretName(String(path.at(-1)))) return true
  if (origin.from === 'file') return false
  return (
    origin.variables.some((name) => isSecretName(name) || SECRET_VARIABLE.test(name)) ||
    FREE_TEXTS.some((free) => free.every((part, at) => path[at] === part))
  )
}

/** What the environment puts there may be a secret as a whole. */
function partOf(path: Path, value: SettingValue, { from }: Origin): string | null {
  if (from !== 'file' || !holdsSecrets(path, value)) return null
  const [program = null] = Array.isArray(value) ? (value as readonly SettingValue[]) : [value]
  return typeof program !== 'string' ? null : Array.isArray(value) ? `${program} …` : quotableAddress(program)
}

/** Words behind a command, and what stands behind the `?` of an address, are where a token is given. */
function holdsSecrets(path: Path, value: SettingValue): boolean {
  if (path[0] === 'credentialCommand') return Array.isArray(value) && value.length > 1
  return fieldName(path) === 'qad.swagger' && typeof value === 'string' && quotableAddress(value) !== value
}
