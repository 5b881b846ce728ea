import { basename, dirname, isAbsolute, relative, resolve } from 'node:path'
import { MlcError } from '../errors.js'
import { readBounded, whyUnreadable } from '../files.js'
import { readDocument, type ConfigDocument, type Path } from './document.js'
import { describeIssues, fieldName, isSecretName, type ConfigProblem } from './problems.js'
import { FILTER_PLACEHOLDERS } from './placeholders.js'
import { configSchema, withTargetDefaults, type Config } from './schema.js'
import { createUnset, type Unset } from './unset.js'
import { isCredentialVariable } from './variables.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** A configuration that is sound, and where each of its values came from. */
export interface LoadedConfig {
  readonly config: Config
  /** Absolute. */
  readonly path: string
  /** What relative paths in the file are relative to. */
  readonly folder: string
  /** The file as messages name it. */
  readonly shownAs: string
  /** Variables that it names and that are not set; none, unless `mayLack`. */
  readonly unset: readonly ConfigProblem[]
  origin(path: Path): Origin
}

export type Origin =
  | { readonly from: 'file'; readonly line: number }
  | { readonly from: 'environment'; readonly line: number; readonly variables: readonly string[] }
  | { readonly from: 'default' }

export interface LoadOptions {
  /** Messages name the file relative to this folder where it lies below it. */
  readonly cwd?: string
  /** Ends the wait for a file that is a pipe. */
  readonly signal?: AbortSignal
  /** A variable that is not set is no fault yet: see `unset` and refusingUnset. */
  readonly mayLack?: boolean
}

/** @throws MLC-C001 not there, MLC-C002 not YAML, MLC-C003 and MLC-C007 not allowed, MLC-C004 a variable is missing */
export async function loadConfig(path: string, env: Environment, options: LoadOptions = {}): Promise<LoadedConfig> {
  const absolute = resolve(options.cwd ?? '.', path)
  const text = await readText(absolute, path, options.signal)
  const unset = options.mayLack ? createUnset() : null
  return parseConfig(text, env, absolute, shownName(absolute, options.cwd), unset)
}

/** The configuration that a text holds; `path` need not exist. */
export function parseConfig(
  text: string,
  env: Environment,
  path: string,
  shownAs = basename(path),
  unset: Unset | null = null,
): LoadedConfig {
  const missing: ConfigProblem[] = []
  const document = withLookerAddress(readDocument(text, shownAs, fillFrom(env, missing, unset)), env)
  refuse(missing, shownAs)
  refuse(literalSecrets(document), shownAs)
  const parsed = configSchema.safeParse(document.value)
  if (parsed.error) {
    if (unset?.next(parsed.error.issues.map((issue) => issue.path))) return parseConfig(text, env, path, shownAs, unset)
    refuse(unset?.problems ?? [], shownAs)
    refuse(describeIssues(parsed.error.issues, document, configSchema), shownAs)
  }
  const config = withTargetDefaults(parsed.data as Parameters<typeof withTargetDefaults>[0])
  const origin = (at: Path) => originOf(document, at)
  return { config, path, folder: dirname(path), shownAs, unset: unset?.problems ?? [], origin }
}

/** @throws MLC-C004 when a variable that the file names is not set */
export function requireSet(loaded: LoadedConfig): LoadedConfig {
  refuse(loaded.unset, loaded.shownAs)
  return loaded
}

const MAX_BYTES = 1024 * 1024
const READING = new Map([
  ['ENOENT', 'does not exist'],
  ['EISDIR', 'is a folder'],
])

async function readText(path: string, shownAs: string, signal: AbortSignal | undefined): Promise<string> {
  const read = readBounded(path, { maxBytes: MAX_BYTES, pipes: true, signal })
  const bytes = await read.catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof MlcError) throw cause
    const why = READING.get(cause.code ?? '') ?? `cannot be read: ${whyUnreadable(cause)}`
    throw new MlcError('MLC-C001', `${shownAs} ${why}`, { cause })
  })
  if (bytes.length > MAX_BYTES) throw new MlcError('MLC-C002', `${shownAs}:1:1: the file is larger than 1 MiB`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new MlcError('MLC-C002', `${shownAs}:1:1: the file is not valid UTF-8`, { cause })
  }
}

function shownName(path: string, cwd: string | undefined): string {
  if (cwd === undefined) return basename(path)
  const inside = relative(cwd, path)
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}

