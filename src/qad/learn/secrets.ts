import type { Exchange } from './har.js'
import { isList, isObject, membersOf, textOf, type Json } from './json.js'

/** What a capture held that must not get out, and how often each kind was met. */
export interface Secrets {
  /** Every value that can be told from an innocent word, those of the tenant first. */
  readonly values: readonly string[]
  /** Kind → how many different values: `passwords`, `cookies`, …; only those met. */
  readonly removed: ReadonlyMap<string, number>
  /** True: the text is a secret, holds one, or looks like one. */
  taints(text: string): boolean
  /** As `taints`, of a path or the id of a browse: a step of it such as `supplierPriceListV2s` is a name, and no token. */
  taintsPath(path: string): boolean
}

/**
 * The secrets of all exchanges, those with other hosts included.
 * @param first exchanges whose secrets come first
 */
export function secretsOf(exchanges: readonly Exchange[], first: readonly Exchange[]): Secrets {
  const keep = createKeeper()
  const known = new Set(first)
  for (const exchange of [...first, ...exchanges.filter((one) => !known.has(one))]) {
    fromHeaders(exchange, keep)
    fromUrl(exchange.url, keep)
    fromBody(exchange.body, exchange.bodyJson(), exchange.bodyType, keep)
    fromBody(exchange.answer, exchange.json(), exchange.answerHeaders['content-type'] ?? '', keep)
  }
  return keep.secrets(new Set(first.flatMap(openlyNamed)))
}

/** A cookie may remember the workspace: what a call says openly is no secret. */
function openlyNamed({ headers, url }: Exchange): readonly string[] {
  const named = [...Object.entries(headers), ...url.searchParams].filter(([name]) => OPEN.test(name))
  return named.flatMap(([, value]) => [value, ...value.split(/[_.:/|]/)])
}

const OPEN = /work-?space|^(domain|entity)code$/i

export interface Keeper {
  (kind: string, value: string): void
  /** @param open values that are known to be none, wherever they stand */
  secrets(open?: ReadonlySet<string>): Secrets
}

export function createKeeper(): Keeper {
  const kinds = new Map<string, Set<string>>()
  const keep = (kind: string, value: string): void => {
    const text = value.trim()
    if (text === '' || HARMLESS.test(text)) return
    kinds.set(kind, (kinds.get(kind) ?? new Set()).add(text))
  }
  return Object.assign(keep, { secrets: (open: ReadonlySet<string> = new Set()) => secretsIn(kinds, open) })
}

function secretsIn(kinds: ReadonlyMap<string, ReadonlySet<string>>, open: ReadonlySet<string>): Secrets {
  const all = [...kinds].flatMap(([kind, found]) => [...found].map((value) => ({ kind, value })))
  const closed = all.filter(({ value }) => !open.has(value))
  const whole = new Set(closed.map(({ value }) => value))
  const values = [...new Set(closed.filter(isTelling).map(({ value }) => value))]
  const isKnown = (text: string) => whole.has(text.trim()) || values.some((value) => text.includes(value))
  return {
    values,
    removed: new Map([...kinds].map(([kind, found]) => [kind, found.size])),
    taints: (text) => isKnown(text) || looksOpaque(text),
    taintsPath: (path) =>
      isKnown(path) ||
      path.split('/').some((step) => whole.has(step.trim()) || (looksOpaque(step) && !STEP_NAME.test(step))),
  }
}

/** Words, and the number of a version behind them. */
const STEP_NAME = /^[A-Za-z]+\d{0,2}[a-z]?$/

/** Cookies hold languages and themes as well; and what is short occurs by chance inside of innocent words. */
function isTelling({ kind, value }: { readonly kind: string; readonly value: string }): boolean {
  if (kind !== 'cookies' && kind !== 'session ids') return value.length >= 6
  return value.length >= 24 || (value.length >= 8 && /\d/.test(value) && /[^\d.:/-]/.test(value))
}

/** Words that stand where a secret might, and name a mode rather than a secret. */
const HARMLESS =
  /^(true|false|null|none|undefined|\d{1,3}|bearer|basic|password|refresh_token|client_credentials|authorization_code|code)$/i

