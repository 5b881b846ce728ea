import { createHttp } from '../../../src/http/client.js'
import type { Reference } from '../../../src/model/reference.js'
import type { Answer, Ledger } from '../../../src/qad/ledger.js'
import type { ReadsOptions } from '../../../src/qad/options.js'
import type { QxtendOptions } from '../../../src/qad/qxtend/options.js'
import { createQxtend, separated, type QxtendDocuments } from '../../../src/qad/qxtend/qxtend.js'
import { compileTemplate } from '../../../src/qad/template/template.js'
import { demoEnterprise } from '../../../src/sandbox/company/company.js'
import type { Core } from '../../../src/sandbox/core.js'
import { createQadSandbox, type QadSandbox } from '../../../src/sandbox/qad/sandbox.js'
import type { QadWorld } from '../../../src/sandbox/qad/world.js'
import { serve } from '../../../src/sandbox/serve.js'
import { fastClock, reference } from '../site.js'

export const JULY = { year: 2026, period: 7 }
export const USER = { username: 'demo.mlc', password: 'demo-qad-password' }

export const ENTRY = `<maintainJournalEntry xmlns="urn:schemas-qad-com:xml-services"><BJournalEntry><tPosting>
  <tcCompanyCode>{{entity}}</tcCompanyCode><tcJournalCode>{{daybook}}</tcJournalCode>
  <PostingYear>{{year}}</PostingYear><PostingPeriod>{{period}}</PostingPeriod><PostingVoucher>0</PostingVoucher>
  <PostingDate>{{date}}</PostingDate><PostingText>{{description}}</PostingText><PostingSecondText>{{key}}</PostingSecondText>
  {{#lines}}<tPostingLine><tcGLCode>{{account}}</tcGLCode><tcCostCentreCode>{{costCentre}}</tcCostCentreCode>
    <tcCurrencyCode>{{currency}}</tcCurrencyCode>
    <PostingLineDebitTC>{{debit}}</PostingLineDebitTC><PostingLineCreditTC>{{credit}}</PostingLineCreditTC>
  </tPostingLine>{{/lines}}
</tPosting></BJournalEntry></maintainJournalEntry>
`

export const QUERY = `<?xml version="1.0" encoding="UTF-8"?>
<queryZzTold xmlns="urn:schemas-qad-com:xml-services"><dsQuery><ttQuery><tt_from>{{from}}</tt_from><tt_to>{{to}}</tt_to></ttQuery></dsQuery></queryZzTold>
`

export const READS = {
  glAccounts: {
    rows: 'dsZzTold.ttZzAcct',
    columns: { code: 'zz_acct', description: 'zz_desc', active: 'zz_active', type: 'zz_type' },
  },
  costCentres: { rows: 'dsZzTold.ttZzCtr', columns: { code: 'zz_ctr', description: 'zz_desc', active: 'zz_active' } },
  periods: {
    rows: 'dsZzTold.ttZzPer',
    columns: { year: 'zz_year', period: 'zz_per', start: 'zz_start', end: 'zz_end', status: 'zz_status' },
  },
  daybooks: {
    rows: 'dsZzTold.ttZzBook',
    columns: { code: 'zz_book', layerType: 'zz_layer_type', active: 'zz_active' },
  },
  balances: {
    rows: 'dsZzTold.ttZzBal',
    columns: {
      year: 'zz_year',
      period: 'zz_per',
      account: 'zz_acct',
      costCentre: 'zz_ctr',
      currency: 'zz_curr',
      amount: 'zz_amt',
    },
    filters: [['zz_layer', 'eq', 'OFFICIAL']],
  },
  posted: {
    rows: 'dsZzTold.ttZzTie',
    columns: {
      ...{ key: 'zz_key', year: 'zz_year', period: 'zz_per', account: 'zz_acct', costCentre: 'zz_ctr' },
      ...{ currency: 'zz_curr', amount: 'zz_amt', qadRef: 'zz_voucher' },
    },
  },
} satisfies ReadsOptions

export interface Enterprise {
  readonly sandbox: QadSandbox
  readonly ledger: Ledger
  /** Another adapter for the same receiver. */
  readonly again: () => Ledger
  readonly clock: ReturnType<typeof fastClock>
  readonly url: string
}

export interface EnterpriseSpec {
  readonly world?: QadWorld
  readonly changes?: Partial<QxtendOptions>
  readonly receiver?: Partial<QxtendOptions['qxtend']>
  readonly entry?: string
  readonly query?: string | null
  readonly daybook?: string
  readonly offset?: string
  readonly user?: { readonly username: string; readonly password: string }
  readonly before?: (inner: Core) => Core
}

/** A sandbox with QXtend on 127.0.0.1 and an adapter that talks to it over HTTP, for as long as `use` takes. */
export async function withEnterprise<T>(spec: EnterpriseSpec, use: (site: Enterprise) => Promise<T>): Promise<T> {
  const clock = fastClock(Date.parse('2026-08-03T06:00:00Z'))
  const world = spec.world ?? demoEnterprise()
  const sandbox = createQadSandbox(world, { now: () => clock.now() })
  const served = await serve(spec.before ? spec.before(sandbox) : sandbox)
  const url = `${served.url}${world.qxtend?.path ?? ''}`
  let ids = 0
  const again = () =>
    createQxtend(options(url, spec), documents(spec), {
      http: createHttp({ userAgent: 'mlc-test', caFile: null, trace: null }),
      clock,
      random: () => 0.5,
      uuid: () => `message-${++ids}`,
      credentials: async () => ({ clientId: null, ...(spec.user ?? USER) }),
    })
  try {
    return await use({ sandbox, ledger: again(), again, clock, url })
  } finally {
    await served.close()
  }
}

function options(url: string, { changes, receiver }: EnterpriseSpec): QxtendOptions {
  return {
    domain: '10USA',
    entity: '10USACO',
    auth: { type: 'session_context' },
    http: { readTimeoutMs: 400, minGapMs: 0, maxInFlight: 1, retries: 2, caFile: null, extraHeaders: {} },
    limits: { text: 40 },
    ...changes,
    reads: separated(changes?.reads ?? READS, receiver?.decimalSeparator ?? '.'),
    qxtend: {
      ...{ url, receiver: 'qad2017ee', qdocVersion: 'ERP3_2', scopeTransaction: true, suppressResponseDetail: false },
      ...{ soapAction: '""', decimalSeparator: '.' },
      ...receiver,
    },
  }
}

function documents({ entry, query, daybook = 'RECTR', offset = '09990' }: EnterpriseSpec): QxtendDocuments {
  const template = compileTemplate(entry ?? ENTRY, 'journal.xml.tmpl')
  return {
    entry: {
      template,
      settleSeconds: 60,
      daybook,
      offsetAccount: offset,
      keyPrefix: 'mlc:',
      allowOfficialLayer: false,
    },
    query: query === null ? null : compileTemplate(query ?? QUERY, 'query.xml.tmpl', 'query'),
  }
}

/** A reference to post in July. */
export function july(changes: Partial<Reference> = {}): Reference {
  return reference({ ...JULY, account: '05010', costCentre: '1100', ...changes })
}

export async function postJuly({ ledger }: Enterprise, changes: Partial<Reference> = {}): Promise<Answer> {
  const [answer] = await ledger.post([july(changes)])
  if (!answer) throw new Error('no answer')
  return answer
}
