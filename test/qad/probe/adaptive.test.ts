import { describe, expect, test } from 'vitest'
import type { AdaptiveOptions, ReadOptions, ReadsOptions } from '../../../src/qad/options.js'
import { probeAdaptive, type Probe } from '../../../src/qad/probe/adaptive.js'
import type { Fact } from '../../../src/qad/probe/fact.js'
import type { Core } from '../../../src/sandbox/core.js'
import type { FaultSpec } from '../../../src/sandbox/qad/faults.js'
import { options, ports, reference, withSite, type Site, type SiteSpec } from '../site.js'
import { READS } from '../world.js'

interface Case extends SiteSpec {
  readonly changes?: Partial<AdaptiveOptions>
  readonly fault?: Omit<FaultSpec, 'fault'> & { readonly fault: FaultSpec['fault'] }
  readonly posted?: number
}

/** A probe of a sandbox tenant over HTTP, and what passed. */
async function probed(spec: Case = {}): Promise<Probe & { readonly requests: Site['sandbox']['requests'] }> {
  return withSite(spec, async ({ sandbox, clock, url }) => {
    for (let at = 0; at < (spec.posted ?? 3); at++) {
      const { key, amount, account, costCentre, currency, measure } = reference({ measure: `m${at}` })
      sandbox.plant({ key, amount, account, costCentre, currency, measure, year: 2026, period: 3 })
    }
    if (spec.fault) sandbox.fault(spec.fault)
    const probe = await probeAdaptive(options(url, spec.changes), ports(clock, spec), async () => NO_DOCUMENT)
    return { ...probe, requests: sandbox.requests }
  })
}

const NO_DOCUMENT = { facts: [], candidates: [] }
const PERIOD_FILTERS = [
  ['reconReference.glCalendarYear', 'eq', '{year}'],
  ['reconReference.glPeriod', 'eq', '{period}'],
] as const
const FILTERED = { ...READS, posted: { ...READS.posted, filters: PERIOD_FILTERS } }

function find(facts: readonly Fact[], subject: string, rule: string): Fact | undefined {
  return facts.find((fact) => fact.subject === subject && fact.rule === rule)
}

