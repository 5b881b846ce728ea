import net from 'node:net'
import type { ErrorCode } from '../errors.js'
import type { Check } from './check.js'
import { fail, failure, ok, type Finding } from './finding.js'
import { LinkFault, withoutBrackets, type Target, type Trouble } from './network.js'
import type { DoctorPorts, System } from './ports.js'

/**
 * `X.dns` and `X.tls`: the name resolves, a connection opens, and nobody in between pretends to be the host.
 * @param setting where the address stands in mlc.yaml
 */
export function reachChecks(
  system: System,
  address: string,
  ports: DoctorPorts,
  setting = `${system}.baseUrl`,
): Check[] {
  const url = new URL(address)
  const group = system === 'looker' ? ('Looker' as const) : ('QAD' as const)
  return [
    { id: `${system}.dns`, group, needs: ['config'], run: () => checkName({ system, url, setting }, ports) },
    {
      id: `${system}.tls`,
      group,
      needs: [`${system}.dns`],
      run: () => checkConnection({ system, url, setting }, ports),
    },
  ]
}

interface Place {
  readonly system: System
  readonly url: URL
  readonly setting: string
}

async function checkName({ system, url, setting }: Place, ports: DoctorPorts): Promise<Finding> {
  const proxy = ports.proxyFor(url)
  const host = withoutBrackets((proxy ?? url).hostname)
  if (net.isIP(host) !== 0) return ok(`${host} is an address`)
  const what = proxy === null ? host : `the proxy ${host}`
  try {
    const found = await ports.network.resolve(host)
    const more = found.length > 3 ? ` and ${found.length - 3} more` : ''
    const by = proxy === null ? '' : `; it will resolve ${url.hostname}`
    return ok(`${what} is ${found.slice(0, 3).join(', ')}${more}${by}`)
  } catch (error) {
    if (!(error instanceof LinkFault)) return failure(error)
    const isUnknown = error.message === 'ENOTFOUND'
    const said = isUnknown ? 'is a name that DNS does not know' : `does not resolve (${error.message})`
    return fail(CODES[system].dns, `${what} ${said}`, nameFix(setting, proxy, isUnknown))
  }
}

function nameFix(setting: string, proxy: URL | null, isUnknown: boolean): string {
  if (proxy !== null) return 'Correct HTTPS_PROXY.'
  return isUnknown
    ? `Correct the host in ${setting}; for a name of your own network, connect to it (VPN) first.`
    : 'The name server does not answer: check the network of this machine.'
}

async function checkConnection(place: Place, ports: DoctorPorts): Promise<Finding> {
  const { system, url } = place
  const target: Target = {
    host: withoutBrackets(url.hostname),
    port: portOf(url),
    isTls: url.protocol === 'https:',
    authorities: await ports.authorities(system),
    proxy: ports.proxyFor(url),
  }
  const by = target.proxy === null ? '' : ` through the proxy ${target.proxy.host}`
  try {
    const { validTo } = await ports.network.open(target)
    if (!target.isTls) return ok(`a connection to ${url.host} opens${by} (plain http to this machine)`)
    return ok(`TLS with ${url.host}${by} is sound${validTo === null ? '' : `, its certificate holds until ${validTo}`}`)
  } catch (error) {
    if (!(error instanceof LinkFault)) return failure(error)
    const answersAt = await otherPort(system, target, error.trouble, ports)
    const fix = answersAt === null ? fixFor(error.trouble, place) : portFix(url, answersAt)
    return fail(codeFor(error.trouble, system), `${url.host}${by}: ${wordsFor(error)}`, fix)
  }
}

export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
}

/** Looker's API listens on 443 at instances of Google Cloud and on 19999 at older and self-hosted ones. */
export function siblingPort(port: number): number | null {
  return port === 443 ? 19999 : port === 19999 ? 443 : null
}

const PORT_TROUBLES: readonly Trouble[] = ['refused', 'silent', 'cut', 'not-tls', 'unreachable']

async function otherPort(system: System, target: Target, trouble: Trouble, ports: DoctorPorts): Promise<number | null> {
  const port = siblingPort(target.port)
  if (system !== 'looker' || port === null || !PORT_TROUBLES.includes(trouble)) return null
  const answers = await ports.network.open({ ...target, port }).then(
    () => true,
    () => false,
  )
  return answers ? port : null
}

export function portFix(url: URL, port: number): string {
  const there = new URL(url)
  there.port = String(port)
  return `Port ${port} answers: set looker.baseUrl to ${there.origin}.`
}

function wordsFor({ trouble, message }: LinkFault): string {
  const words = WORDS[trouble]
  return words === null ? message : `${words} (${message})`
}

const WORDS: Readonly<Record<Trouble, string | null>> = {
  dns: 'the name does not resolve',
  refused: 'the connection is refused: nothing listens at this port',
  unreachable: 'there is no way to this host',
  silent: 'nothing answers: a firewall drops it, or the host is down',
  cut: 'the connection was cut before it was established',
  proxy: null,
  expired: 'its certificate has expired',
  'too-early': 'its certificate is not valid yet',
  'wrong-host': 'its certificate is for another host name',
  'unknown-ca': 'its certificate comes from an authority that this machine does not know',
  'not-tls': 'what answers there does not speak TLS',
  tls: 'TLS could not be agreed upon',
}

function fixFor(trouble: Trouble, { system, url, setting }: Place): string {
  const sibling = system === 'looker' ? siblingPort(portOf(url)) : null
  const other = sibling === null ? '' : ` (Looker listens on 443 or 19999; this is ${portOf(url)})`
  switch (trouble) {
    case 'proxy':
      return 'Correct HTTPS_PROXY, or name this host in NO_PROXY.'
    case 'expired':
    case 'too-early':
      return `Set the clock of this machine right if it is not; else the administrator of ${url.hostname} must renew the certificate.`
    case 'wrong-host':
      return `Write the host in ${setting} as the certificate has it.`
    case 'unknown-ca':
      return system === 'qad'
        ? 'Name the PEM file of your own CA under qad.http.caFile (also that of a proxy that inspects TLS).'
        : 'Name the PEM file of your own CA with NODE_EXTRA_CA_CERTS (also that of a proxy that inspects TLS).'
    case 'not-tls':
      return `Correct the port in ${setting}${other}${isThisMachine(url) ? `, or write http:// for this machine` : ''}.`
    case 'tls':
      return `${url.hostname} must offer TLS 1.2 or later.`
    default:
      return `Check host and port in ${setting}${other}, the firewall and HTTPS_PROXY; then run mlc doctor --only ${system} again.`
  }
}

function isThisMachine({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

function codeFor(trouble: Trouble, system: System): ErrorCode {
  if (TLS_TROUBLES.includes(trouble)) return CODES[system].tls
  return trouble === 'silent' ? CODES[system].silent : CODES[system].dns
}

const TLS_TROUBLES: readonly Trouble[] = ['expired', 'too-early', 'wrong-host', 'unknown-ca', 'not-tls', 'tls']

const CODES = {
  looker: { dns: 'MLC-L001', silent: 'MLC-L002', tls: 'MLC-L003' },
  qad: { dns: 'MLC-Q503', silent: 'MLC-Q002', tls: 'MLC-Q003' },
} as const satisfies Record<System, Record<string, ErrorCode>>
