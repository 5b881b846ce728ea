import { MlcError } from '../../errors.js'
import { TransportError, type HttpAnswer } from '../../http/http.js'
import { withRetries } from '../../http/retry.js'
import { isoTime } from '../../model/clock.js'
import { formatPeriod, type Period } from '../../model/period.js'
import { at, type ExactObject } from '../exact.js'
import type { ReadOptions, ReadsOptions } from '../options.js'
import type { QueryPlace } from '../rows.js'
import type { Template } from '../template/template.js'
import { readQdocAnswer, type QdocAnswer } from './answer.js'
import type { Receiver } from './receiver.js'
import { rowsUnder } from './table.js'
import { aboutCredentials } from './verdict.js'
import type { XmlElement } from '../xml.js'

/** The query QDoc of a site as a place to read from. Every call asks anew, except that the masters of one place are asked for once. */
export function createQueryPlace(receiver: Receiver, template: Template | null): QueryPlace {
  const { domain, entity } = receiver.options
  const masters = mastersOnce(receiver, template)
  return {
    ...{ domain, entity },
    async *rows(name, read, period, what) {
      const response =
        period === null ? await masters(name, read, what) : await query(receiver, template, period, period, what)
      yield* rowsUnder(response, read, what)
    },
  }
}

/**
 * Masters belong to no period, but the QDoc wants to be asked for some: it is asked for this month. A site that cuts its calendar
 * to what it was asked for is asked once more, for all time: the period to be posted to may be any.
 */
function mastersOnce(receiver: Receiver, template: Template | null) {
  let narrow: Promise<XmlElement> | null = null
  let wide: Promise<XmlElement> | null = null
  return async (name: keyof ReadsOptions, read: ReadOptions, what: string): Promise<XmlElement> => {
    const now = monthOf(isoTime(receiver.clock))
    const response = await (narrow ??= query(receiver, template, now, now, what))
    if (name !== 'periods' || !isCutTo(now, rowsUnder(response, read, what), read)) return response
    return (wide ??= query(receiver, template, EARLIEST, LATEST, what))
  }
}

const EARLIEST = { year: 1900, period: 1 }
const LATEST = { year: 2999, period: 12 }

function monthOf(time: string): Period {
  return { year: Number(time.slice(0, 4)), period: Number(time.slice(5, 7)) }
}

function isCutTo({ year, period }: Period, rows: readonly ExactObject[], { columns }: ReadOptions): boolean {
  const says = (row: ExactObject, column: string | null | undefined, number: number) =>
    Number(column ? at(row, column) : number) === number
  return rows.every((row) => says(row, columns['year'], year) && says(row, columns['period'], period))
}

/**
 * The response element of the query QDoc for these periods. Reads are safe to repeat, so faults are retried.
 * @throws MLC-Q002 … MLC-Q007, MLC-Q013, MLC-Q016, MLC-Q503
 */
export async function query(
  receiver: Receiver,
  template: Template | null,
  from: Period,
  to: Period,
  what: string,
): Promise<XmlElement> {
  if (template === null)
    throw new MlcError('MLC-Q016', `qad.qxtend.queryTemplate is not set, so ${what} cannot be read`)
  const values = { from: formatPeriod(from), to: formatPeriod(to) }
  try {
    const { answer, status } = await withRetries(receiver.retries, receiver.clock, receiver.signal, () =>
      ask(receiver, template, values),
    )
    return responseOf(answer, status, receiver, what)
  } catch (error) {
    throw error instanceof TransportError ? receiver.unreached(error, what) : error
  }
}

interface Reply {
  /** As `withRetries` is to take it: 503 for what is worth another try. */
  readonly status: number
  readonly headers: HttpAnswer['headers']
  readonly answer: QdocAnswer
}

async function ask(receiver: Receiver, template: Template, values: { from: string; to: string }): Promise<Reply> {
  const got = await receiver.send(await receiver.document(template, values, ''))
  const answer = readQdocAnswer(got.text, receiver.secrets())
  const isBroken = answer.kind === 'unreadable' && answer.isEarlyEnd && got.status === 200
  if (isBroken) throw new TransportError('cut', true, 'the answer breaks off')
  return { status: answer.kind === 'unreadable' ? got.status : worthOf(answer), headers: got.headers, answer }
}

function worthOf(answer: Exclude<QdocAnswer, { kind: 'unreadable' }>): number {
  if (aboutCredentials(answer.words)) return 200
  if (answer.kind === 'fault') return answer.by === 'server' ? 503 : 200
  const isTransient = answer.result === 'error' && [...answer.codes].some((code) => TRANSIENT.has(code))
  return isTransient ? 503 : 200
}

/** No session, sending failed, no answer in time. (QXtend User Guide, exceptions) */
const TRANSIENT = new Set(['process-001', 'process-002', 'process-003', 'process-009'])

function responseOf(answer: QdocAnswer, status: number, receiver: Receiver, what: string): XmlElement {
  const where = `${receiver.name}, ${what}`
  if (answer.kind === 'unreadable') throw statusFailure(status, answer.reason, where, receiver)
  if (aboutCredentials(answer.words)) throw receiver.turnedAway(answer.words)
  if (status === 503) throw new MlcError('MLC-Q503', `${where}: ${answer.words}`)
  if (answer.kind === 'fault')
    throw new MlcError('MLC-Q013', `${where}: ${answer.words}`, {
      fix: 'Correct qad.qxtend (receiver, qdocVersion) or its queryTemplate.',
    })
  // An answer with a warning may be cut short: what is missing from it would be taken for absent. An error beside a success, too.
  if (answer.result !== 'success' || answer.messages.some(({ severity }) => severity === 'error'))
    throw new MlcError('MLC-Q013', `${where}: QXtend says ${answer.result}: ${answer.words || 'no reason given'}`)
  return answer.response
}

function statusFailure(status: number, reason: string, where: string, receiver: Receiver): MlcError {
  if (status === 401) return receiver.turnedAway('HTTP 401')
  if (status === 403) return new MlcError('MLC-Q006', `${where}: HTTP 403`)
  if (status === 429) return new MlcError('MLC-Q007', `${where}: HTTP 429`)
  const said = `${where}: HTTP ${status} with ${reason}`
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return new MlcError('MLC-Q005', said, {
      fix: 'Check qad.qxtend.url: it ends in /services/QdocWebService on most sites.',
    })
  return new MlcError(status >= 500 ? 'MLC-Q503' : 'MLC-Q013', said)
}
