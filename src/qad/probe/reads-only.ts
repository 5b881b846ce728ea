import { MlcError } from '../../errors.js'
import type { Http, HttpRequest } from '../../http/http.js'

/**
 * A door that nothing goes out of but reads: GET, and what `isRead` says of the others (a login, a query QDoc). Whatever a probe is
 * told to do, it cannot write. @throws MLC-X001 in place of a write
 */
export function readsOnly(http: Http, isRead: (request: HttpRequest) => boolean): Http {
  const checked = (request: HttpRequest): HttpRequest => {
    if (request.method === 'GET' || isRead(request)) return request
    throw new MlcError('MLC-X001', `the probe held back a ${request.method} to ${new URL(request.url).pathname}`)
  }
  return {
    send: async (request) => http.send(checked(request)),
    open: async (request) => http.open(checked(request)),
    close: () => http.close(),
  }
}