describe('a tenant that is as mlc.yaml has it', () => {
  test('is confirmed or assumed in every rule, with what was seen', async () => {
    const { facts, isProven } = await probed({ changes: { reads: FILTERED } })
    expect(facts.filter(({ verdict }) => verdict === 'contradicted')).toEqual([])
    for (const [subject, rule, seen] of [
      ['login', 'credentials', /oauth_password/],
      ['workspace', 'honoured', /does not exist .* HTTP 403/],
      ['workspace', 'of the user', /10USA 10USACO/],
      ['reads.glAccounts', 'rows', /^\d+ rows, \d+ of them inactive, such as /],
      ['reads.glAccounts', 'columns', /code = ac_mstr\.ac_code/],
      ['reads.glAccounts', 'paging', /page 1 has \d+, page 2 has \d+ other rows/],
      ['reads.glAccounts', 'end', /behind the short page/],
      ['reads.glAccounts', 'count', /totalCount says/],
      ['reads.glAccounts', 'filters', /honoured: eq gt ge lt le sw ew cn rg$/],
      ['reads.glAccounts', 'impossible filter', /shows nothing/],
      ['reads.periods', 'open', /"open" \d+ \(open\).*; open: /],
      ['reads.periods', 'dates', /2026/],
      ['reads.balances', 'amounts', /plain decimals/],
      ['reads.posted', 'rows', /3 rows in 2026-03, 3 of them ours, such as MLC/],
      ['reads.posted', 'known to work', /"not there"/],
    ] as const)
      expect([subject, rule, find(facts, subject, rule)]).toMatchObject([
        subject,
        rule,
        { verdict: 'confirmed', evidence: expect.stringMatching(seen) as string, meaning: null, code: null },
      ])
    expect(isProven).toBe(true)
  })

  test('is asked by GET alone but for the login, and its write is not touched', async () => {
    const { requests } = await probed()
    const others = requests.filter(({ method }) => method !== 'GET')
    expect(others.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /oauth/token'])
    expect(requests.filter(({ path }) => path.startsWith('/api/bdoc'))).toEqual([])
  })

  test('says of everything it cannot see what hangs on it', async () => {
    const { facts } = await probed({ posted: 0 })
    const assumed = facts.filter(({ verdict }) => verdict === 'assumed')
    expect(assumed.length).toBeGreaterThan(0)
    for (const { meaning } of assumed) expect(meaning).toMatch(/\w{3}/)
  })
})

describe('what QAD does otherwise is contradicted, with what to change', () => {
  const on = 'xxgl01'
  const times = Infinity
  test.each<[string, Case, string, string, string, RegExp]>([
    [
      'accounts that are hidden',
      { fault: { fault: { is: 'emptyBrowse' }, on, times } },
      'reads.glAccounts',
      'rows',
      'MLC-Q010',
      /rights|security/,
    ],
    [
      'a page that comes twice',
      { fault: { fault: { is: 'repeatPage' }, on, times } },
      'reads.glAccounts',
      'paging',
      'MLC-Q012',
      /pageSize/,
    ],
    [
      'a count that disagrees',
      { fault: { fault: { is: 'wrongCount', by: 2 }, on: 'totalCount', times } },
      'reads.glAccounts',
      'count',
      'MLC-Q012',
      /how many rows/,
    ],
    ['pages that are capped', { before: capped }, 'reads.glAccounts', 'end', 'MLC-Q012', /pageSize to 2/],
    [
      'a column that is not there',
      reads({ glAccounts: { ...READS.glAccounts, columns: { code: 'ac_mstr.ac_cod' } } }),
      'reads.glAccounts',
      'columns',
      'MLC-Q011',
      /columns\.code/,
    ],
    [
      'a browse that QAD does not know',
      reads({ glAccounts: { ...READS.glAccounts, browse: 'urn:browse:mfg:none' } }),
      'reads.glAccounts',
      'rows',
      'MLC-Q013',
      /browse/,
    ],
    [
      'a read that the user may not have',
      { fault: { fault: { is: 'forbidden' }, on, times } },
      'reads.glAccounts',
      'rows',
      'MLC-Q006',
      /role/,
    ],
    [
      'status words that none means open',
      reads({ periods: { ...READS.periods, openValues: ['auf'] } }),
      'reads.periods',
      'open',
      'MLC-Q048',
      /openValues/,
    ],
    [
      'an active column that is a description',
      reads({ glAccounts: { ...READS.glAccounts, columns: { code: 'ac_mstr.ac_code', active: 'ac_mstr.ac_desc' } } }),
      'reads.glAccounts',
      'rows',
      'MLC-Q048',
      /columns\.active/,
    ],
    [
      'filters that hang on it and are ignored',
      {
        before: unfiltered,
        ...reads({ glAccounts: { ...READS.glAccounts, filters: [['ac_mstr.ac_type', 'eq', 'STANDARD']] } }),
      },
      'reads.glAccounts',
      'filters',
      'MLC-Q048',
      /another operator/,
    ],
    [
      'rows of another company',
      {
        changes: {
          domain: '30XX',
          workspace: { mode: 'header', header: 'x-qad-workspace-id', template: '10USA_10USACO' },
        },
      },
      'workspace',
      'rows',
      'MLC-Q040',
      /qad\.domain/,
    ],
    [
      'an amount that is no decimal',
      reads({ balances: { ...READS.balances, columns: { ...READS.balances.columns, amount: 'bal.curr' } } }),
      'reads.balances',
      'values',
      'MLC-Q013',
      /./,
    ],
    [
      'balances of another period than the one its filters ask for',
      { before: oneMonth, ...reads({ balances: { ...READS.balances, filters: BALANCE_FILTERS } }) },
      'reads.balances',
      'filters',
      'MLC-Q048',
      /balances\.filters/,
    ],
    ['a key that is cut short', { before: cutKeys }, 'reads.posted', 'key', 'MLC-Q048', /as wide as/],
    ['a key that stands there twice', { posted: 1, before: doubled }, 'reads.posted', 'key', 'MLC-Q048', /primary key/],
  ])('%s', async (_name, spec, subject, rule, code, change) => {
    const { facts } = await probed(spec)
    expect(find(facts, subject, rule)).toMatchObject({
      verdict: 'contradicted',
      code,
      change: expect.stringMatching(change) as string,
      meaning: expect.stringMatching(/\w/) as string,
    })
  })

  test('a column that is missing names those near it', async () => {
    const { facts } = await probed(reads({ glAccounts: { ...READS.glAccounts, columns: { code: 'ac_mstr.ac_cod' } } }))
    expect(find(facts, 'reads.glAccounts', 'columns')?.evidence).toContain('near it ac_mstr.ac_code')
  })
})

describe('what proves nothing is assumed', () => {
  test('a workspace that QAD does not look at', async () => {
    const { facts } = await probed({ before: oneWorkspace })
    expect(find(facts, 'workspace', 'honoured')).toMatchObject({
      verdict: 'assumed',
      evidence: expect.stringContaining('does not look at it') as string,
    })
  })

  test('filters that are ignored where nothing hangs on them', async () => {
    const { facts } = await probed({ before: unfiltered })
    expect(find(facts, 'reads.glAccounts', 'filters')).toMatchObject({ verdict: 'assumed' })
    expect(find(facts, 'reads.glAccounts', 'impossible filter')).toMatchObject({ verdict: 'assumed' })
  })

  test('a read of references that shows no row', async () => {
    const { facts, isProven } = await probed({ posted: 0, changes: { reads: FILTERED } })
    expect(find(facts, 'reads.posted', 'known to work')).toMatchObject({ verdict: 'assumed' })
    expect(isProven).toBe(false)
  })

  test('movements that are alike on two pages are no page that comes twice', async () => {
    const alike = { 'bal.year': 2026, 'bal.per': 3, 'bal.acct': '5010', 'bal.cc': '', 'bal.curr': 'USD', 'bal.amt': 1 }
    const before = (inner: Core) => rewriting(inner, 'xxbal1', () => alike)
    const { facts } = await probed({ before })
    expect(find(facts, 'reads.balances', 'paging')).toMatchObject({ verdict: 'confirmed' })
  })

  test('a read of references that loses rows shows one and proves nothing', async () => {
    const { facts, isProven } = await probed({ before: capped, changes: { reads: FILTERED } })
    expect(find(facts, 'reads.posted', 'end')).toMatchObject({ verdict: 'contradicted', code: 'MLC-Q012' })
    const evidence = expect.stringContaining('it shows rows, but reads.posted, end') as string
    expect(find(facts, 'reads.posted', 'known to work')).toMatchObject({ verdict: 'assumed', evidence })
    expect(isProven).toBe(false)
  })

  test('a read that does not look at its filters hides nothing', async () => {
    const { isProven } = await probed({ before: unfiltered, changes: { reads: FILTERED } })
    expect(isProven).toBe(true)
  })
})

test('references of a period long gone are found, and prove the read under its own filters', async () => {
  const { facts, isProven } = await withSite({}, async ({ sandbox, clock, url }) => {
    const { key, amount, account, currency } = reference()
    sandbox.plant({ key, amount, account, currency, year: 2019, period: 7 })
    return probeAdaptive(options(url, { reads: FILTERED }), ports(clock), async () => NO_DOCUMENT)
  })
  expect(isProven).toBe(true)
  expect(find(facts, 'reads.posted', 'rows')?.evidence).toContain('1 row in 2019-07')
})

test.each([
  ['in a period that was asked for', 3],
  ['in a period long gone', 1],
])(
  'filters under which nothing shows, though a row is there %s, contradict and prove nothing',
  async (_name, period) => {
    const filters = [['reconReference.measure', 'eq', '{period}'], PERIOD_FILTERS[0]] as const
    const { facts, isProven } = await withSite({}, async ({ sandbox, clock, url }) => {
      const { key, amount, account, currency } = reference()
      sandbox.plant({ key, amount, account, currency, year: period === 3 ? 2026 : 2019, period })
      const changes = { reads: { ...READS, posted: { ...READS.posted, filters } } }
      return probeAdaptive(options(url, changes), ports(clock), async () => NO_DOCUMENT)
    })
    expect(find(facts, 'reads.posted', 'filters')).toMatchObject({
      verdict: 'contradicted',
      change: expect.stringContaining('qad.reads.posted.filters') as string,
    })
    expect(isProven).toBe(false)
  },
)

test('credentials that are refused end the probe: 4; a QAD that is down: 75', async () => {
  await expect(probed({ password: 'wrong' })).rejects.toMatchObject({ code: 'MLC-Q004', exitCode: 4 })
  const fault = { fault: { is: 'gateway', status: 503 }, on: 'browses', times: Infinity } as const
  await expect(probed({ fault })).rejects.toMatchObject({ exitCode: 75 })
})

test('browses that QAD ships are offered for reads that mlc.yaml leaves out', async () => {
  const { candidates } = await probed({ changes: { reads: { ...READS, periods: null } } })
  expect(candidates).toMatchObject([
    { for: 'reads.periods', evidence: expect.stringContaining('glcd_det.glcd_year') as string },
  ])
})

function reads(changes: ReadsOptions): Case {
  return { changes: { reads: { ...READS, ...changes } } }
}

/** QAD with every request changed on its way in. */
function changing(inner: Core, change: (url: URL, headers: Headers) => void): Core {
  return {
    handle: async (request) => {
      const url = new URL(request.url)
      const headers = new Headers(request.headers)
      change(url, headers)
      const body = request.method === 'GET' ? {} : { body: await request.text() }
      return inner.handle(new Request(url, { method: request.method, headers, ...body }))
    },
  }
}

/** Pages of two rows, whatever was asked for. */
function capped(inner: Core): Core {
  return changing(inner, ({ searchParams }) => {
    if (Number(searchParams.get('pageSize')) > 100) searchParams.set('pageSize', '2')
  })
}

function unfiltered(inner: Core): Core {
  return changing(inner, ({ searchParams }) => searchParams.delete('filter'))
}

const BALANCE_FILTERS: ReadOptions['filters'] = [
  ['bal.year', 'eq', '{year}'],
  ['bal.per', 'eq', '{period}'],
]

/** Whatever period is asked for, these are rows of another. */
function oneMonth(inner: Core): Core {
  return rewriting(inner, 'xxbal1', (row) => ({ ...row, 'bal.year': 2019, 'bal.per': 7 }))
}

function cutKeys(inner: Core): Core {
  const name = 'reconReference.referenceId'
  return rewriting(inner, 'reconReferences', (row) => ({ ...row, [name]: String(row[name]).slice(0, 10) }))
}

function rewriting(inner: Core, browse: string, change: (row: Row) => Row): Core {
  return {
    handle: async (request) => {
      const reply = await inner.handle(request)
      if (!(reply instanceof Response) || !request.url.includes(browse) || !reply.ok) return reply
      const body = (await reply.json()) as { data?: Row[] }
      return Response.json(Array.isArray(body.data) ? { ...body, data: body.data.map(change) } : body)
    },
  }
}

type Row = Readonly<Record<string, unknown>>

function oneWorkspace(inner: Core): Core {
  return changing(inner, (_url, headers) => headers.set('x-qad-workspace-id', '10USA_10USACO'))
}

/** Every row of references comes twice, the second with another row number. */
function doubled(inner: Core): Core {
  return {
    handle: async (request) => {
      const reply = await inner.handle(request)
      if (!(reply instanceof Response) || !request.url.includes('reconReferences')) return reply
      const body = (await reply.json()) as { data: Record<string, unknown>[] }
      const data = body.data.flatMap((row) => [row, { ...row, 'reconReference.uri': 'another' }])
      return Response.json({ ...body, data: new URL(request.url).searchParams.get('page') === '1' ? data : [] })
    },
  }
}
