import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import type { AuditRecord } from './event.js'

/** What `prev` of the very first line says. */
export const ZEROS = '0'.repeat(64)

/** Longer lines, newline included, are neither written nor believed: a reader must be able to hold one in memory. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024

/** A record as its line, newline included, and the hash that the next line will carry. */
export function sealLine(record: Omit<AuditRecord, 'hash'>): { readonly line: string; readonly hash: string } {
  const { seq, at, run, job, event, key, data, actor, prev } = record
  // `,"hash"` ends the hashed text. Spelled with an escape inside data, it occurs once a line, so that a verifier of
  // any language may look for the first one it meets. JSON reads both spellings as the same word.
  const safe = JSON.stringify(data).replaceAll(',"hash"', ',"h\\u0061sh"')
  const [runText, jobText, keyText] = [run, job, key].map((text) => JSON.stringify(text))
  const { user, host, mlc } = actor
  const text =
    `{"v":1,"seq":${seq},"at":"${at}","run":${runText},"job":${jobText},"event":"${event}","key":${keyText},` +
    `"data":${safe},"actor":${JSON.stringify({ user, host, mlc })},"prev":"${prev}"`
  const sum = sha256(text)
  return { line: `${text},"hash":"${sum}"}\n`, hash: sum }
}

/** A line that kept its word, or why not. `hashes`: what the next line may rightly name as `prev`; null: no telling. */
export type ReadLine =
  | { readonly record: AuditRecord; readonly text: string }
  | { readonly fault: 'hash' | 'json' | 'shape'; readonly hashes: readonly string[] | null }

/** Reads one complete line, without its newline, and checks it against its own hash. Never throws. */
export function readLine(bytes: Buffer): ReadLine {
  if (bytes.length >= MAX_LINE_BYTES) return { fault: 'json', hashes: null }
  const end = bytes.length - SEAL_BYTES
  if (end < 1 || !SEAL.test(bytes.toString('latin1', end)))
    return { fault: parse(bytes) ? 'shape' : 'json', hashes: null }
  const stated = bytes.toString('latin1', end + 9, end + 73)
  const computed = sha256(bytes.subarray(0, end))
  const parsed = parse(bytes)
  if (!parsed) return { fault: 'json', hashes: [stated, computed] }
  if (stated !== computed) return { fault: 'hash', hashes: [stated, computed] }
  const { value, text } = parsed
  return isRecord(value, text) ? { record: value, text } : { fault: 'shape', hashes: [stated] }
}

const SEAL = /^,"hash":"[0-9a-f]{64}"\}$/
const SEAL_BYTES = ',"hash":""}'.length + 64

export function sha256(bytes: string | Buffer): string {
  return hash('sha256', bytes, 'hex')
}

function parse(bytes: Buffer): { value: unknown; text: string } | null {
  // Bytes that are no UTF-8 would silently become U+FFFD, and two different lines one text.
  if (!isUtf8(bytes)) return null
  const text = bytes.toString('utf8')
  try {
    return { value: JSON.parse(text) as unknown, text }
  } catch {
    return null
  }
}

function isRecord(value: unknown, text: string): value is AuditRecord {
  if (!isObject(value) || !hasKeys(value, RECORD_KEYS)) return false
  const { v, seq, at, run, job, event, key, data, actor, prev } = value
  return (
    v === 1 &&
    Number.isSafeInteger(seq) &&
    (seq as number) >= 1 &&
    matches(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) &&
    [run, job, key].every((word) => word === null || typeof word === 'string') &&
    matches(event, /^[a-z]+(\.[a-z]+)*$/) &&
    isObject(data) &&
    !isDeeper(data, MOST_LEVELS) &&
    isActor(actor) &&
    matches(prev, /^[0-9a-f]{64}$/) &&
    isPlainlySpelled(value, text)
  )
}

const RECORD_KEYS = ['v', 'seq', 'at', 'run', 'job', 'event', 'key', 'data', 'actor', 'prev', 'hash']

function isActor(actor: unknown): boolean {
  return (
    isObject(actor) &&
    hasKeys(actor, ['user', 'host', 'mlc']) &&
    Object.values(actor).every((word) => typeof word === 'string')
  )
}

/** Readers of other languages give up at some depth, each at its own: what mlc writes is not a tenth as deep. */
const MOST_LEVELS = 100

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1))
}

/**
 * No blanks between the tokens, no key twice in one object, and the frame around the data as the writer spells it: a reader of any
 * language may look for it. Inside the data escapes and numbers may be spelled otherwise.
 */
function isPlainlySpelled(value: unknown, text: string): boolean {
  if (JSON.stringify(value) === text) return true
  if (!FRAME.test(text)) return false
  const tokens = text.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  return !/\s/.test(tokens) && tokens.split(':').length - 1 === countKeys(value)
}

const TEXT = '"(?:[^"\\\\]|\\\\.)*"'
const FRAME = new RegExp(
  [
    '^\\{"v":1,"seq":[1-9]\\d*,"at":"[^"\\\\]+","run":(?:null|@),"job":(?:null|@),"event":"[a-z.]+","key":(?:null|@),',
    '"data":\\{.*\\},"actor":\\{"user":@,"host":@,"mlc":@\\},"prev":"[0-9a-f]{64}","hash":"[0-9a-f]{64}"\\}$',
  ]
    .join('')
    .replaceAll('@', TEXT),
  's',
)

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const parts = Object.values(value).reduce((sum: number, part) => sum + countKeys(part), 0)
  return Array.isArray(value) ? parts : parts + Object.keys(value).length
}

function hasKeys(value: object, keys: readonly string[]): boolean {
  const found = Object.keys(value)
  return found.length === keys.length && keys.every((key, index) => found[index] === key)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}
