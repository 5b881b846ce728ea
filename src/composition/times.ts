import type { TimeSeen } from '../doctor/ports.js'
import type { Http, HttpRequest, HttpStream } from '../http/http.js'
import type { Clock } from '../model/clock.js'

/** An HTTP door that notes what each answer says of the time. */
export function watchTimes(http: Http, clock: Clock, seen: TimeSeen[]): Http {
  const watched = async <A extends Pick<HttpStream, 'headers'>>(ask: () => Promise<A>): Promise<A> => {
    const askedMs = clock.now()
    const answer = await ask()
    const serverMs = Date.parse(answer.headers['date'] ?? '')
    // An answer out of a cache tells the time at which it was stored.
    if (!Number.isNaN(serverMs) && answer.headers['age'] === undefined)
      seen.push({ serverMs, askedMs, answeredMs: clock.now() })
    return answer
  }
  return {
    send: (request) => watched(() => http.send(request)),
    open: (request) => watched(() => http.open(request)),
    close: () => http.close(),
  }
}

/** What was seen; when that is nothing, one GET without credentials is made for it. */
export async function timesFrom(http: Http, url: string, seen: readonly TimeSeen[]): Promise<readonly TimeSeen[]> {
  if (seen.length > 0) return seen
  const request: HttpRequest = { method: 'GET', url, headers: {}, headersTimeoutMs: 10_000, idleTimeoutMs: 10_000 }
  await http.send(request).catch(() => undefined)
  return seen
}
