import * as z from 'zod'
import {
  baseUrl,
  choice,
  code,
  optional,
  tenantPath,
  text,
  texts,
  whole,
  withoutSlash,
  type IssueParams,
} from './fields.js'
import { HEADER_VALUE, isReservedHeader } from '../model/header.js'
import { didYouMean } from '../model/nearest.js'
import { placeholdersAmong, readsSection } from './reads-section.js'

/** Names of ours that `qad.write.fields` may map to a tenant's field. */
const WRITE_FIELDS = [
  ...[
    'key',
    'domain',
    'entity',
    'year',
    'period',
    'account',
    'subAccount',
    'costCentre',
    'project',
    'site',
    'currency',
  ],
  ...['measure', 'amount', 'revision', 'description', 'source', 'run'],
]

const HEADER_NAME = 'an HTTP header name'
const HEADER_PREFIX = 'the text before the token, such as "Bearer "'

const write = z
  .strictObject({
    target: choice(['bdoc'], ['journal', 'file']).default('bdoc'),
    path: tenantPath(),
    batchSize: whole(1, 500).default(1),
    fields: texts("the tenant's field name"),
    constants: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'a single value' }))
      .default({}),
    amountAs: choice(['number', 'string']).default('number'),
    settleSeconds: whole(0, 86_400).default(60),
  })
  .superRefine(({ fields, constants }, context) => {
    const say = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message, params: { whole: true } satisfies IssueParams })
    for (const name of Object.keys(fields)) {
      if (!WRITE_FIELDS.includes(name))
        say(['fields', name], `unknown field; allowed: ${WRITE_FIELDS.join(', ')}${didYouMean(name, WRITE_FIELDS)}`)
    }
    for (const name of ['key', 'amount']) {
      if (!(name in fields))
        say(['fields'], `${name} is missing: without it a figure can be neither found again nor compared`)
    }
    const names = [...Object.values(fields), ...Object.keys(constants)]
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined)
      say(['fields'], `the field "${twice}" of the tenant is named twice, so one value would overwrite the other`)
  })

export const qadSection = z.strictObject({
  kind: choice(['adaptive'], ['qxtend', 'file']).default('adaptive'),
  baseUrl: baseUrl('https://acme.qad.com/clouderp').overwrite(withoutSlash),
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
      headerPrefix: z.string({ error: HEADER_PREFIX }).regex(HEADER_VALUE, { error: HEADER_PREFIX }).default('Bearer '),
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
  write: optional(write),
  limits: z
    .strictObject({
      account: whole(1, 255).default(8),
      costCentre: whole(1, 255).default(8),
      text: whole(1, 4000).default(40),
    })
    .prefault({}),
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