const NAMES: readonly (readonly [kind: string, name: RegExp])[] = [
  ['passwords', /pass[-_]?(word|wort|wd|phrase|code|key)|^pass$|^pwd$|kennwort|contrase/i],
  ['codes', /^pin$|[-_]pin$|^pin[-_]?(code|number|no|nbr)$|^(card[-_]?)?(cvv|cvc)2?([-_]?code)?$/i],
  // The pin of userPin, not that of spin.
  ['codes', /[a-z0-9](Pin|PIN)$/],
  ['codes', /(one[-_]?time|otp|mfa|2fa|verification|security)[-_]?(code|pin|answer|nbr)$/i],
  ['client secrets', /secret/i],
  [
    'tokens',
    /token|jwt|authorization|private[-_]?key|assertion|saml|nonce|csrf|xsrf|api[-_]?key|credential|signature|ticket|otp$/i,
  ],
  ['session ids', /session-?_?id|^sid$|jsessionid|^session$|cookie/i],
  ['client ids', /^client_?-?id$/i],
]

/** The kind of secret that goes by such a name; null for others. */
export function secretKind(name: string): string | null {
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? null
}

/** The name of a field that holds who somebody is. */
export function isPersonal(name: string): boolean {
  return /user|e-?mail|login|(modified|created|changed|approved)by|phone/i.test(name)
}

const JWT = /\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?/g

