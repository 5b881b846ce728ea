import { createHttp, type HttpOptions } from '../http/client.js'
import type { Http } from '../http/http.js'
import { proxyRules } from '../http/proxy.js'
import { redactor } from '../secrets/redactor.js'
import type { AdapterNeeds } from './figures.js'
import { redact, redactors } from './redaction.js'

/** For Looker, over Node's own client: it streams a million rows, and a command that only reads should start at once. */
export function openLookerDoor(needs: DoorNeeds): Http {
  return openDoor(needs, { caFile: null, over: 'node' })
}

export function openQadDoor(needs: DoorNeeds, caFile: string | null): Http {
  return openDoor(needs, { caFile, over: 'got' })
}

/** The HTTP client of every adapter: proxies and certificates as the environment says, credentials kept out of all that is shown. */
function openDoor({ host, flags, terminal, closers }: DoorNeeds, how: Pick<HttpOptions, 'caFile' | 'over'>): Http {
  const known = new Set<string>()
  const http = createHttp({
    userAgent: `mlc/${host.version}`,
    ...how,
    extraCaFile: host.env['NODE_EXTRA_CA_CERTS'] || null,
    trace: flags.debug ? (line) => terminal.trace(line) : null,
    proxy: proxyRules(host.env),
    // Tokens and cookies are issued while mlc runs, so they are learnt when they are sent.
    onCredential: (credential) => {
      if (!known.has(credential)) redactors.push(redactor([credential]))
      known.add(credential)
    },
    redact,
  })
  closers.push(async () => http.close())
  return http
}

type DoorNeeds = Pick<AdapterNeeds, 'host' | 'flags' | 'terminal' | 'closers'>
