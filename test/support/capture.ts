import type { Core } from '../../src/sandbox/core.js'

/** One request as a person's browser makes it. */
export interface Step {
  readonly method?: 'GET' | 'POST'
  /** Below the base URL, or a whole address of another host, which is not asked. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly type?: string
  /** In place of the sandbox's answer. */
  readonly answer?: {
    readonly status: number
    readonly text: string
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** How the browser writes it down. */
export interface Shape {
  readonly browser?: 'chrome' | 'firefox'
  /** Bodies of answers in base64, as browsers write some of them. */
  readonly base64?: boolean
  /** Cookies and Authorization left out, as browsers do unless told. */
  readonly redacted?: boolean
}

interface Pair {
  readonly name: string
  readonly value: string
}

/** Walks through the steps on a sandbox and writes them down as that browser's HAR. Every run gives the same text. */
export async function capture(core: Core, base: string, steps: readonly Step[], shape: Shape = {}): Promise<string> {
  const entries: unknown[] = []
  for (const [index, step] of steps.entries()) entries.push(await entryOf(core, base, step, index, shape))
  const creator =
    shape.browser === 'firefox' ? { name: 'Firefox', version: '140.0' } : { name: 'WebInspector', version: '537.36' }
  return `${JSON.stringify({ log: { version: '1.2', creator, pages: [], entries } }, null, 1)}\n`
}

async function entryOf(core: Core, base: string, step: Step, index: number, shape: Shape): Promise<unknown> {
  const { method = 'GET', path, body, type = 'application/json' } = step
  const isOurs = path.startsWith('/')
  const url = isOurs ? `${base}${path}` : path
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': type }),
    ...step.headers,
  }
  const answer =
    step.answer ??
    (isOurs
      ? await asked(core, new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }))
      : { status: 200, text: '{}' })
  const isFirefox = shape.browser === 'firefox'
  const pseudo = isFirefox
    ? []
    : [pair(':authority', new URL(url).host), pair(':method', method), pair(':path', new URL(url).pathname)]
  const shown = Object.entries(headers)
    .filter(([name]) => !(shape.redacted && /^(cookie|authorization)$/i.test(name)))
    .map(([name, value]) => pair(isFirefox ? name.replace(/(^|-)[a-z]/g, (sign) => sign.toUpperCase()) : name, value))
  const answerHeaders = Object.entries(answer.headers ?? {})
    .filter(([name]) => !(shape.redacted && name === 'set-cookie'))
    .map(([name, value]) => pair(name, value))
  return {
    startedDateTime: new Date(Date.UTC(2026, 6, 14, 9, 0, index)).toISOString(),
    time: 12,
    request: {
      ...{ method, url, httpVersion: isFirefox ? 'HTTP/2' : 'h2' },
      headers: [...pseudo, ...shown],
      queryString: [...new URL(url).searchParams].map(([name, value]) => pair(name, value)),
      cookies: shape.redacted ? [] : cookiesOf(headers['cookie'] ?? ''),
      ...(body === undefined ? {} : { postData: posted(type, body, isFirefox) }),
    },
    response: {
      ...{ status: answer.status, statusText: '', httpVersion: 'h2', headers: answerHeaders, cookies: [] },
      content: contentOf(answer.text, shape.base64 ?? false),
      redirectURL: answer.headers?.['location'] ?? '',
    },
  }
}

function pair(name: string, value: string): Pair {
  return { name, value }
}

function cookiesOf(header: string): readonly Pair[] {
  return header === ''
    ? []
    : header.split('; ').map((one) => pair(one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)))
}

/** Firefox keeps a form as a list beside an empty text. */
function posted(mimeType: string, text: string, isFirefox: boolean): unknown {
  const isForm = mimeType.includes('urlencoded')
  const params = isForm ? [...new URLSearchParams(text)].map(([name, value]) => pair(name, value)) : []
  return { mimeType, params, text: isForm && isFirefox ? '' : text }
}

function contentOf(text: string, isBase64: boolean): unknown {
  const coded = isBase64 ? { encoding: 'base64', text: Buffer.from(text).toString('base64') } : { text }
  return { size: text.length, mimeType: 'application/json', ...coded }
}

async function asked(core: Core, request: Request) {
  const reply = await core.handle(request)
  if (!(reply instanceof Response)) throw new Error('the sandbox broke the exchange')
  const headers = Object.fromEntries(
    [...reply.headers].filter(([name]) => name === 'content-type' || name === 'set-cookie' || name === 'location'),
  )
  return { status: reply.status, text: await reply.text(), headers }
}

