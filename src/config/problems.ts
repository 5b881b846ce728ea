import type * as z from 'zod'
import type { ErrorCode } from '../catalogue.js'
import { quotableAddress } from '../model/address.js'
import type { ConfigDocument, Path } from './document.js'
import { NOT_SUPPORTED, type IssueParams } from './fields.js'
import { didYouMean, nearest } from '../model/nearest.js'

/** One thing that is wrong in the file. */
export interface ConfigProblem {
  readonly code: ErrorCode
  readonly line: number
  readonly path: Path
  /** What is wrong with the field at `path`. */
  readonly text: string
  /** The key that a mistyped one most likely means: that this one is missing need not be said too. */
  readonly meant?: string | null
}

/** What zod found, in words: field, value found, what is allowed; in the order of the file. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  document: ConfigDocument,
  schema: z.ZodType,
): readonly ConfigProblem[] {
  const problems = issues.flatMap((issue) => describeIssue(issue, document, schema))
  const later = problems.filter(({ text }) => text.includes(NOT_SUPPORTED))
  // A kind of a later release makes the rest of its section look wrong; only the cause is told.
  const isConsequence = (problem: ConfigProblem) =>
    later.some((cause) => cause !== problem && isInside(problem.path, cause.path.slice(0, -1)))
  const meant = problems.flatMap(({ path, meant }) => (meant ? [fieldName([...path.slice(0, -1), meant])] : []))
  return problems
    .filter((problem) => later.includes(problem) || !isConsequence(problem))
    .filter(({ path, text }) => !(text.startsWith(MISSING) && meant.includes(fieldName(path))))
    .sort((a, b) => a.line - b.line)
}

const MISSING = 'missing; needed: '

function isInside(path: Path, section: Path): boolean {
  return section.every((part, index) => path[index] === part)
}

function describeIssue(issue: z.core.$ZodIssue, document: ConfigDocument, schema: z.ZodType): ConfigProblem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map((key) => unknownKey([...path, key], known, document))
  }
  const { line } = document.nearest(path)
  const params: IssueParams = issue.code === 'custom' ? (issue.params ?? {}) : {}
  const code = params.mlc ?? 'MLC-C003'
  if (issue.code === 'invalid_key') {
    const allowed = issue.issues[0]?.message ?? 'another name'
    return [{ code, line, path, text: `a name that is not allowed here; allowed: ${allowed}` }]
  }
  return [{ code, line, path, text: complaint(issue, params, document) }]
}

function complaint(issue: z.core.$ZodIssue, params: IssueParams, document: ConfigDocument): string {
  if (params.whole) return issue.message
  const written = document.at(issue.path)
  const allowed = issue.message.startsWith('Invalid input') ? expectation(issue) : issue.message
  if (written === null) return MISSING + allowed
  const isHidden = params.hidden || isSecretName(String(issue.path.at(-1) ?? ''))
  const found = isHidden ? HIDDEN : shown(written, params.isAddress ?? false)
  return allowed.startsWith(NOT_SUPPORTED) ? `${found} ${allowed}` : `found ${found}; allowed: ${allowed}`
}

function expectation(issue: z.core.$ZodIssue): string {
  const expected = issue.code === 'invalid_type' ? issue.expected : 'another value'
  return EXPECTED.get(expected) ?? expected
}

const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['object', 'a mapping (name: value)'],
  ['record', 'a mapping (name: value)'],
  ['array', 'a list'],
  ['string', 'text'],
])

const HIDDEN = 'a value (not shown)'

function shown({ source, kind }: { source: string | null; kind: string }, isAddress: boolean): string {
  if (kind === 'null') return 'nothing'
  if (source === null) return `a ${kind}`
  // A whole address lands in fields for paths, too.
  const quotable = isAddress || /:\/\/|[?@]/.test(source) ? quotableAddress(source) : source
  if (quotable === null) return HIDDEN
  return JSON.stringify(quotable.length > 60 ? `${quotable.slice(0, 59)}…` : quotable)
}

function unknownKey(path: Path, known: readonly string[], document: ConfigDocument): ConfigProblem {
  const name = String(path.at(-1))
  const { line } = document.nearest(path)
  const say = (text: string) => ({ code: 'MLC-C003' as const, line, path, text })
  const meant = nearest(name, known)
  if (meant !== null) return { ...say(`unknown key${didYouMean(name, known)}`), meant }
  const variable = variableInstead(path)
  if (variable !== null) return say(`a credential has no place in this file (not shown); set ${variable} instead`)
  return say(`unknown key; allowed: ${known.join(', ')}`)
}

/** True when a key suggests that its value is a secret. `tokenPath`, `cookieName` and `credentialCommand` only speak of one. */
export function isSecretName(name: string): boolean {
  if (/^(tokenPath|cookieName|credentialCommand)$/i.test(name)) return false
  return /pass(word|wd|phrase)|secret|token|api[-_]?key|private[-_]?key|credential|authorization|cookie/i.test(name)
}

/** The variable that a credential written into the file belongs into; null when the key is none. */
function variableInstead(path: Path): string | null {
  const name = String(path.at(-1)).toLowerCase().replace(/[-_]/g, '')
  const system = path[0] === 'qad' ? 'QAD' : path[0] === 'ingest' ? 'INGEST' : 'LOOKER'
  if (system === 'INGEST') return isSecretName(name) ? 'MLC_INGEST_SECRET' : null
  if (name === 'clientid') return `MLC_${system}_CLIENT_ID`
  if (name === 'clientsecret') return `MLC_${system}_CLIENT_SECRET`
  if (system === 'QAD' && /^user(name)?$/.test(name)) return 'MLC_QAD_USERNAME'
  if (!isSecretName(name)) return null
  return system === 'QAD'
    ? 'MLC_QAD_PASSWORD or MLC_QAD_PASSWORD_FILE'
    : 'MLC_LOOKER_CLIENT_SECRET or MLC_LOOKER_CLIENT_SECRET_FILE'
}

/** `jobs.plant-gl.overrides[0].account`; the file itself is `mlc.yaml` as a whole. */
export function fieldName(path: Path): string {
  if (path.length === 0) return 'the file'
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`
    const text = String(part)
    const plain = /^[\w-]+$/.test(text) ? text : JSON.stringify(text.slice(0, 60))
    return name === '' ? plain : `${name}.${plain}`
  }, '')
}

/** The keys that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let here: z.core.$ZodTypes | null = unwrap(schema)
  for (const part of path) {
    const def: z.core.$ZodTypes['_zod']['def'] | undefined = here?._zod.def
    if (def?.type === 'object') here = unwrap(def.shape[String(part)])
    else if (def?.type === 'record') here = unwrap(def.valueType)
    else if (def?.type === 'array') here = unwrap(def.element)
    else return []
  }
  return here?._zod.def.type === 'object' ? Object.keys(here._zod.def.shape) : []
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodTypes | null {
  if (!schema) return null
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'nullable':
    case 'optional':
      return unwrap(def.innerType)
    case 'pipe':
      return unwrap(def.out)
    default:
      return schema as z.core.$ZodTypes
  }
}
