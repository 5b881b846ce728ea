import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Scalar } from 'yaml'
import { MlcError } from '../errors.js'

export type Path = readonly PropertyKey[]

/** One value of the file: where it stands and what was written there. */
interface Written {
  readonly line: number
  /** Source text of a single value, before any variable is filled in; null for mappings and lists. */
  readonly source: string | null
  readonly kind: 'text' | 'null' | 'mapping' | 'list'
  /** The environment variables its value was filled from. */
  readonly variables: readonly string[]
}

/** A YAML file as plain values: texts exactly as written, `null` for null, `~` and nothing; and where each stands. */
export interface ConfigDocument {
  readonly value: unknown
  at(path: Path): Written | null
  /** The deepest part of the path that the file has; the file itself stands at line 1. */
  nearest(path: Path): Written
}

/** What a text of the file becomes: variables filled in, or a problem noted by the caller. */
export type Fill = (
  source: string,
  path: Path,
  line: number,
) => { readonly text: string; readonly variables: readonly string[] }

/**
 * Reads YAML without letting YAML guess types: the failsafe schema keeps `NO`, `0123`, `1e3` and `12:30` as text.
 * @throws MLC-C002 with line and column
 */
export function readDocument(text: string, file: string, fill: Fill): ConfigDocument {
  const lines = new LineCounter()
  const fail: Fail = (offset, problem) => {
    const { line, col } = lines.linePos(offset)
    throw new MlcError('MLC-C002', `${file}:${line}:${col}: ${problem}`)
  }
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  refuseCharacters(text, fail)
  refuseErrors(document, fail)
  const written = new Map<string, Written>()
  const value = toValue(
    document.contents,
    [],
    { written, fail, fill, lineOf: (offset) => lines.linePos(offset).line },
    0,
  )
  const at = (path: Path) => written.get(address(path)) ?? null
  return {
    value,
    at,
    nearest(path) {
      for (let length = path.length; length > 0; length--) {
        const found = at(path.slice(0, length))
        if (found) return found
      }
      return { line: 1, source: null, kind: 'mapping', variables: [] }
    },
  }
}

type Fail = (offset: number, problem: string) => never

interface Reading {
  readonly written: Map<string, Written>
  readonly fail: Fail
  readonly fill: Fill
  readonly lineOf: (offset: number) => number
}

function refuseCharacters(text: string, fail: Fail): void {
  if (text.startsWith('\uFEFF')) fail(0, 'the file begins with a byte-order mark; save it as UTF-8 without one')

  const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFEFF]/.exec(text)
  if (control) fail(control.index, `the character U+${hex(control[0])} has no place in a text file`)
}

function refuseErrors(document: Document.Parsed, fail: Fail): void {
  const error = document.errors[0] ?? document.warnings[0]
  if (!error) return
  const known: Partial<Record<string, string>> = {
    TAB_AS_INDENT: 'a tab; indent with spaces',
    MULTIPLE_DOCS: 'a second document begins here; only one is allowed',
    TAG_RESOLVE_FAILED: 'a YAML tag (!…); write the plain value, in quotes if need be',
  }
  const tooDeep = error.message.includes('call stack')
    ? 'lists or mappings inside each other, too deep to read'
    : undefined
  fail(error.pos[0], known[error.code] ?? tooDeep ?? lowerFirst(withoutSource(error.message)))
}

function toValue(node: unknown, path: Path, reading: Reading, offset: number): unknown {
  if (isAlias(node)) return reading.fail(node.range?.[0] ?? offset, 'an alias (*…); write the value out')
  if (isScalar(node) || isMap(node) || isSeq(node)) {
    const start = node.range?.[0] ?? offset
    if (node.anchor !== undefined) reading.fail(start, 'an anchor (&…); write the value out where it is needed')
    const line = reading.lineOf(path.length === 0 ? start : offset)
    if (isScalar(node)) return scalar(node, path, reading, line)
    note(reading, path, { line, source: null, kind: isMap(node) ? 'mapping' : 'list', variables: [] })
    if (isSeq(node))
      return node.items.map((item, index) => toValue(item, [...path, index], reading, startOf(item, start)))
    const map = Object.create(null) as Record<string, unknown>
    for (const { key, value } of node.items) {
      const at = startOf(key, start)
      const name = keyText(key, at, reading.fail)
      if (name in map) reading.fail(at, 'this key is there twice')
      map[name] = toValue(value, [...path, name], reading, at)
    }
    return map
  }
  note(reading, path, { line: reading.lineOf(offset), source: '', kind: 'null', variables: [] })
  return null
}

function keyText(key: unknown, offset: number, fail: Fail): string {
  if (!isScalar(key) || typeof key.value !== 'string' || key.value === '')
    return fail(offset, 'a key must be a plain name')
  if (key.anchor !== undefined) fail(offset, 'an anchor (&…); write the value out where it is needed')
  if (key.value === '__proto__') fail(offset, 'the key __proto__ is not allowed')
  return key.value
}

function scalar(node: Scalar, path: Path, reading: Reading, line: number): unknown {
  const source = String(node.value)
  if (node.type === 'PLAIN' && /^(~|null|Null|NULL|)$/.test(source)) {
    note(reading, path, { line, source, kind: 'null', variables: [] })
    return null
  }
  const { text, variables } = reading.fill(source, path, line)
  note(reading, path, { line, source, kind: 'text', variables })
  return isConstant(path) && node.type === 'PLAIN' && variables.length === 0 ? jsonWord(text) : text
}

/** The constants that are sent to QAD are the one place where YAML's types matter: `true` and `5` unquoted are JSON's. */
function isConstant(path: Path): boolean {
  return path.length === 4 && address(path.slice(0, 3)) === address(['qad', 'write', 'constants'])
}

function jsonWord(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text
}

function note(reading: Reading, path: Path, written: Written): void {
  reading.written.set(address(path), written)
}

function address(path: Path): string {
  return JSON.stringify(path.map(String))
}

function startOf(node: unknown, otherwise: number): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? otherwise) : otherwise
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}

/** Some messages end in the text they are about, which may be a password. */
function withoutSource(message: string): string {
  return message.replace(/(YAML token|YAML stream|extra characters): [^]*$/, '$1')
}

function lowerFirst(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1)
}
