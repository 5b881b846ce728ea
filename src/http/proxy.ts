import { BlockList, isIP } from 'node:net'
import { TransportError, isLoopback } from './http.js'

/** The proxy to take to an address; null for none. @throws TransportError `proxy` when the environment names one that cannot be used */
export type ProxyRules = (target: URL) => Proxy | null

export interface Proxy {
  /** With the user and password, so never to be shown. */
  readonly url: URL
  /** Host and port, for messages. */
  readonly name: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Proxies as curl reads them: https_proxy, else all_proxy, and no_proxy for what goes direct; lower case before upper.
 * HTTP_PROXY is not read: plain http goes to loopback addresses alone, and those are never proxied.
 */
export function proxyRules(env: Environment): ProxyRules {
  const variable = PROXIES.find((name) => isSet(env[name]))
  if (variable === undefined) return () => null
  const direct = exceptions(DIRECT.map((name) => env[name]).find(isSet) ?? '')
  return (target) => {
    if (isLoopback(target.hostname) || direct(target)) return null
    return parseProxy(variable, env[variable]?.trim() ?? '')
  }
}

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
const DIRECT = ['no_proxy', 'NO_PROXY']

/** The variables that are read. */
export const PROXY_VARIABLES: readonly string[] = [...PROXIES, ...DIRECT]

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== ''
}

/** The value may hold a password, so no message quotes it. */
function parseProxy(variable: string, value: string): Proxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || url.hostname === '' || !isDecodable(url.username) || !isDecodable(url.password))
    throw unusable(`${variable} holds no address of a proxy such as http://proxy.example:3128`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw unusable(`${variable} names a ${url.protocol.slice(0, -1)} proxy; only http and https proxies are spoken to`)
  return { url, name: `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}` }
}

function unusable(message: string): TransportError {
  return new TransportError('proxy', false, message)
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

type Matches = (target: URL) => boolean

/** `*`, hosts with all their subdomains, addresses and ranges of them; each but `*` and ranges with a port if wanted. */
function exceptions(list: string): Matches {
  const rules = list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(exception)
  return (target) => rules.some((matches) => matches(target))
}

function exception(entry: string): Matches {
  if (entry === '*') return () => true
  if (entry.includes('/')) return addressRange(entry)
  const { host, port } = splitPort(entry.toLowerCase())
  const name = host.replace(/^\*?\./, '').replace(/\.$/, '')
  return (target) => {
    const wanted = hostOf(target)
    const isHost = wanted === name || (isIP(wanted) === 0 && wanted.endsWith(`.${name}`))
    return name !== '' && isHost && (port === null || port === portOf(target))
  }
}

function splitPort(entry: string): { host: string; port: string | null } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry)
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] ?? null }
  const named = /^([^:]+):(\d+)$/.exec(entry)
  return named ? { host: named[1] ?? '', port: named[2] ?? null } : { host: entry, port: null }
}

function addressRange(entry: string): Matches {
  const [address = '', bits = ''] = entry.split('/')
  const family = isIP(address)
  const width = family === 6 ? 128 : 32
  if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > width) return () => false
  const range = new BlockList()
  range.addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4')
  return (target) => {
    const wanted = hostOf(target)
    return isIP(wanted) === family && range.check(wanted, family === 6 ? 'ipv6' : 'ipv4')
  }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80')
}
