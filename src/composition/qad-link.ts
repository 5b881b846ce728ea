import type { QadConfig } from '../config/schema.js'
import type { QadLink, TimeSeen } from '../doctor/ports.js'
import { MlcError } from '../errors.js'
import { TransportError, type HttpAnswer } from '../http/http.js'
import { quotableAddress } from '../model/address.js'
import { readBalances, readPosted } from '../qad/books.js'
import { browseRows } from '../qad/browse.js'
import type { Session } from '../qad/auth/auth.js'
import { readEnvelope } from '../qad/envelope.js'
import { isList, isObject, readExact, type Exact } from '../qad/exact.js'
import { isSessionEnd, looksLikePage, sessionEndWords } from '../qad/login-page.js'
import { checkDaybook } from '../qad/journal/daybook.js'
import { readChart } from '../qad/masters.js'
import type { ReadOptions, ReadsOptions } from '../qad/options.js'
import { readAnswer } from '../qad/read.js'
import { describeRead, findList, readRows } from '../qad/rows.js'
import { createTenant, type AdaptivePorts as TenantPorts, type Tenant } from '../qad/tenant.js'
import { transportFailure } from '../qad/transport.js'
import { adaptiveOptions } from './qad-options.js'
import { createQxtendLink } from './qxtend-link.js'
import { timesFrom, watchTimes } from './times.js'

/** QAD as the doctor questions it, through the adapter's own session and reads: what fails here fails in a sync. */
export function createQadLink(qad: QadConfig, ports: TenantPorts): QadLink & { close(): Promise<void> } {
  if (qad.kind === 'qxtend') return createQxtendLink(qad, ports)
  const seen: TimeSeen[] = []
  const http = watchTimes(ports.http, ports.clock, seen)
  // A diagnosis tells what it met; trying again until it works is for a sync.
  const tenant = createTenant({ ...qad, http: { ...qad.http, retries: 0 } }, { ...ports, http })
  const { reads } = qad
  const chart = memoised((name: 'glAccounts' | 'costCentres' | 'periods') => readChart(tenant, { [name]: reads[name] }))
  const { write } = adaptiveOptions(qad)
  const form = write?.target === 'journal' ? write : null
  return {
    logIn: () => logIn(tenant, qad),
    sample: (name) => sampleOf(tenant, name as keyof ReadsOptions, reads[name as keyof typeof reads]),
    document: async (path) =>
      JSON.stringify(await readAnswer(tenant, path, `qad.swagger (${quotableAddress(path) ?? 'not shown'})`)),
    masters: async (name) => {
      const { accounts, costCentres } = await chart(name)
      return (name === 'glAccounts' ? accounts : costCentres) ?? []
    },
    periods: async () => (await chart('periods')).periods ?? [],
    balances: (period) => readBalances(tenant, reads, period),
    posted: (period) => readPosted(tenant, reads, period, form),
    daybooks: () => daybooksOf(tenant, reads.daybooks),
    readiness: async () => {
      if (form === null) return { caution: null }
      return checkDaybook(form, tenant, reads, reads.glAccounts ? (await chart('glAccounts')).accounts : null)
    },
    times: () => timesFrom(http, `${tenant.baseUrl}/`, seen),
    close: () => tenant.close(),
  }
}

/** Some logins are only believed or refused by the first call made with them, so one small read belongs to it. */
async function logIn(tenant: Tenant, qad: QadConfig): Promise<void> {
  const first = await knock(tenant, qad)
  if (!isSessionEnd(first.answer)) return refuseStranger(first, tenant, qad)
  await tenant.renew(first.session, sessionEndWords(first.answer))
  const second = await knock(tenant, qad)
  if (isSessionEnd(second.answer))
    throw new MlcError('MLC-Q004', `QAD at ${tenant.baseUrl} takes the login, then asks for it again`)
  refuseStranger(second, tenant, qad)
}

/** The answer to the smallest read there is, and where its rows are to be. */
interface Knock {
  readonly answer: HttpAnswer
  readonly session: Session
  /** Null: what is read has no rows. */
  readonly rows: string | null
}

