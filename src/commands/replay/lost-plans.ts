import type { RunTrace } from '../../audit/runs.js'
import type { Context } from '../../context.js'

/** What nobody can replay, because nothing tells what it was: a sync for the period posts what is not there. */
export function showLostPlans(lost: readonly RunTrace[], { terminal }: Context): void {
  for (const { run, job, period } of lost) {
    const of = period === null ? '' : ` --period ${period}`
    terminal.warn(
      `run ${run} of ${job} was cut off while it posted, and its plan is gone or was changed: what it had still to send is not known`,
    )
    terminal.note(`Next: mlc sync --job ${job}${of}, which posts what QAD does not hold`)
  }
}
