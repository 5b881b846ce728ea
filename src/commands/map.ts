import type { Context } from '../context.js'
import { roundingOf } from '../mapping/rounding.js'
import { countActions, map, type MapReport } from '../pipeline/map.js'
import type { MasterCode } from '../model/chart.js'
import type { Ports, RunHead } from '../pipeline/ports.js'
import { planError } from '../pipeline/push.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { askForMappings, type Codes } from './map-prompts.js'
import { chooseRun, type RunFlags } from './run.js'
import { showPlan } from './plan.js'

export interface MapFlags extends RunFlags, CommonFlags {
  readonly pin?: boolean
}

/** `mlc map`: figures of a run → plan. On a terminal, what is unmapped is asked for and saved to the map files. */
export async function runMap(flags: MapFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const { job, head } = await chooseRun(flags, context)
  const ports = await context.open('map', job.name)
  const { target, jobs } = await context.settings()
  const live = jobs.map(({ name }) => name)
  let report = await map(job, head, target, live, ports)
  if (report.unmapped.length > 0 && context.prompts.canAsk && format === 'table') {
    const saved = await askForMappings(job, report, await activeCodes(ports), context)
    if (saved > 0) report = await map(job, head, target, live, ports)
  }
  await showPlan({ plan: report.plan, mapped: report, head, lines: format === 'json' ? 'none' : 'data' }, context)
  if (format === 'json') await showJson(report, head, flags, context)
  if (flags.pin) await pin(head, context)
  const error = planError(report.plan)
  if (!error) context.terminal.note(`Next: mlc push --job ${job.name} --run ${head.run}`)
  else if (format === 'json') return error.exitCode
  else throw error
  return 0
}

/** Pins what this run asked, which is what the person has just looked at. */
async function pin({ job, source }: RunHead, context: Context): Promise<void> {
  const isNew = await context.pin(job, source.definition)
  context.terminal.note(
    isNew
      ? `Pinned in mlc.yaml: jobs.${job}.source.expect.definition; a change of the query is refused from now on.`
      : 'Pinned already: the query is the one in mlc.yaml.',
  )
}

async function activeCodes(ports: Ports): Promise<Codes> {
  const chart = await ports.ledger().chart()
  const active = (codes: readonly MasterCode[] | null) =>
    new Set((codes ?? []).filter((one) => one.active).map(({ code }) => code))
  return { accounts: active(chart.accounts), costCentres: active(chart.costCentres) }
}

async function showJson(
  { plan, file, hash, unmapped, leftOver }: MapReport,
  head: RunHead,
  flags: CommonFlags,
  context: Context,
): Promise<void> {
  const { mapped, ignored } = plan.totals.rows
  const { create, revise, same, blocked } = countActions(plan)
  const object = {
    schema: 'mlc/map/1',
    run: head.run,
    mapped,
    ignored,
    unmapped: unmapped.map(({ dimension, value, rows, amount, suggestions }) => ({
      dimension,
      value,
      rows,
      amount,
      suggestions,
    })),
    problems: plan.problems,
    totals: plan.totals,
    rounding: roundingOf(plan.entries),
    leftOver: leftOver.map(({ key, account, costCentre, amount }) => ({ key, account, costCentre, amount })),
    plan: { create, revise, same, blocked, file, hash },
  }
  await context.data(flags, `${JSON.stringify(object)}\n`)
}