async function knock(tenant: Tenant, { reads }: QadConfig): Promise<Knock> {
  const configured = Object.values(reads).filter((read) => read !== null)
  const browse = configured.find((read) => read.browse !== null)?.browse
  const list = configured.find((read) => read.path !== null)
  const path = browse ? firstRowOf(browse, tenant) : (list?.path ?? HARMLESS)
  try {
    return {
      ...(await tenant.send({ method: 'GET', path })),
      rows: browse ? 'data' : list ? (list.rows ?? 'data') : null,
    }
  } catch (error) {
    if (error instanceof TransportError) throw transportFailure(error, `QAD at ${tenant.baseUrl}`, tenant.signal)
    throw error
  }
}

const HARMLESS = '/api/qracore/securityControl'

function firstRowOf(browse: string, { uuid }: Tenant): string {
  const query = { browseId: browse, callId: uuid(), page: '1', pageSize: '1', pageAction: 'first' }
  return `/api/qracore/browses?${new URLSearchParams(query).toString()}`
}

/**
 * Basic has no login call of its own, and a cookie is handed to anybody: whether the credentials were looked at shows only in an
 * answer that is QAD's. A token was issued for them, so there a read may fail for reasons of its own.
 */
function refuseStranger({ answer, rows }: Knock, { baseUrl }: Tenant, { auth }: QadConfig): void {
  const { status, text } = answer
  if (auth.type.startsWith('oauth')) return
  if (status >= 200 && status < 300) {
    if (speaksQad(text, rows)) return
    const what = looksLikePage(text) ? 'a web page' : rows === null ? 'nothing' : `no rows under "${rows}"`
    throw new MlcError(
      'MLC-Q005',
      `${baseUrl} answers HTTP ${status} with ${what}: whether it took the login is not told`,
    )
  }
  if (auth.type !== 'basic') return
  if (status >= 500) throw new MlcError('MLC-Q503', `QAD at ${baseUrl} answers HTTP ${status}`)
  if (status === 429) throw new MlcError('MLC-Q007', `QAD at ${baseUrl} refuses the login for now (HTTP 429)`)
  // A permission that is denied is denied to somebody.
  if (status === 403 && complains(readExact(text)?.value ?? null)) return
  throw new MlcError('MLC-Q005', `${baseUrl} answers HTTP ${status}, not as a QAD tenant`)
}

function speaksQad(text: string, rows: string | null): boolean {
  const body = readExact(text)?.value ?? null
  if (isList(body) || complains(body)) return true
  if (!isObject(body)) return false
  return rows === null ? Object.keys(body).length > 0 : findList(body, rows) !== null
}

/** In the words of QAD, such as that there is no such browse. */
function complains(body: Exact): boolean {
  const { success, complaints } = readEnvelope(body)
  return success !== null || complaints.length > 0
}

/** Enough to tell the company by. */
const SAMPLE_ROWS = 50

async function sampleOf(tenant: Tenant, name: keyof ReadsOptions, read: ReadOptions | null) {
  if (read === null) return []
  const what = describeRead(name, read)
  if (!read.browse) {
    const list = findList(await readAnswer(tenant, read.path ?? '', what), read.rows ?? 'data') ?? []
    return list.filter(isObject).slice(0, SAMPLE_ROWS)
  }
  const rows: Readonly<Record<string, unknown>>[] = []
  for await (const row of browseRows(tenant, { ...read, pageSize: SAMPLE_ROWS }, [], what)) {
    rows.push(row)
    if (rows.length === SAMPLE_ROWS) break
  }
  return rows
}

async function* daybooksOf(tenant: Tenant, read: ReadOptions | null): AsyncGenerator<string> {
  if (read === null) return
  for await (const cells of readRows(tenant, 'daybooks', read, null)) yield cells.code('code')
}

function memoised<N extends string, T>(make: (name: N) => Promise<T>): (name: N) => Promise<T> {
  const made = new Map<N, Promise<T>>()
  return (name) => {
    const known = made.get(name) ?? make(name)
    made.set(name, known)
    return known
  }
}
