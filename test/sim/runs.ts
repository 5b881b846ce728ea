import { canonicalHash } from '../../src/model/canonical.js'
import type { Plan } from '../../src/model/plan.js'
import type { Row } from '../../src/model/row.js'
import { MlcError } from '../../src/errors.js'
import type { RowSink, RunHead, RunStore } from '../../src/pipeline/ports.js'

/** The runs of a host in memory. Whether files of runs survive is the store's own affair: nothing is posted on their word alone. */
export function createRunShelf(): RunStore {
  const rows = new Map<string, Row[]>()
  const heads = new Map<string, RunHead>()
  const plans = new Map<string, { plan: Plan; hash: string; file: string }>()
  const sinkOf = (kept: Row[]): RowSink => ({
    write: (batch) => void kept.push(...batch),
    restart: () => void (kept.length = 0),
    finish: async () => canonicalHash(kept),
  })
  const found = <T>(one: T | undefined, what: string): T => {
    if (one === undefined) throw new MlcError('MLC-C010', `there is no ${what}`)
    return one
  }
  return {
    async begin(run) {
      const kept: Row[] = []
      rows.set(run, kept)
      return sinkOf(kept)
    },
    commit: async (head) => void heads.set(head.run, head),
    head: async (run) => found(heads.get(run), `run ${run}`),
    async *rows(run) {
      const kept = found(rows.get(run), `run ${run}`)
      if (kept.length > 0) yield kept
    },
    async scratch() {
      const kept: Row[] = []
      return { sink: sinkOf(kept), rows: () => batches(kept), dispose: async () => undefined }
    },
    async savePlan(plan, hash) {
      plans.set(plan.run, { plan, hash, file: `${plan.run}/plan.json` })
      return `${plan.run}/plan.json`
    },
    plan: async (run) => found(plans.get(run), `plan of run ${run}`),
    pinned: async () => null,
    newest: async (job) =>
      found(
        [...heads.values()].reverse().find((head) => head.job === job),
        `run of ${job}`,
      ),
  }
}

async function* batches(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  if (rows.length > 0) yield rows
}
