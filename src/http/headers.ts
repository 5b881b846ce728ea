import { HEADER_VALUE, isReservedHeader } from '../model/header.js'
import { pathFault } from '../model/path.js'

/** Why a request must not leave; null when it may. No reason quotes a value: it may be a credential. */
export function unfitReason(target: URL, headers: Readonly<Record<string, string>>): string | null {
  if (target.username !== '' || target.password !== '') return 'the address carries a user or password'
  const fault = pathFault(target.pathname)
  if (fault !== null) return `the path of the address ${fault}`
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) return 'a header name holds a character that is not allowed'
    if (isReservedHeader(name)) return `the header ${name} may not be set`
    if (!HEADER_VALUE.test(value))
      return `the value of the header ${name} holds a line break or a character beyond ASCII`
  }
  return null
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** The credentials among the headers of a request: tokens without their scheme, cookie values, keys. */
export function credentialsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .flatMap(([name, value]) => partsOf(name.toLowerCase(), value))
    .filter((credential) => credential.length >= SHORTEST)
}

/** A shorter one would be found in innocent text. */
const SHORTEST = 8

function partsOf(name: string, value: string): readonly string[] {
  if (name === 'cookie') return value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim())
  if (name.includes('authorization')) return [value.slice(value.indexOf(' ') + 1).trim()]
  return /token|secret|password|api-?key|session/.test(name) ? [value] : []
}
