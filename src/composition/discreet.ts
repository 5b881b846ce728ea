import { MlcError } from '../errors.js'
import type { Looker } from '../looker/looker.js'
import type { PullResult } from '../looker/source.js'
import type { Answer, Ledger } from '../qad/ledger.js'
import { redact } from './redaction.js'

/**
 * The adapters as the pipeline hears them. What they say of an answer may quote it, and what the pipeline is told goes to
 * stdout and into the audit. Rows, codes and amounts stay what they are.
 */
export function discreetSource(source: Looker): Looker {
  return {
    ...discreetRows(source),
    looks: () => quietly(() => source.looks()),
    labels: (...asked) => quietly(() => source.labels(...asked)),
    estimate: (...asked) => quietly(() => source.estimate(...asked)),
    dashboard: (...asked) => quietly(() => source.dashboard(...asked)),
    plans: {
      ofLook: (look) => quietly(() => source.plans.ofLook(look)),
      own: () => quietly(() => source.plans.own()),
      create: (body) => quietly(() => source.plans.create(body)),
      update: (id, body) => quietly(() => source.plans.update(id, body)),
      remove: (id) => quietly(() => source.plans.remove(id)),
      runOnce: (id) => quietly(() => source.plans.runOnce(id)),
    },
    close: () => source.close(),
  }
}

export function discreetRows(source: Pick<Looker, 'describe' | 'rows'>): Pick<Looker, 'describe' | 'rows'> {
  return {
    describe: (spec) => quietly(() => source.describe(spec)),
    rows: (spec, definition) => {
      const rows = source.rows(spec, definition)
      return {
        [Symbol.asyncIterator]: () => each(rows)[Symbol.asyncIterator](),
        result: () => cleanResult(rows.result()),
      }
    },
  }
}

function cleanResult(result: PullResult): PullResult {
  const { notes, warnings } = result
  return { ...result, notes: notes.map(redact), ...(warnings && { warnings: warnings.map(redact) }) }
}

export function discreetLedger(ledger: Ledger): Ledger {
  const ready = ledger.ready?.bind(ledger)
  return {
    ...ledger,
    chart: () => quietly(() => ledger.chart()),
    balances: (period, onStray) => each(ledger.balances(period, onStray)),
    posted: (period) => each(ledger.posted(period)),
    post: async (references) => (await quietly(() => ledger.post(references))).map(withoutCredentials),
    ...(ready ? { ready: () => quietly(() => ready()) } : {}),
  }
}

function withoutCredentials(answer: Answer): Answer {
  if ('remark' in answer) return { ...answer, remark: redact(answer.remark ?? '') }
  if ('message' in answer) return { ...answer, message: redact(answer.message) }
  return 'reason' in answer ? { ...answer, reason: redact(answer.reason) } : answer
}

async function quietly<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw clean(error)
  }
}

async function* each<T>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
  try {
    yield* source
  } catch (error) {
    throw clean(error)
  }
}

function clean(error: unknown): unknown {
  if (!(error instanceof MlcError) || redact(error.message) === error.message) return error
  return new MlcError(error.code, redact(error.message), { cause: error.cause, fix: redact(error.fix) })
}