/** What one person did: log in, look things up, save. `token` is what every call comes with. */
export function demoSteps(save: readonly Step[], how: Login = oauth()): readonly Step[] {
  const open = (step: Step): Step => ({
    ...step,
    headers: { 'x-qad-workspace-id': '10USA_10USACO', ...how.headers, ...step.headers },
  })
  const browse = (id: string, ...filters: readonly string[]): Step => {
    const query = new URLSearchParams({
      browseId: id,
      callId: 'c0ffee00-0000-4000-8000-000000000001',
      page: '1',
      pageSize: '25',
      pageAction: 'first',
    })
    for (const filter of filters) query.append('filter', filter)
    return open({ path: `/api/qracore/browses?${query.toString()}` })
  }
  return [
    ...how.steps,
    open({ path: '/api/qracore/inboxdata?loadAll=true' }),
    {
      method: 'POST',
      path: 'https://metrics.example.net/api/v2/collect?session=4f1d8c22',
      body: '{"token":"tr-99c1d0e4f5a6"}',
    },
    open({ path: '/v3/api-docs' }),
    browse('urn:browse:mfg:xxgl01'),
    open({ path: '/api/erp/costCenters?domainCode=10USA' }),
    browse('urn:browse:mfg:gl111'),
    browse('urn:browse:mfg:gl919'),
    browse('urn:browse:mfg:xxbal1', 'xxbal_det.xxbal_year,eq,2026,literal', 'xxbal_det.xxbal_per,eq,7,literal'),
    ...save.map(open),
    browse(
      'urn:browse:bebrowse:com.acme.recon.reconReferences',
      'reconReference.glCalendarYear,eq,2026,literal',
      'reconReference.glPeriod,eq,7,literal',
    ),
    browse('urn:browse:mfg:xxpst1'),
  ]
}

export interface Login {
  readonly steps: readonly Step[]
  readonly headers: Readonly<Record<string, string>>
}

/** The first token and session that a fresh sandbox gives. */
const TOKEN = 'c81fa0f566a6ac294ff51ae3349e2be2ff314265'

export function oauth(token = TOKEN): Login {
  const body =
    'client_id=de300000de300000de300000de300000&grant_type=password&username=demo.mlc&password=demo-qad-password'
  return {
    steps: [{ method: 'POST', path: '/oauth/token', type: 'application/x-www-form-urlencoded', body }],
    headers: { authorization: `Bearer ${token}` },
  }
}

/** The record that a person saves in the ReconReference component. */
export const REFERENCE_SAVE: Step = {
  method: 'POST',
  path: '/api/bdoc/acme/recon/ReconReference',
  body: JSON.stringify([
    {
      ...{ domainCode: '10USA', entityCode: '10USACO', referenceId: 'mlc:TEST', glCalendarYear: 2026, glPeriod: 7 },
      ...{
        glAccount: '05010',
        subAccount: '',
        costCenter: '1100',
        project: '',
        siteCode: '10-100',
        currencyCode: 'USD',
      },
      ...{
        measure: 'net_amount',
        lookerAmount: 1.25,
        revision: 1,
        description: 'one record by hand',
        sourceQuery: 'by hand',
      },
      ...{ runId: 'by hand', sourceSystem: 'LOOKER' },
    },
  ]),
}

/** The entry that a person saves in the transient journal. */
export const JOURNAL_SAVE: Step = {
  method: 'POST',
  path: '/api/erp/transientJournalEntries?viewUri=urn:be:com.qad.financials.generalledger.journalentry.ITransientJournalEntry',
  body: JSON.stringify({
    supplementaryMessages: [],
    transientJournalEntries: [
      {
        ...{ uri: '', dataOperation: 'C', concurrencyHash: '', domainCode: '10USA', entityCode: '10USACO' },
        ...{ daybookCode: 'RECTR', glCalendarYear: 2026, glPeriod: 7, postingDate: '2026-07-31', voucherNumber: 0 },
        ...{ postingText: 'one entry by hand', postingSecondText: 'mlc:TEST' },
        journalEntryLines: [
          {
            ...{ glAccount: '05010', subAccount: '', costCenter: '1100', project: '', currencyCode: 'USD' },
            ...{ debitTC: 1.25, creditTC: 0, lineText: 'by hand' },
          },
          {
            ...{ glAccount: '09990', subAccount: '', costCenter: '', project: '', currencyCode: 'USD' },
            ...{ debitTC: 0, creditTC: 1.25, lineText: 'by hand' },
          },
        ],
      },
    ],
  }),
}
