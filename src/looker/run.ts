import { MlcError } from '../errors.js'
import { TransportError, type HttpStream } from '../http/http.js'
import { isRetryable, retryDelayMs, type RetryPolicy } from '../http/retry.js'
import { isoTime, type Clock } from '../model/clock.js'
import type { Field, Row } from '../model/row.js'
import { checkEmptyAnswer, checkHeaders, checkRows, readMetadata, type Metadata } from './answer.js'
import { createApplied, type Untold } from './applied.js'
import type { Api } from './api.js'
import { createBounds } from './bounds.js'
import { queryCall, type Format, type Question } from './call.js'
import { UNKNOWN, type ResolvedSource } from './describe.js'
import { askFilters, askQuery } from './filters.js'
import { isAboutFormat, type FormatChoice } from './format.js'
import { withoutMark } from './mark.js'
import type { Gate } from './pace.js'
import { BrokenOff } from './reader/broken-off.js'
import { createRowReader, type RowReader } from './reader/reader.js'
import { transportFailure } from './refusal.js'
import type { Redact } from './words.js'
import { openTask, type HandedOut } from './task.js'

/** Asks one source. Rows come as Looker sends them, each checked; an empty batch means "forget this question's rows". */
export interface Run {
  /** @returns how many rows the answer had */
  readonly ask: (question: Question) => AsyncGenerator<readonly Row[], number>
  /** The source's fields, completed by what Looker told in its answer. */
  readonly fields: () => readonly Field[]
  /** Query calls sent so far. */
  requests(): number
  /** What the answers so far told. */
  told(): Told
  /** Keeps what a person should know of the rows, beside what Looker tells. */
  remark(text: string): void
  /** Asks for what no answer told of the filters that Looker applies, for a query call each, and compares it likewise. @throws MLC-L017 */
  learnFilters(): Promise<void>
}

interface Told {
  readonly ranAt: string
  /** Null where no answer told. */
  readonly filters: Metadata['filters']
  /** What no answer told of the filters asked for. */
  readonly untold: Untold
  readonly notes: readonly string[]
  /** Remarks that nobody may miss. */
  readonly warnings: readonly string[]
}

export interface RunPorts {
  readonly api: Api
  readonly clock: Clock
  readonly gate: Gate
  readonly formats: FormatChoice
  /** For whole answers that break off. */
  readonly retries: RetryPolicy
  readonly signal: AbortSignal | undefined
  /** From one row of an answer to the next. */
  readonly timeoutMs: number
  /** For the words of good answers; what is no success comes without credentials already. */
  readonly redact?: Redact | undefined
}

