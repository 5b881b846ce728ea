import { MlcError } from '../../errors.js'
import type { Context } from '../../context.js'
import type { Plan, Plans } from '../../looker/plans.js'
import type { Job } from '../../model/job.js'
import { shortMonths } from '../../schedule/calendar.js'
import type { Cron } from '../../schedule/cron.js'
import {
  differences,
  foreignDestinations,
  planBody,
  planName,
  plansOf,
  shownAddress,
} from '../../schedule/looker-plan.js'
import { table } from '../../terminal/table.js'
import { chooseJobs } from '../choose-jobs.js'
import type { CommonFlags } from '../flags.js'

export interface LookerPlanFlags extends CommonFlags {
  readonly job: readonly string[]
  readonly look?: string
  readonly timezone?: string
  readonly show?: boolean
  readonly runOnce?: boolean
  readonly remove?: boolean
}

/** `mlc schedule looker`: makes, shows, runs or removes the scheduled plan that delivers a job's Look to mlc listen. */
export async function runLookerPlan(
  flags: LookerPlanFlags,
  cron: Cron | null,
  format: 'table' | 'json',
  context: Context,
): Promise<number> {
  const [job, ...others] = await chooseJobs(flags, context)
  if (job === undefined || others.length > 0)
    throw new MlcError('MLC-C006', 'a plan of Looker is for one job', { fix: 'Name it with --job NAME.' })
  const { environment } = await context.settings()
  const plans = await (await context.scheduling()).plans()
  const asked: Asked = { job, environment, look: flags.look ?? job.source.look, cron, plans, flags, context }
  const done = await actOn(asked)
  if (format === 'json') await context.data(flags, `${JSON.stringify(objectOf(done, asked))}\n`)
  else if (done.plans.length > 0) await context.data(flags, await tableOf(done.plans, context.columns(flags)))
  for (const line of done.remarks) context.terminal.warn(line)
  context.terminal.note(flags.dryRun && !flags.show ? `Dry run: ${done.line}` : done.line)
  return 0
}

interface Asked {
  readonly job: Job
  readonly environment: string
  readonly look: string | null
  readonly cron: Cron | null
  readonly plans: Plans
  readonly flags: LookerPlanFlags
  readonly context: Context
}

interface Done {
  readonly action: 'shown' | 'created' | 'updated' | 'same' | 'removed' | 'ran' | 'none'
  readonly plans: readonly Plan[]
  readonly remarks: readonly string[]
  readonly line: string
}

async function actOn(asked: Asked): Promise<Done> {
  const { flags } = asked
  const isForMaking = !flags.show && !flags.runOnce && !flags.remove
  // Before Looker is asked for anything: without an address there is nothing to make.
  const endpoint = isForMaking ? await endpointOf(asked) : null
  const found = await findPlans(asked)
  if (endpoint !== null) return makePlan(endpoint, found, asked)
  if (flags.show) return { action: 'shown', plans: found, remarks: [], line: countLine(found, asked) }
  return flags.remove ? removePlans(found, asked) : runPlan(found, asked)
}

async function endpointOf({ job, look, context }: Asked): Promise<{ readonly address: string; readonly look: string }> {
  if (look === null)
    throw new MlcError('MLC-C006', `the source of job ${job.name} is no Look, and Looker schedules only those`, {
      fix: 'Name the Look whose deliveries are for this job with --look ID.',
    })
  const { address } = await (await context.scheduling()).endpoint(job.name)
  return { address, look }
}

/** First on the Look; a job that had another Look has its plan there. */
async function findPlans({ job, environment, look, plans }: Asked): Promise<readonly Plan[]> {
  const marks = { job: job.name, environment }
  const onLook = look === null ? [] : plansOf(await plans.ofLook(look), marks)
  if (onLook.length > 0) return onLook
  return plansOf(await plans.own().catch(unlessDenied), marks)
}

/** A user who may not list plans has none on other Looks. */
function unlessDenied(error: unknown): readonly Plan[] {
  if (error instanceof MlcError && ['MLC-L005', 'MLC-L006', 'MLC-L010'].includes(error.code)) return []
  throw error
}

async function makePlan(
  endpoint: { address: string; look: string },
  found: readonly Plan[],
  asked: Asked,
): Promise<Done> {
  const { job, environment, cron, plans, flags, context } = asked
  const plan = onlyOne(found, asked)
  const zone = flags.timezone ?? textOf(plan, 'timezone') ?? (await (await context.scheduling()).lookerZone())
  const crontab = cron?.text ?? textOf(plan, 'crontab') ?? USUAL
  const body = planBody({ ...endpoint, job: job.name, environment, crontab, zone })
  const changed = plan === null ? [] : differences(plan, body)
  const name = JSON.stringify(body.name)
  if (plan !== null && changed.length === 0)
    return { action: 'same', plans: [plan], remarks: [], line: `${name} is as it is wanted already` }
  if (plan !== null && foreignDestinations(plan) > 0)
    throw new MlcError(
      'MLC-L041',
      `plan ${plan.id} (${name}) also delivers where mlc did not send it; an update would drop that`,
      {
        fix: 'Give that destination a plan of its own in Looker, or run mlc schedule looker --remove first.',
      },
    )
  const what =
    plan === null ? `make plan ${name} on Look ${body.look_id}` : `change ${changed.join(', ')} of plan ${name}`
  const question = `In Looker: ${what}, which delivers at ${crontab} (${zone ?? 'the time zone of the instance'}) to ${shownAddress(endpoint.address)}?`
  const remarks = [(cron && shortMonths(cron)) ?? [], remarksOn(job)].flat()
  const action = plan === null ? ('created' as const) : ('updated' as const)
  if (flags.dryRun) return { action, plans: found, remarks, line: `would ${what}` }
  if (!(await mayChange(question, asked)))
    return { action: 'none', plans: found, remarks: [], line: 'Nothing was changed.' }
  const made = plan === null ? await plans.create(body) : await plans.update(plan.id, body)
  const odd = made.id === '' ? [] : differences(made, body)
  const oddly = odd.length === 0 ? [] : [`Looker shows otherwise than it was sent: ${odd.join(', ')}`]
  return {
    action,
    plans: [made],
    remarks: [...remarks, ...oddly],
    line: `${name} delivers to ${shownAddress(endpoint.address)}`,
  }
}

