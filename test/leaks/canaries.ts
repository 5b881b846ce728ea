import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { createSearch } from './search.js'

/** What every process of a scenario holds as credentials: a leak of any is found by its name. */
export const CANARY_NAMES = [
  'lookerSecret',
  'lookerToken',
  'qadPassword',
  'qadClientSecret',
  'qadToken',
  'qadRefreshToken',
  'qadSession',
  'ingestSecret',
  'webhookToken',
  'vaultKey',
  'proxyPassword',
  'otherSecret',
] as const

export type CanaryName = (typeof CANARY_NAMES)[number]
export type Canaries = Readonly<Record<CanaryName, string>>

/** Issued by servers into headers, so of the characters that a header may carry. */
const IN_HEADERS: ReadonlySet<CanaryName> = new Set(['lookerToken', 'qadToken', 'qadRefreshToken', 'qadSession'])

/** Fresh secrets: random at both ends, and between them characters that every encoding changes. */
export function createCanaries(between = '+/= "&<%>\'\\~'): Canaries {
  const make = (name: CanaryName) => `${random(16)}${IN_HEADERS.has(name) ? '~+/=+~' : between}${random(16)}`
  return Object.fromEntries(CANARY_NAMES.map((name) => [name, make(name)])) as Record<CanaryName, string>
}

/** Letters of both cases and digits. */
function random(length: number): string {
  return randomBytes(64).toString('base64').replace(/[+/=]/g, '').slice(0, length)
}

export interface Place {
  /** Where it was found: a stream, a file, a command line, a part of a request. */
  readonly name: string
  readonly content: string | Uint8Array
}

export interface Hit<N extends string = CanaryName> {
  readonly canary: N
  readonly encoding: string
  readonly place: string
}

/** The forms in which a secret may get out. */
export const ENCODINGS: Readonly<Record<string, (secret: string) => Buffer>> = {
  raw: text((secret) => secret),
  upper: text((secret) => secret.toUpperCase()),
  reversed: text((secret) => [...secret].reverse().join('')),
  hex: text((secret) => Buffer.from(secret).toString('hex')),
  HEX: text((secret) => Buffer.from(secret).toString('hex').toUpperCase()),
  'base64, offset 0': text((secret) => base64(secret, 0)),
  'base64, offset 1': text((secret) => base64(secret, 1)),
  'base64, offset 2': text((secret) => base64(secret, 2)),
  'base64url, offset 0': text((secret) => urlSafe(base64(secret, 0))),
  'base64url, offset 1': text((secret) => urlSafe(base64(secret, 1))),
  'base64url, offset 2': text((secret) => urlSafe(base64(secret, 2))),
  percent: text((secret) => encodeURIComponent(secret)),
  '\\uXXXX': text((secret) =>
    [...secret].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ),
  'utf-16le': (secret) => Buffer.from(secret, 'utf16le'),
  // However the middle was escaped or cut off, for JSON, a form, HTML or a narrow column, one of the ends is still there.
  'first 12': text((secret) => secret.slice(0, 12)),
  'last 12': text((secret) => secret.slice(-12)),
}

function text(encode: (secret: string) => string): (secret: string) => Buffer {
  return (secret) => Buffer.from(encode(secret), 'utf8')
}

/** As it looks behind so many other bytes, without the characters that it shares with its neighbours. */
function base64(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const whole = bytes.toString('base64').replace(/=+$/, '')
  return whole.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

function urlSafe(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

/** Looks for every secret in every encoding, in places as they are and inside gzip and zip. */
export function createScanner<N extends string>(
  secrets: Readonly<Record<N, string>>,
): (places: Iterable<Place>) => Hit<N>[] {
  const needles = (Object.keys(secrets) as N[]).flatMap((canary) =>
    Object.entries(ENCODINGS)
      // An end of a short secret is a word that stands elsewhere too.
      .filter(([encoding]) => secrets[canary].length >= LONG || !encoding.includes(' 12'))
      .map(([encoding, encode]) => ({ canary, encoding, bytes: encode(secrets[canary]) })),
  )
  const search = createSearch(needles)
  const scan = ({ name, content }: Place): Hit<N>[] => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content)
    const here = search(bytes).map(({ canary, encoding }) => ({ canary, encoding, place: name }))
    return [...here, ...unpacked(name, bytes).flatMap(scan)]
  }
  return (places) => [...places].flatMap(scan)
}

/** Twice the ends that are looked for. */
const LONG = 24

function unpacked(name: string, bytes: Buffer): Place[] {
  if (bytes.subarray(0, 2).equals(GZIP)) return inflated(`${name} (gzip)`, () => gunzipSync(bytes))
  const entries: Place[] = []
  for (let at = bytes.indexOf(ZIP_ENTRY); at >= 0 && at + 30 <= bytes.length; at = bytes.indexOf(ZIP_ENTRY, at + 4)) {
    const method = bytes.readUInt16LE(at + 8)
    const nameLength = bytes.readUInt16LE(at + 26)
    const start = at + 30 + nameLength + bytes.readUInt16LE(at + 28)
    const entry = `${name} (zip: ${bytes.toString('utf8', at + 30, at + 30 + nameLength)})`
    // The data say themselves where they end; what is stored without packing was seen already.
    if (method === 8) entries.push(...inflated(entry, () => inflateRawSync(bytes.subarray(start))))
  }
  return entries
}

const GZIP = Buffer.from([0x1f, 0x8b])
const ZIP_ENTRY = Buffer.from('PK\u0003\u0004')

function inflated(name: string, inflate: () => Buffer): Place[] {
  try {
    return [{ name, content: inflate() }]
  } catch {
    // Two bytes that look like a packed file are not one.
    return []
  }
}

/** Every file below a folder, names included: a secret may also become part of a path. */
export function* filesIn(folder: string): Generator<Place> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    yield { name: `path ${path}`, content: path }
    if (entry.isFile()) yield { name: path, content: readFileSync(path) }
  }
}