/** Fills `${NAME}` from the environment; what is filled in is not looked at again. */
function fillFrom(env: Environment, problems: ConfigProblem[], unset: Unset | null) {
  return (source: string, path: Path, line: number) => {
    const variables: string[] = []
    let standIn: string | null = null
    const text = source.replace(/\$\{([^}]*)\}?/g, (whole, name: string) => {
      const fault = nameFault(whole)
      const lack = fault === null ? lackOf(name, env) : null
      if (fault !== null) problems.push({ code: 'MLC-C004', line, path, text: fault })
      else if (lack !== null && unset) standIn = unset.standIn(path, { code: 'MLC-C004', line, path, text: lack })
      else if (lack !== null) problems.push({ code: 'MLC-C004', line, path, text: lack })
      else if (isCredentialVariable(name)) problems.push({ code: 'MLC-C003', line, path, text: misplaced(name) })
      variables.push(name)
      return env[name] ?? ''
    })
    return { text: standIn ?? text, variables }
  }
}

function nameFault(whole: string): string | null {
  if (/^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(whole)) return null
  return `${JSON.stringify(whole.slice(0, 40))} names no environment variable; allowed: \${NAME}`
}

function lackOf(name: string, env: Environment): string | null {
  const value = env[name]
  if (value !== undefined && value !== '') return null
  return `the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}${placeholderHint(name)}`
}

/** Whatever stands in an ordinary field is sent, shown and kept as such; credentials take another way. */
function misplaced(name: string): string {
  return `${name} holds a credential, which has no place in a field; leave it out, mlc reads the variable by itself`
}

function placeholderHint(name: string): string {
  return FILTER_PLACEHOLDERS.some((known) => known === name) ? `; for the placeholder write {${name}} without $` : ''
}

/** `LOOKERSDK_BASE_URL`, as Looker's own SDKs read it, stands in for an address that the file does not give. */
function withLookerAddress(document: ConfigDocument, env: Environment): ConfigDocument {
  const address = env['LOOKERSDK_BASE_URL']
  const root = document.value
  if (!address || !isMapping(root)) return document
  const looker = root['looker'] ?? {}
  if (!isMapping(looker) || 'baseUrl' in looker) return document
  const written = {
    line: document.nearest(['looker']).line,
    source: '${LOOKERSDK_BASE_URL}',
    kind: 'text',
    variables: ['LOOKERSDK_BASE_URL'],
  } as const
  const isAddress = (path: Path) => path.length === 2 && path[0] === 'looker' && path[1] === 'baseUrl'
  return {
    value: { ...root, looker: { ...looker, baseUrl: address } },
    at: (path) => (isAddress(path) ? written : document.at(path)),
    nearest: (path) => (isAddress(path) ? written : document.nearest(path)),
  }
}

/** Free-named texts that are sent to QAD: a secret among them must come from the environment, not stand in the file. */
function literalSecrets(document: ConfigDocument): readonly ConfigProblem[] {
  return [
    ['qad', 'http', 'extraHeaders'],
    ['qad', 'write', 'constants'],
  ].flatMap((section) =>
    Object.keys(mappingAt(document.value, section)).flatMap((name): ConfigProblem[] => {
      const path = [...section, name]
      const written = document.at(path)
      if (!isSecretName(name) || written === null || written.variables.length > 0 || written.kind === 'null') return []
      const text = `a secret has no place in this file (not shown); write "\${NAME}" and set that variable`
      return [{ code: 'MLC-C003', line: written.line, path, text }]
    }),
  )
}

function mappingAt(value: unknown, path: readonly string[]): Record<string, unknown> {
  const found = path.reduce<unknown>((here, name) => (isMapping(here) ? here[name] : undefined), value)
  return isMapping(found) ? found : {}
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const SHOWN = 5

function refuse(problems: readonly ConfigProblem[], shownAs: string): void {
  const first = problems[0]
  if (!first) return
  const lines = problems
    .slice(0, SHOWN)
    .map(({ line, path, text }) => `${shownAs} line ${line}: ${fieldName(path)}: ${text}`)
  const more = problems.length - SHOWN
  if (more > 0) lines.push(`and ${more} more`)
  throw new MlcError(first.code, lines.join('\n'))
}

function originOf(document: ConfigDocument, path: Path): Origin {
  const written = document.at(path)
  if (written === null) return { from: 'default' }
  const { line, variables } = written
  return variables.length > 0 ? { from: 'environment', line, variables } : { from: 'file', line }
}