/** Every morning, as for other schedulers. */
const USUAL = '15 6 * * *'

function remarksOn(job: Job): readonly string[] {
  const filtered = Object.keys(job.source.filters)
  return [
    'the plan holds the secret of mlc listen in its address: its owner, Looker admins and users with see_schedules can read it there',
    ...(filtered.length === 0
      ? []
      : [`the plan delivers the Look as it is saved; the filters of the job are not in it: ${filtered.join(', ')}`]),
  ]
}

async function removePlans(found: readonly Plan[], asked: Asked): Promise<Done> {
  const { plans, flags } = asked
  if (found.length === 0) return { action: 'none', plans: [], remarks: [], line: countLine(found, asked) }
  const ids = found.map(({ id }) => id).join(', ')
  const name = JSON.stringify(planName({ job: asked.job.name, environment: asked.environment }))
  if (flags.dryRun) return { action: 'removed', plans: found, remarks: [], line: `would remove plan ${ids}` }
  if (!(await mayChange(`Remove plan ${ids} (${name}) from Looker?`, asked)))
    return { action: 'none', plans: found, remarks: [], line: 'Nothing was changed.' }
  for (const { id } of found) await plans.remove(id)
  return { action: 'removed', plans: [], remarks: [], line: `plan ${ids} is removed from Looker` }
}

async function runPlan(found: readonly Plan[], asked: Asked): Promise<Done> {
  const { job, plans, flags } = asked
  const plan = onlyOne(found, asked)
  if (plan === null)
    throw new MlcError('MLC-L041', `Looker has no plan of mlc for job ${job.name}`, {
      fix: `Make it with mlc schedule looker --job ${job.name}.`,
    })
  if (flags.dryRun) return { action: 'ran', plans: found, remarks: [], line: `would run plan ${plan.id} once` }
  if (!(await mayChange(`Have Looker run plan ${plan.id} now, which delivers to mlc listen?`, asked)))
    return { action: 'none', plans: found, remarks: [], line: 'Nothing was run.' }
  await plans.runOnce(plan.id)
  return {
    action: 'ran',
    plans: found,
    remarks: [],
    line: `plan ${plan.id} was started; mlc listen says what it delivers`,
  }
}

/** Two of one name are the work of hands: which one is right, mlc cannot know. */
function onlyOne(found: readonly Plan[], { job }: Asked): Plan | null {
  const [first, second] = found
  if (second === undefined) return first ?? null
  throw new MlcError(
    'MLC-L041',
    `Looker has ${found.length} plans of that name for job ${job.name}: ${found.map(({ id }) => id).join(', ')}`,
    {
      fix: `Run mlc schedule looker --job ${job.name} --remove, then the same command again.`,
    },
  )
}

async function mayChange(question: string, { flags, context }: Asked): Promise<boolean> {
  if (flags.yes) return true
  context.mayPost()
  return context.prompts.confirm(question)
}

function countLine(found: readonly Plan[], { job }: Asked): string {
  return found.length === 0
    ? `Looker has no plan of mlc for job ${job.name}`
    : `${found.length} of mlc for job ${job.name}`
}

function textOf(plan: Plan | null, name: string): string | null {
  const value = plan?.settings[name]
  return typeof value === 'string' && value !== '' ? value : null
}

function shownPlan(plan: Plan) {
  const [destination] = plan.destinations
  return {
    ...{ id: plan.id, name: plan.name, enabled: plan.settings['enabled'] !== false },
    ...{ look: idOf(plan.settings['look_id']), crontab: textOf(plan, 'crontab'), timeZone: textOf(plan, 'timezone') },
    format: idOf(destination?.['format']),
    address: destination === undefined ? null : shownAddress(destination['address']),
    ...{ lastRunAt: plan.lastRunAt, nextRunAt: plan.nextRunAt },
  }
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

function objectOf({ action, plans, remarks }: Done, { job, flags }: Asked): unknown {
  const about = { schema: 'mlc/schedule/1', as: 'looker', job: job.name, action, dryRun: flags.dryRun ?? false }
  return { ...about, plans: plans.map(shownPlan), remarks }
}

async function tableOf(plans: readonly Plan[], width: number | null): Promise<string> {
  const names = ['id', 'name', 'look', 'crontab', 'timeZone', 'enabled', 'address', 'lastRunAt', 'nextRunAt'] as const
  const columns = names.map((title) => ({ title, align: 'left' as const }))
  const rows = plans.map(shownPlan).map((plan) => names.map((name) => String(plan[name] ?? '')))
  return table(columns, rows, width)
}
