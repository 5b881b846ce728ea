import { MlcError } from '../errors.js'
import { isSafeUrl } from '../http/http.js'
import { pathFault } from '../model/path.js'
import { quote } from './words.js'

/**
 * The base URL as people write it (`https://acme.cloud.looker.com/`, `…:19999/api/4.0`, `…/login`) without what mlc adds itself.
 * @throws MLC-C003 for anything that is not an http address or carries a user, MLC-C007 for plain http across a network
 */
export function normaliseBaseUrl(text: string): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new MlcError('MLC-C003', 'looker.baseUrl is not an https address such as https://acme.cloud.looker.com')
  if (url.username !== '' || url.password !== '')
    throw new MlcError('MLC-C003', `looker.baseUrl carries a user or password before ${url.host}; leave it out`)
  if (!isSafeUrl(url)) throw new MlcError('MLC-C007', `looker.baseUrl is plain http to ${url.host}`)
  return url.origin + withoutKnownEnding(url.pathname)
}

const KNOWN_ENDING = /(?:\/|\/api|\/api\/\d+\.\d+|\/login)$/

function withoutKnownEnding(path: string): string {
  const shorter = path.replace(KNOWN_ENDING, '')
  return shorter === path ? path : withoutKnownEnding(shorter)
}

/**
 * Address of an API call; `parts` are encoded, since ids and names are opaque.
 * @throws MLC-C003 for a part that would lead to another call: encoding leaves dots alone, and some servers undo it for slashes
 */
export function apiUrl(
  baseUrl: string,
  parts: readonly string[],
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString()
  const path = parts.map(encodedPart).join('/')
  return `${baseUrl}/api/4.0/${path}${search === '' ? '' : `?${search}`}`
}

function encodedPart(part: string): string {
  const encoded = /\p{Cs}/u.test(part) ? '' : encodeURIComponent(part)
  const fault = encoded === '' ? 'is no name' : pathFault(encoded)
  if (fault === null) return encoded
  throw new MlcError('MLC-C003', `${quote(part, 80)} cannot be part of an address of Looker: it ${fault}`)
}