/** Random-looking text: an id of a session, a token, a hash. */
export function looksOpaque(text: string): boolean {
  const plain = text.trim()
  if (new RegExp(JWT.source).test(plain)) return true
  if (/^(?=.*\d)[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(plain)) return true
  if (plain.length < 16 || !/^[A-Za-z0-9+/_=~-]+$/.test(plain)) return false
  if (/^[0-9a-f]+$/i.test(plain)) return /[a-f]/i.test(plain) && /\d/.test(plain)
  return plain.length >= 20 && /[a-z]/.test(plain) && /[A-Z]/.test(plain) && /\d/.test(plain)
}

function fromHeaders({ headers, answerHeaders, cookies }: Exchange, keep: Keeper): void {
  for (const cookie of cookies) keep('cookies', cookie)
  for (const [name, value] of [...Object.entries(headers), ...Object.entries(answerHeaders)]) {
    for (const one of value.split('\n')) fromHeader(name, one, keep)
  }
}

function fromHeader(name: string, value: string, keep: Keeper): void {
  if (name === 'cookie' || name === 'set-cookie') {
    const parts = name === 'cookie' ? value.split(';') : [value.split(';')[0] ?? '']
    for (const part of parts) keep('cookies', part.slice(part.indexOf('=') + 1))
  } else if (/^(proxy-)?authorization$/.test(name)) fromAuthorization(value, keep)
  else if (name === 'location' || name === 'referer') fromAddress(value, keep)
  // CORS headers list the names of others.
  else if (!name.startsWith('access-control-')) {
    const kind = secretKind(name)
    if (kind !== null || /auth/i.test(name)) keep(kind ?? 'tokens', value)
  }
}

function fromAuthorization(value: string, keep: Keeper): void {
  keep('authorization headers', value)
  const credentials = /^\S+\s+(.+)$/.exec(value.trim())?.[1] ?? value
  keep('authorization headers', credentials)
  const pair = /^basic\s/i.test(value.trim()) ? Buffer.from(credentials, 'base64').toString('utf8') : ''
  if (pair.includes(':')) keep('passwords', pair.slice(pair.indexOf(':') + 1))
}

function fromAddress(text: string, keep: Keeper): void {
  if (URL.canParse(text, 'https://relative.invalid')) fromUrl(new URL(text, 'https://relative.invalid'), keep)
}

function fromUrl(url: URL, keep: Keeper): void {
  if (url.password !== '') keep('passwords', unescaped(url.password))
  const inPath = /;[\w-]*(?:session|sid)[\w-]*=([^/;?#]+)/gi
  for (const [, id = ''] of url.pathname.matchAll(inPath)) keep('session ids', unescaped(id))
  fromPairs(url.searchParams, keep)
  const fragment = url.hash.slice(url.hash.includes('?') ? url.hash.indexOf('?') + 1 : 1)
  if (fragment.includes('=')) fromPairs(new URLSearchParams(fragment), keep)
}

function fromPairs(pairs: URLSearchParams, keep: Keeper): void {
  for (const [name, value] of pairs) {
    const kind = secretKind(name) ?? (/^(code|auth|state)$/i.test(name) && value.length >= 6 ? 'tokens' : null)
    if (kind !== null) keep(kind, value)
  }
}

function fromBody(text: string, json: Json | null, type: string, keep: Keeper): void {
  if (text === '') return
  for (const [jwt] of text.matchAll(JWT)) keep('tokens', jwt)
  if (json !== null) return fromJson(json, keep)
  if (type.includes('x-www-form-urlencoded') || /^[\w.%+-]+=[^<\s]*$/.test(text))
    return fromPairs(new URLSearchParams(text), keep)
  for (const [, name = '', value = ''] of text.matchAll(PART)) {
    const kind = secretKind(name)
    if (kind !== null) keep(kind, value)
  }
  fromMarkup(text, keep)
}

/** A part of a multipart form. */
const PART = /name="([^"\r\n]{1,100})"\r?\n(?:[\w-]+:[^\r\n]*\r?\n)*\r?\n([^\r\n]*)/g

/** What a page or document says of its secrets, whatever its dialect. */
export function fromMarkup(text: string, keep: Keeper): void {
  for (const [, name = '', value = ''] of text.matchAll(ELEMENT)) take(name, value)
  for (const [, name = '', value = ''] of text.matchAll(PROPERTY)) take(name, value)
  for (const [tag] of text.matchAll(/<(?:input|meta)\b[^>]{1,2000}>/gi)) {
    const attribute = (name: string) => new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)`, 'i').exec(tag)?.[1] ?? ''
    take(attribute('name'), attribute('value') || attribute('content'))
  }
  function take(name: string, value: string): void {
    const kind = secretKind(name)
    if (kind === null) return
    keep(kind, value)
    keep(kind, unescapedMarkup(value))
  }
}

const ELEMENT = /<(?:[\w.-]+:)?([\w.-]{1,60})(?:\s[^<>]{0,500})?>(?:<!\[CDATA\[)?([^<>]{1,5000}?)(?:\]\]>)?<\//g
/** A property of QXtend's session context. */
const PROPERTY =
  /propertyName>(?:<!\[CDATA\[)?\s*([\w.-]{1,60})\s*(?:\]\]>)?<\/[^<>]{1,100}>\s*<[^<>]{0,50}propertyValue[^<>]{0,200}>(?:<!\[CDATA\[)?([^<]{1,5000}?)(?:\]\]>)?<\//g

function unescapedMarkup(text: string): string {
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text
    .replace(/&#(x?)([0-9a-f]{1,6});/gi, (_, isHex: string, digits: string) => {
      const point = parseInt(digits, isHex === '' ? 10 : 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : ''
    })
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => signs[name] ?? '')
}

/** What stands below a name that means a secret is one too, such as the parts of `tokens: {…}`. */
function fromJson(json: Json, keep: Keeper): void {
  for (const { name, value, path } of membersOf(json)) {
    if (isObject(value) || isList(value)) continue
    const text = textOf(value)
    if (text === null) continue
    const kind = [name ?? '', ...path].map(secretKind).find((found) => found !== null)
    if (kind) keep(kind, text)
    else if (typeof value === 'string' && /^\s*[[{]/.test(value)) keepInside(value, keep)
  }
}

/** JSON inside a text of JSON, one level of it. */
function keepInside(text: string, keep: Keeper): void {
  for (const [, name = '', value = ''] of text.matchAll(/"([\w-]{1,60})"\s*:\s*"((?:[^"\\]|\\.)*)"/g)) {
    const kind = secretKind(name)
    if (kind !== null) keep(kind, value)
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
