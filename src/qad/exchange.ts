import { MlcError } from '../errors.js'
import type { Http, HttpAnswer, HttpRequest } from '../http/http.js'
import type { Clock } from '../model/clock.js'
import { pathFault } from '../model/path.js'
import type { CallHeaders } from './auth/auth.js'
import { shown } from './exact.js'
import type { HttpDoorOptions } from './options.js'
import { createPace } from './pace.js'

/** One HTTP exchange under the base URL, when its turn has come. */
export type Exchange = (method: HttpRequest['method'], path: string, turn: Turn, body?: string) => Promise<HttpAnswer>

/** A call's place in the queue: its headers are asked for when its turn has come, and no other call goes before it has heard. */
export interface Turn {
  headers(): CallHeaders
  heard(answer: HttpAnswer | null): void
}

interface ExchangePorts {
  readonly http: Http
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

export function createExchange(baseUrl: string, door: HttpDoorOptions, ports: ExchangePorts): Exchange {
  const { http, clock, signal } = ports
  const pace = createPace(door.minGapMs, door.maxInFlight, clock, signal)
  return async (method, path, turn, body) => {
    let answer: HttpAnswer | null = null
    try {
      const url = addressOf(baseUrl, path)
      return await pace(async () => {
        answer = await http.send({
          ...{ method, url, headersTimeoutMs: door.readTimeoutMs, idleTimeoutMs: door.readTimeoutMs },
          headers: { ...lowerCase(door.extraHeaders), ...turn.headers() },
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        })
        turn.heard(answer)
        return answer
      })
    } finally {
      if (answer === null) turn.heard(null)
    }
  }
}

/** A path with dots in it would lead out of the tenant, and take the session along. @throws MLC-C003 */
export function addressOf(baseUrl: string, path: string): string {
  const address = `${baseUrl}${path.startsWith('/') ? '' : '/'}${path}`
  const fault = pathFault(path.split('?', 1)[0] ?? '')
  if (fault !== null)
    throw new MlcError('MLC-C003', `the path ${shown(path)} ${fault}, so it could lead out of ${baseUrl}`)
  const [base, url] = [new URL(baseUrl), new URL(address)]
  const root = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`
  if (url.origin === base.origin && url.hash === '' && url.pathname.startsWith(root)) return address
  throw new MlcError('MLC-C003', `the path ${shown(path)} leads out of qad.baseUrl ${baseUrl}`)
}

export function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
