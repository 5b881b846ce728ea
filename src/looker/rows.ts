import type { Overflow } from '../model/overflow.js'
import type { Field, Row } from '../model/row.js'
import { UNKNOWN, type ResolvedSource } from './describe.js'
import { inOneOrder, orderOf } from './order.js'
import { auto } from './paging/auto.js'
import { keyset } from './paging/keyset.js'
import { offset } from './paging/offset.js'
import type { Pull, Strategy } from './paging/paging.js'
import { createSequence } from './paging/sequence.js'
import { single } from './paging/single.js'
import { stream } from './paging/stream.js'
import { task } from './paging/task.js'
import { compareWithControl, summableOf, willCompare } from './control.js'
import { MlcError } from '../errors.js'
import { proveComplete, type Control, type Received } from './proof.js'
import type { Run } from './run.js'
import type { ControlTotal, Paging, PullResult, RowStream, SourceSpec } from './source.js'
import { createTally, type Tally } from './tally.js'
import { quote } from './words.js'

const STRATEGIES: Record<Paging, Strategy> = { auto, single, stream, offset, keyset, task }

export interface RowPorts {
  readonly onProgress: (rows: number) => void
  readonly openOverflow: () => Overflow
}

/** The rows of a source: paged, cut at an explicit limit, each counted, summed and compared with those before it. */
export function createRowStream(
  run: Run,
  source: ResolvedSource,
  { paging, limit, control: wanted = 'never' }: SourceSpec,
  pageSize: number,
  { onProgress, openOverflow }: RowPorts,
): RowStream {
  const handOut = limit === 'all' ? Infinity : limit
  let tally = createTally(run.fields, openOverflow)
  let outcome: PullResult | null = null
  let isStarted = false
  let control: Control | null = null
  const sequence = 'columns' in source.key ? createSequence(source.key) : null
  const received = (): Received => ({
    ...tally.received(),
    rows: tally.rows(),
    fields: known(run.fields()),
    filtersMeasures: source.filtersMeasures,
  })
  const pull = pullOf(run, source, pageSize, handOut + 1, received, {
    repeatsFirstPage: ([first]) => first !== undefined && tally.isFirst(first),
    tail: () => tally.tail(),
    sequence,
    isCompared: () => willCompare(wanted, handOut, received()),
    proved: (found) => (control = Object.keys(found).length > 0 ? found : null),
  })

  async function* rows(): AsyncGenerator<readonly Row[], void> {
    if (isStarted) throw new TypeError('the rows of a source can be iterated once')
    isStarted = true
    const steps = STRATEGIES[paging](pull)
    try {
      let step = await steps.next()
      for (; !step.done; step = await steps.next()) {
        const batch = step.value
        if (batch.length === 0) {
          tally.close()
          tally = createTally(run.fields, openOverflow)
        }
        sequence?.take(batch)
        const kept = tally.take(batch, handOut)
        if (kept.length > 0 || batch.length === 0) yield kept
        onProgress(tally.rows())
      }
      tally.finish()
      const isPieced = !WHOLE.has(step.value) && run.requests() > 1
      if (!tally.isCut() && (wanted === 'always' || (wanted === 'needed' && isPieced)))
        control ??= await compared(run.ask, { ...received(), isPieced }, wanted)
      outcome = { ...resultOf(run, tally, step.value), control }
    } finally {
      tally.close()
      // A consumer that stops early lets the connection go.
      await steps.return('single')
    }
  }

  return {
    [Symbol.asyncIterator]: rows,
    result() {
      if (outcome === null) throw new TypeError('the rows have not been read to their end')
      return outcome
    },
  }
}

/** Ways to get all rows in one answer. */
const WHOLE: ReadonlySet<string> = new Set(['single', 'stream', 'task'])

/** Null where the measures are no plain sums: then pages rest on their order and their borders alone. @throws MLC-L021 */
async function compared(ask: Run['ask'], received: Received, wanted: ControlTotal): Promise<Control | null> {
  if (summableOf(received).length > 0) return compareWithControl(ask, received)
  if (wanted !== 'always') return null
  throw new MlcError('MLC-L021', 'the rows cannot be compared with a control total', {
    fix: 'Leave out controlTotal: always, or pull measures of type sum or count without a filter on a measure.',
  })
}

interface Heard {
  readonly repeatsFirstPage: Pull['repeatsFirstPage']
  readonly tail: Pull['tail']
  readonly sequence: Pull['sequence']
  readonly isCompared: Pull['isCompared']
  readonly proved: (control: Control) => void
}

function pullOf(
  run: Run,
  source: ResolvedSource,
  pageSize: number,
  wanted: number,
  received: () => Received,
  { proved, ...heard }: Heard,
): Pull {
  const { unkept, ...order } = orderOf(source, wanted)
  const { key } = order
  return {
    ask: run.ask,
    wanted,
    pageSize,
    savedLimit: source.definition.savedLimit,
    ...order,
    ...heard,
    reorder: () => {
      if (unkept.length > 0 && 'columns' in key) run.remark(reordered(unkept, key.sorts))
    },
    pageSorts: () => inOneOrder(source.definition.sorts, run.fields()),
    prove: async (rows, asTask = false) => {
      // A server that cuts what is run at once would cut the proof as well.
      const ask: Run['ask'] = (question) => run.ask({ ...question, asTask: asTask && question.limit < 0 })
      proved(await proveComplete(ask, { ...received(), rows }))
    },
  }
}

function reordered(unkept: readonly string[], sorts: readonly string[]): string {
  const wished = unkept.map((sort) => quote(sort, 80)).join(', ')
  return `the rows come sorted by ${sorts.join(', ')} and not by ${wished}: pages follow the dimensions`
}

function resultOf(run: Run, tally: Tally, paging: PullResult['paging']): Omit<PullResult, 'control'> {
  const { ranAt, filters, notes } = run.told()
  return {
    rows: tally.rows(),
    complete: !tally.isCut(),
    paging,
    requests: run.requests(),
    totals: tally.received().totals.sums(),
    fields: run.fields(),
    appliedFilters: filters,
    ranAt,
    notes,
  }
}

/** No field at all when the kind of one is unknown: then nothing can be proved by them. */
function known(fields: readonly Field[]): readonly Field[] {
  return fields.some(({ type }) => type === UNKNOWN) ? [] : fields
}
