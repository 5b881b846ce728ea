import type { HttpAnswer } from '../../http/http.js'
import type { Session } from './auth.js'

/** The session that lives in one cookie; no other cookie of the tenant is ever kept or sent. */
export function cookieSession(name: string, id: string): Session {
  return { headers: { cookie: `${name}=${id}` }, secrets: [id], renewAt: Infinity }
}

/** True when the text can stand in a Cookie header as one value and nothing else. */
export function isSessionId(text: string): boolean {
  return /^[\x21-\x3a\x3c-\x7e]{1,4096}$/.test(text)
}

/** What an answer sets the cookie of that name to, for calls under `baseUrl`; null when it does not, or takes it away. */
export function cookieIn({ headers }: HttpAnswer, name: string, baseUrl: URL, nowMs: number): string | null {
  // A login may take the old cookie away and set the new one in one answer: as in a browser, the last word counts.
  const last = (headers['set-cookie'] ?? '')
    .split('\n')
    .map(readCookie)
    .findLast((cookie) => cookie.name === name && isFor(baseUrl, cookie))
  return last === undefined || isOver(last, nowMs) || !isSessionId(last.value) ? null : last.value
}

interface Cookie {
  readonly name: string
  readonly value: string
  /** Lower-case name → value. */
  readonly attributes: ReadonlyMap<string, string>
}

function readCookie(line: string): Cookie {
  const [first = ['', ''], ...rest] = line.split(';').map(splitAtEquals)
  return {
    name: first[0],
    value: first[1],
    attributes: new Map(rest.map(([key, value]) => [key.toLowerCase(), value])),
  }
}

function splitAtEquals(part: string): readonly [string, string] {
  const at = part.indexOf('=')
  return at < 0 ? [part.trim(), ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]
}

/** Another web application of the same host may have a cookie of the same name; it is told by its path. */
function isFor({ hostname, pathname }: URL, { attributes }: Cookie): boolean {
  const domain = (attributes.get('domain') ?? '').replace(/^\./, '').toLowerCase()
  if (domain !== '' && hostname !== domain && !hostname.endsWith(`.${domain}`)) return false
  const path = attributes.get('path') ?? ''
  return !path.startsWith('/') || isUnder(path, pathname) || isUnder(pathname, path)
}

function isUnder(path: string, root: string): boolean {
  return withSlash(path).startsWith(withSlash(root))
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

function isOver({ attributes }: Cookie, nowMs: number): boolean {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0
  const expires = Date.parse(attributes.get('expires') ?? '')
  return !Number.isNaN(expires) && expires <= nowMs
}
