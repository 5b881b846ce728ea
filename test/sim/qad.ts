import type { Chance } from './random.js'
import type { Tally } from './tally.js'
import { BROWSES, LOGIN_PATH, WRITE_PATH, type Manners } from './tenant.js'

/** A reference as the simulated QAD holds it. */
export interface StoredRow {
  readonly key: string
  readonly amount: string
  readonly account: string
  readonly costCentre: string
  readonly year: string
  readonly period: string
  readonly currency: string
  readonly measure: string
  readonly project: string
  readonly revision: string
  readonly id: string
  /** Virtual time; a read may show it later. */
  readonly storedAt: number
  readonly lagMs: number
  /** It came of a request that the network delivered a second time. */
  readonly again: boolean
}

export interface SimAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** QAD as its clients meet it: whatever reaches it is processed at that moment, whether or not anybody still listens. */
export interface SimQad {
  readonly rows: readonly StoredRow[]
  /** What is done and answered when the request arrives. */
  /** @param again the network delivers it a second time */
  receive(request: SimRequest, again: boolean): SimAnswer
  /** Every session ends now. */
  endSessions(): void
  /** Periods `YYYY-PP` that take no posting. */
  readonly closed: Set<string>
  /** Refuses single records of a batch, in passing. */
  moody: boolean
}

export interface SimRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const MASTERS = {
  accounts: ['04010', '04020', '04030'],
  costCentres: ['1100', '1200'],
  periods: ['2026-06', '2026-07'],
}

export function createSimQad(manners: Manners, now: () => number, chance: Chance, tally: Tally): SimQad {
  const rows: StoredRow[] = []
  const closed = new Set<string>()
  const sessions = new Set<string>()
  let [lastSession, nextId] = [0, 0]
  const qad: SimQad = { rows, closed, moody: false, receive, endSessions: () => sessions.clear() }
  return qad

  function receive(request: SimRequest, again: boolean): SimAnswer {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname.endsWith(LOGIN_PATH)) return logIn()
    if (!sessions.has(request.headers['authorization'] ?? '')) return sessionEnded(manners)
    if (pathname.endsWith(WRITE_PATH)) return write(recordsIn(request.body), again)
    return page(browsed(searchParams))
  }

  function logIn(): SimAnswer {
    const token = `t${++lastSession}`
    sessions.add(`Bearer ${token}`)
    return json(200, { access_token: token, expires_in: 1800 })
  }

  function write(records: readonly Words[], again: boolean): SimAnswer {
    const judged = records.map((record) => ({ record, complaint: complaintAbout(record, records) }))
    const complaints = judged.flatMap(({ complaint }) => (complaint === null ? [] : [complaint]))
    const good = judged.filter(({ complaint }) => complaint === null).map(({ record }) => record)
    const stored = complaints.length > 0 && manners.atomic ? [] : good
    for (const record of stored) store(record, again)
    if (complaints.length > 0 && stored.length > 0) tally.count('qad: part of a batch stored')
    if (complaints.length === 0) return created(records)
    if (manners.duplicateAs409 && complaints.every((words) => words.includes('already exists')))
      return json(409, { message: complaints[0] })
    return json(200, { data: {}, submitResult: { success: false, errors: complaints.map((message) => ({ message })) } })
  }

  function complaintAbout(record: Words, all: readonly Words[]): string | null {
    const { key = '', year = '', period = '' } = record
    const named = manners.namesKeys ? `${key}: ` : ''
    if (closed.has(`${year}-${period.padStart(2, '0')}`)) return `${named}Period ${period} is closed`
    if (qad.moody && chance.hit(0.15)) {
      tally.count('qad: single record refused')
      return `${named}Record is in use by another user`
    }
    const isTwin = all.indexOf(record) !== all.findIndex((each) => each['key'] === key)
    if (!manners.unique || (!isTwin && !rows.some((row) => row.key === key))) return null
    tally.count('qad: duplicate refused')
    return `ReconReference already exists with referenceId ${key}`
  }

  function store(record: Words, again: boolean): void {
    const { key = '', amount = '', account = '', costCentre = '', year = '', period = '' } = record
    const { currency = '', measure = '', project = '', revision = '' } = record
    const lagMs = manners.lag === 'none' ? 0 : chance.whole(0, 5_000)
    const at = { storedAt: now(), lagMs, again, id: `id-${++nextId}` }
    rows.push({ key, amount, account, costCentre, year, period, currency, measure, project, revision, ...at })
  }

  function created(records: readonly Words[]): SimAnswer {
    if (manners.emptyAnswers) return { status: 201, headers: {}, text: '' }
    const data = records.map((record) => ({ ...record, uri: `urn:${record['key'] ?? ''}` }))
    return json(201, { data, submitResult: { success: true, errors: [] } })
  }

  function browsed(query: URLSearchParams): readonly Words[] {
    const browse = query.get('browseId') ?? ''
    if (browse === BROWSES.posted) return visibleRows(query.getAll('filter'))
    if (browse === BROWSES.periods) return MASTERS.periods.map(calendarRow)
    return (browse === BROWSES.accounts ? MASTERS.accounts : MASTERS.costCentres).map((code) => ({ code }))
  }

  function visibleRows(filters: readonly string[]): readonly Words[] {
    // A replica that is behind shows all rows up to some moment; an index that is behind lacks single rows.
    const asOf = now() - (manners.lag === 'replica' ? chance.whole(0, 5_000) : 0)
    const visible = rows.filter(({ storedAt, lagMs }) => storedAt + (manners.lag === 'index' ? lagMs : 0) <= asOf)
    if (visible.length < rows.length) tally.count('qad: read that lags')
    const wanted = filters.map((filter) => filter.split(','))
    return visible
      .map(({ storedAt: _storedAt, lagMs: _lagMs, again: _again, ...words }): Words => words)
      .filter((row) => wanted.every(([field = '', , value]) => Number(row[field]) === Number(value)))
  }

  function calendarRow(text: string): Words {
    const [year = '', period = ''] = text.split('-')
    return { year, period, start: `${text}-01`, end: `${text}-28`, status: closed.has(text) ? 'closed' : 'open' }
  }
}

type Words = Readonly<Record<string, string>>

/** Amounts are kept as the digits that were sent. */
function recordsIn(body: string): readonly Words[] {
  return JSON.parse(body.replace(/:(-?\d[\d.]*)(?=[,}])/g, ':"$1"')) as readonly Words[]
}

function page(rows: readonly Words[]): SimAnswer {
  return json(200, { data: rows, auxillaryData: { HasMoreParams: 'false' } })
}

export function sessionEnded({ sessionEnd }: Manners): SimAnswer {
  if (sessionEnd === '401') return json(401, { message: 'Full authentication is required' })
  if (sessionEnd === 'redirect')
    return { status: 302, headers: { location: '/clouderp/resources/login.jsp' }, text: '' }
  return {
    status: 200,
    headers: {},
    text: '<!DOCTYPE html><html><body><form><input type="password"/></form></body></html>',
  }
}

function json(status: number, body: unknown): SimAnswer {
  return { status, headers: { 'content-type': 'application/json' }, text: JSON.stringify(body) }
}
