import { printJson, type Json } from './cells.js'

/** What QAD and the servlet container before it answer with. Shapes seen in public programs; texts of validations are invented. */

export function json(status: number, body: Json, headers: Record<string, string> = {}): Response {
  return new Response(printJson(body), {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
  })
}

export function html(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { 'content-type': 'text/html;charset=utf-8', ...headers } })
}

/** The bare form of an error: no submitResult, seen with refused rights. */
export function bareErrors(status: number, message: string): Response {
  return json(status, { errors: [{ message }], message })
}

export interface SubmitError {
  readonly code: string
  readonly message: string
  readonly fieldName: string
  readonly fieldValue: string
}

/** A business error: HTTP 200 all the same, and only `submitResult.success` tells. */
export function refused(errors: readonly SubmitError[]): Response {
  return json(200, {
    data: {},
    submitResult: {
      success: false,
      errorSeverity: { n: '1' },
      errors: errors.map((error) => ({ ...error, severity: { n: '1' } })),
    },
    supplementaryMessages: [],
  })
}

export function loginPage(mount: string): Response {
  const body = `<!DOCTYPE html>
<html><head><title>QAD Enterprise Platform - Log In</title></head>
<body><form id="loginForm" action="${mount}/login" method="post">
<input type="text" name="username"/><input type="password" name="password"/><button type="submit">Log In</button>
</form><script src="${mount}/resources/login.jsp.js"></script></body></html>`
  return html(200, body)
}

export function toLoginPage(mount: string, query = ''): Response {
  return new Response(null, { status: 302, headers: { location: `${mount}/resources/login.jsp${query}` } })
}

/** The page of the container, not of QAD: a wrong context root or a path that nothing serves. */
export function notFound(path: string): Response {
  const shown = path.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return html(
    404,
    `<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head><body><h1>HTTP Status 404 – Not Found</h1><p><b>Message</b> The requested resource [${shown}] is not available</p><h3>Apache Tomcat/9.0.71</h3></body></html>`,
  )
}

export function stackTrace(): Response {
  const body = `<!doctype html><html lang="en"><head><title>HTTP Status 500 – Internal Server Error</title></head><body><h1>HTTP Status 500 – Internal Server Error</h1><p><b>Exception</b></p><pre>java.lang.NullPointerException
	com.qad.qra.core.rest.ResourceController.submit(ResourceController.java:412)
	sun.reflect.NativeMethodAccessorImpl.invoke0(Native Method)
	org.apache.catalina.core.StandardWrapperValve.invoke(StandardWrapperValve.java:199)
</pre><h3>Apache Tomcat/9.0.71</h3></body></html>`
  return html(500, body)
}

const GATEWAY = { 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' } as const

export function gateway(status: keyof typeof GATEWAY): Response {
  const title = `${status} ${GATEWAY[status]}`
  return html(
    status,
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
  )
}

export function throttled(retryAfter: string | null): Response {
  const headers: Record<string, string> = retryAfter === null ? {} : { 'retry-after': retryAfter }
  return json(429, { message: 'Too many requests' }, headers)
}
