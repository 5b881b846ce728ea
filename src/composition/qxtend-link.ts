import { needQxtend } from '../config/need.js'
import type { QadConfig } from '../config/schema.js'
import type { QadLink, TimeSeen } from '../doctor/ports.js'
import { MlcError } from '../errors.js'
import { TransportError } from '../http/http.js'
import { isoTime } from '../model/clock.js'
import { readBalances, readPosted } from '../qad/books.js'
import { checkDaybook } from '../qad/journal/daybook.js'
import { readChart } from '../qad/masters.js'
import type { ReadsOptions } from '../qad/options.js'
import { createQueryPlace } from '../qad/qxtend/query.js'
import { createReceiver, type QxtendPorts, type Receiver } from '../qad/qxtend/receiver.js'
import { readXml } from '../qad/xml.js'
import { describeRead, readRows, type QueryPlace } from '../qad/rows.js'
import { transportFailure } from '../qad/transport.js'
import { qxtendDocuments, qxtendOptions } from './qxtend-options.js'
import { timesFrom, watchTimes } from './times.js'

/** QXtend as the doctor questions it: its service description, and the query QDoc where the site has one. */
export function createQxtendLink(qad: QadConfig, ports: QxtendPorts): QadLink & { close(): Promise<void> } {
  const seen: TimeSeen[] = []
  const http = watchTimes(ports.http, ports.clock, seen)
  const { url } = needQxtend(qad)
  // A diagnosis tells what it met; trying again until it works is for a sync.
  const options = qxtendOptions({ ...qad, http: { ...qad.http, retries: 0 } })
  const { entry, query } = qxtendDocuments(qad)
  const receiver = createReceiver(options, { ...ports, http })
  const place = createQueryPlace(receiver, query)
  const { reads } = options
  const chart = (name: 'glAccounts' | 'costCentres' | 'periods') => readChart(place, { [name]: reads[name] })
  return {
    logIn: async () => {
      // A site may hide its service description; an answered query says more than it does.
      if (query === null) return findService(url, { ...ports, http })
      for await (const row of firstRead(place, reads, receiver)) if (row) break
    },
    sample: (name) => sampleOf(place, name as keyof ReadsOptions, reads),
    document: async () => {
      throw new MlcError('MLC-Q041', 'QXtend has no Swagger document')
    },
    masters: async (name) => {
      const { accounts, costCentres } = await chart(name)
      return (name === 'glAccounts' ? accounts : costCentres) ?? []
    },
    periods: async () => (await chart('periods')).periods ?? [],
    balances: (period) => readBalances(place, reads, period),
    posted: (period) => readPosted(place, reads, period, entry),
    async *daybooks() {
      const read = reads.daybooks
      if (read) for await (const cells of readRows(place, 'daybooks', read, null)) yield cells.code('code')
    },
    readiness: async () => {
      if (entry === null) return { caution: null }
      return checkDaybook(entry, place, reads, reads.glAccounts ? (await chart('glAccounts')).accounts : null)
    },
    times: () => timesFrom(http, url, seen),
    close: async () => undefined,
  }
}

/** Axis, which QXtend runs on, describes its service to anybody who asks. A site may have switched that off: 404 alone is a verdict. */
async function findService(url: string, { http, signal }: QxtendPorts): Promise<void> {
  const timeouts = { headersTimeoutMs: 10_000, idleTimeoutMs: 10_000 }
  const request = { method: 'GET', url: `${url}?wsdl`, headers: { accept: 'text/xml' }, ...timeouts } as const
  const answer = await http.send(signal ? { ...request, signal } : request).catch((error: unknown) => {
    throw error instanceof TransportError ? transportFailure(error, `QXtend at ${url}`, signal) : error
  })
  const read = readXml(answer.text)
  const isDescribed = read.ok && read.root.name === 'definitions'
  if (answer.status >= 500) throw new MlcError('MLC-Q503', `QXtend at ${url} answers HTTP ${answer.status}`)
  if (answer.status !== 404 && (answer.status !== 200 || isDescribed)) return
  const found = answer.status === 404 ? 'HTTP 404' : 'HTTP 200 without the description of a service'
  throw new MlcError('MLC-Q005', `${url}?wsdl answers ${found}`, {
    fix: 'Check qad.qxtend.url: web application and service, such as /qxi/services/QdocWebService.',
  })
}

/** Any read: user, password, receiver and version are looked at before the rows are. */
async function* firstRead(place: QueryPlace, reads: ReadsOptions, { clock }: Receiver) {
  const [name] = Object.keys(reads).filter((one) => reads[one as keyof ReadsOptions]) as (keyof ReadsOptions)[]
  const read = name === undefined ? null : reads[name]
  if (name === undefined || !read) return
  const [year = 0, period = 0] = isoTime(clock).slice(0, 7).split('-').map(Number)
  yield* place.rows(name, read, isOfPeriod(name) ? { year, period } : null, describeRead(name, read))
}

function isOfPeriod(name: keyof ReadsOptions): boolean {
  return name === 'balances' || name === 'posted'
}

/** Enough to tell the company by. */
const SAMPLE_ROWS = 50

async function sampleOf(place: QueryPlace, name: keyof ReadsOptions, reads: ReadsOptions) {
  const read = reads[name]
  if (!read || isOfPeriod(name)) return []
  const rows: Readonly<Record<string, unknown>>[] = []
  for await (const row of place.rows(name, read, null, describeRead(name, read))) {
    rows.push(row)
    if (rows.length === SAMPLE_ROWS) break
  }
  return rows
}
