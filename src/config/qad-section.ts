import * as z from 'zod'
import { HEADER_VALUE, isReservedHeader } from '../model/header.js'
import { baseUrl, choice, code, optional, tenantPath, text, whole, withoutSlash } from './fields.js'
import { placeholdersAmong, readsSection } from './reads-section.js'
import { checkQxtend, qxtendSection } from './qxtend-section.js'
import { checkWrite, writeSection } from './write-section.js'

const TENANT = 'https://acme.qad.com/clouderp'
const HEADER_NAME = 'an HTTP header name'
const HEADER_PREFIX = 'the text before the token, such as "Bearer "'

export const qadSection = z
  .strictObject({
    kind: choice(['adaptive', 'qxtend', 'file']).default('adaptive'),
    /** Empty for kind file, which has no address, and for kind qxtend, which has one of its own. */
    baseUrl: baseUrl(TENANT).overwrite(withoutSlash).default(''),
    domain: code('the QAD domain, such as 10USA'),
    entity: code('the QAD entity, such as 10USACO'),
    auth: z
      .strictObject({
        type: choice(
          ['oauth_password', 'oauth_client_credentials', 'session_json', 'session_form', 'basic'],
          ['oauth_authorization_code'],
        ).default('oauth_password'),
        tokenPath: tenantPath().default('/oauth/token'),
        loginPath: tenantPath().default('/api/login'),
        logoutPath: optional(tenantPath()),
        cookieName: token('a cookie name').default('JSESSIONID'),
        headerPrefix: z
          .string({ error: HEADER_PREFIX })
          .regex(HEADER_VALUE, { error: HEADER_PREFIX })
          .default('Bearer '),
      })
      .prefault({}),
    workspace: z
      .strictObject({
        mode: choice(['header', 'query', 'none']).default('header'),
        header: headerName().default('x-qad-workspace-id'),
        template: text('text such as {domain}_{entity}')
          .superRefine(placeholdersAmong(['domain', 'entity']))
          .default('{domain}_{entity}'),
      })
      .prefault({}),
    http: z
      .strictObject({
        readTimeoutMs: whole(1, 3_600_000).default(60_000),
        minGapMs: whole(0, 600_000).default(200),
        maxInFlight: whole(1, 64).default(1),
        retries: whole(0, 20).default(3),
        caFile: optional(text('the path of a PEM file')),
        extraHeaders: z
          .record(headerName(), text('a header value').regex(HEADER_VALUE, { error: 'a header value in plain ASCII' }))
          .default({}),
      })
      .prefault({}),
    swagger: optional(text('a path or file of the Swagger document')),
    reads: readsSection,
    write: optional(writeSection),
    qxtend: optional(qxtendSection),
    limits: z
      .strictObject({
        account: whole(1, 255).default(8),
        costCentre: whole(1, 255).default(8),
        text: whole(1, 4000).default(40),
      })
      .prefault({}),
  })
  .superRefine((qad, context) => {
    if (qad.kind === 'adaptive' && qad.baseUrl === '')
      context.addIssue({ code: 'custom', path: ['baseUrl'], message: `an address such as ${TENANT}` })
    checkQxtend(qad, context)
    if (qad.write !== null) checkWrite(qad.write, qad, context)
  })

/** Names that are HTTP's own would make every request unfit to be sent. */
function headerName() {
  return token(HEADER_NAME).refine((name) => !isReservedHeader(name), {
    error: `${HEADER_NAME} other than those of HTTP itself, such as Host and Content-Length`,
  })
}

/** RFC 9110's token: what a header and a cookie may be called. */
function token(allowed: string) {
  return z.string({ error: allowed }).regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: allowed })
}
