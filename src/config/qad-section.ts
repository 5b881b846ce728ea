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
import { didYouMean } from './nearest.js'
import { placeholderFault } from './placeholders.js'

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

const READ_PLACEHOLDERS = ['domain', 'entity', 'year', 'period']

const reads = {
  glAccounts: read(['code'], ['description', 'active', 'type']),
  costCentres: read(['code'], ['description', 'active']),
  periods: read(['year', 'period'], ['start', 'end', 'status']),
  balances: read(['year', 'period', 'account', 'currency'], ['costCentre', 'amount', 'debit', 'credit']),
  posted: read(
    ['key', 'amount'],
    ['domain', 'entity', 'year', 'period', 'account', 'costCentre', 'currency', 'measure', 'revision', 'qadRef'],
  ),
  daybooks: read(['code'], ['layerType', 'active', 'description']),
}

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
        ['oauth_password', 'basic'],
        ['oauth_client_credentials', 'oauth_authorization_code', 'session_json', 'session_form'],
      ).default('oauth_password'),
      tokenPath: tenantPath().default('/oauth/token'),
      loginPath: tenantPath().default('/api/login'),
      logoutPath: optional(tenantPath()),
      cookieName: code('a cookie name').default('JSESSIONID'),
      headerPrefix: text('the text before the token, such as "Bearer "').default('Bearer '),
    })
    .prefault({}),
  workspace: z
    .strictObject({
      mode: choice(['header', 'query', 'none']).default('header'),
      header: headerName().default('x-qad-workspace-id'),
      template: text('text such as {domain}_{entity}')
        .superRefine(checkPlaceholders(['domain', 'entity']))
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
      extraHeaders: z.record(headerName(), text('a header value')).default({}),
    })
    .prefault({}),
  swagger: optional(text('a path or file of the Swagger document')),
  reads: z.strictObject(reads).prefault({}),
  write: optional(write),
  limits: z
    .strictObject({
      account: whole(1, 255).default(8),
      costCentre: whole(1, 255).default(8),
      text: whole(1, 4000).default(40),
    })
    .prefault({}),
})

/** A read of the tenant: by browse, or by a path that lists records under the dotted name `rows`. */
function read(needed: readonly string[], possible: readonly string[]) {
  const known = [...needed, ...possible]
  const schema = z
    .strictObject({
      browse: optional(code('a browse id')),
      path: optional(tenantPath()),
      rows: optional(code('where the records are in the answer, such as data.costCenters')),
      columns: texts("the tenant's column").meta({ propertyNames: { enum: known }, required: needed }),
      openValues: z.array(text('a status word')).min(1, { error: 'at least one status word' }).default(['open']),
      filters: z
        .array(
          z.tuple(
            [code('a column'), code('an operator'), text('a value').superRefine(checkPlaceholders(READ_PLACEHOLDERS))],
            {
              error: 'a list of three: [column, operator, value]',
            },
          ),
          { error: 'a list of [column, operator, value]' },
        )
        .default([]),
      pageSize: optional(whole(1, 100_000)),
      defaults: texts('a value').default({}),
    })
    .superRefine(({ browse, path, rows, columns, filters, defaults }, context) => {
      const say = (at: string[], message: string) =>
        context.addIssue({ code: 'custom', path: at, message, params: { whole: true } satisfies IssueParams })
      if ((browse === null) === (path === null)) say([], 'needs either browse or path, exactly one of them')
      if (rows !== null && browse !== null) say(['rows'], 'only with path: the rows of a browse are always under data')
      for (const [section, names] of Object.entries({ columns, defaults })) {
        for (const name of Object.keys(names)) {
          if (!known.includes(name))
            say([section, name], `unknown name; allowed: ${known.join(', ')}${didYouMean(name, known)}`)
        }
      }
      // A read that asks QAD for one period need not show it in each row.
      const asked = filters.map(([, , value]) => value).join(' ')
      for (const name of needed) {
        if (name in columns || name in defaults || asked.includes(`{${name}}`)) continue
        say(['columns'], `${name} is missing; needed: ${needed.join(', ')}`)
      }
      if (known.includes('debit')) checkAmountColumns(columns, (message) => say(['columns'], message))
    })
  return optional(schema)
}

function checkAmountColumns(columns: Readonly<Record<string, string>>, say: (message: string) => void): void {
  const hasBothSides = 'debit' in columns && 'credit' in columns
  const hasOneSide = 'debit' in columns || 'credit' in columns
  if ('amount' in columns ? hasOneSide : !hasBothSides) say('needs either amount, or debit and credit')
}

function checkPlaceholders(known: readonly string[]) {
  return (value: string, context: z.RefinementCtx<string>) => {
    const fault = placeholderFault(value, known)
    if (fault !== null)
      context.addIssue({ code: 'custom', message: fault, params: { whole: true } satisfies IssueParams })
  }
}

function headerName() {
  const allowed = 'an HTTP header name'
  return z.string({ error: allowed }).regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: allowed })
}