export function createRun(source: ResolvedSource, ports: RunPorts): Run {
  const { host } = new URL(ports.api.baseUrl)
  const notes = new Set(source.notes)
  const applied = createApplied(source)
  let sorts: readonly string[] | undefined
  let requests = 0
  const sent = () => requests++
  let ranAt = isoTime(ports.clock)
  let fields: readonly Field[] = source.definition.fields

  async function* ask(question: Question): AsyncGenerator<readonly Row[], number> {
    const leave = await ports.gate.enter()
    try {
      return yield* untilWhole(question)
    } finally {
      leave()
    }
  }

  async function* untilWhole(question: Question): AsyncGenerator<readonly Row[], number> {
    const handed: HandedOut = { task: null }
    for (let tries = 1; ; tries++) {
      let rows = 0
      try {
        for await (const batch of once(question, handed)) {
          rows += batch.length
          yield batch
        }
        return rows
      } catch (error) {
        const delayMs = mayRepeat(error) ? retryDelayMs(tries, undefined, ports.retries, ports.clock.now()) : null
        if (delayMs === null) throw explained(error, rows, tries)
        if (rows > 0) yield []
        await ports.clock.sleep(delayMs, ports.signal)
      }
    }
  }

  async function* once(question: Question, handed: HandedOut): AsyncGenerator<readonly Row[]> {
    const columns = new Set(question.fields ?? source.saved.fields)
    const answer = await open(question, handed)
    checkHeaders(answer.headers, ports.redact)
    ranAt = isoTime(ports.clock)
    const reader = createRowReader()
    const bounds = createBounds({ host, timeoutMs: ports.timeoutMs }, ports.clock)
    const unmarked = withoutMark()
    let rows = 0
    let members = 0
    for await (const chunk of answer.body) {
      const batch = reader.push(unmarked(chunk))
      bounds.took(chunk.length, batch.length > 0 || reader.members.size > members)
      if (batch.length === 0 && reader.members.size === members) continue
      members = reader.members.size
      learnFields(reader)
      rows = checkRows(batch, columns, rows, ports.redact)
      if (batch.length > 0) yield batch
      bounds.resume()
    }
    reader.end()
    checkEnd(reader, rows, columns, question)
  }

  async function open(question: Question, handed: HandedOut): Promise<HttpStream> {
    if (question.fields === undefined) sorts = question.sorts
    const format = await ports.formats.current()
    const openAs = (as: Format) =>
      question.asTask
        ? openTask(source, question, as, ports, sent, handed, (query) => applied.made(query, question.from))
        : ports.api.stream(queryCall(ports.api.baseUrl, source, question, as), sent)
    const outcome = await openAs(format)
    if (outcome.refused === null) return outcome.value
    if (format === 'json' || !isAboutFormat(outcome.refused)) throw outcome.error
    const plain = await openAs('json')
    if (plain.refused !== null) throw plain.error
    ports.formats.fallBack()
    return plain.value
  }

  /** Where the Explore could not be read, the answer itself says which column is a measure, when it says so first. */
  function learnFields(reader: RowReader): void {
    if (!fields.some(({ type }) => type === UNKNOWN)) return
    const told = new Map(readMetadata(reader.members, ports.redact).fields?.map((field) => [field.name, field]))
    fields = fields.map((field) => (field.type === UNKNOWN ? (told.get(field.name) ?? field) : field))
  }

  function checkEnd(reader: RowReader, rows: number, columns: ReadonlySet<string>, { from }: Question): void {
    const metadata = readMetadata(reader.members, ports.redact)
    if (!reader.hasRows) throw withoutRows(reader.members)
    if (rows === 0) checkEmptyAnswer(metadata.fields, columns)
    if (metadata.filters === null && !source.isChecked && Object.keys(source.definition.filters).length > 0)
      throw new MlcError(
        'MLC-L017',
        'whether Looker applied the filters cannot be told: neither Explore nor answer show it',
      )
    applied.took(metadata, from)
    for (const note of metadata.notes) notes.add(note)
  }

  async function learnFilters(): Promise<void> {
    const leave = await ports.gate.enter()
    try {
      const untold = applied.untold()
      const told = untold.filters.length > 0 ? await askFilters(ports.api, source, sorts, untold.filters, sent) : null
      if (told !== null) applied.took({ ...told, filters: told.filters ?? applied.filters() }, undefined)
      const query = untold.fields.length > 0 ? await askQuery(ports.api, source, untold.fields, sent) : null
      if (query !== null) applied.made(query, undefined)
    } finally {
      leave()
    }
  }

  function mayRepeat(error: unknown): boolean {
    return error instanceof BrokenOff || (error instanceof TransportError && isRetryable(error))
  }

  function explained(error: unknown, rows: number, tries: number): unknown {
    ports.signal?.throwIfAborted()
    const isTimeout = error instanceof TransportError && error.fault !== 'cut'
    if (isTimeout) return transportFailure(host, error)
    if (!(error instanceof BrokenOff) && !(error instanceof TransportError)) return error
    const message = `the answer of ${host} broke off ${tries} times, the last time after ${rows} rows: ${error.message}`
    return new MlcError('MLC-L009', message, { cause: error })
  }

  const told = () => ({
    ranAt,
    filters: applied.filters(),
    untold: applied.untold(),
    notes: [...notes, ...applied.notes],
    warnings: [...applied.warnings],
  })
  const remark = (text: string) => void notes.add(text)
  return { ask, fields: () => fields, requests: () => requests, told, remark, learnFilters }
}

/** Releases 23.20 to 24.16 answer with the query task where its rows were asked for. (sdk-codegen issue 1412) */
function withoutRows(members: ReadonlyMap<string, unknown>): MlcError {
  if (!members.has('result_format')) return new MlcError('MLC-L015', 'the answer of Looker is an object without rows')
  return new MlcError('MLC-L015', 'Looker sent the query task again where its rows were asked for', {
    fix: 'Some releases from 23.20 to 24.16 do: upgrade Looker, or use --paging stream or keyset (paging: in mlc.yaml).',
  })
}
