import type { Plan, PlanBody } from '../looker/plans.js'

/** What mlc wants of Looker: the Look of a job, delivered to mlc listen. */
export interface WantedPlan {
  readonly job: string
  /** Of mlc.yaml: two projects may name a job alike. */
  readonly environment: string
  readonly look: string
  /** Five fields. */
  readonly crontab: string
  /** Null: the instance's own. */
  readonly zone: string | null
  /** With the secret. */
  readonly address: string
}

/** The plan as it is sent to Looker. */
export function planBody({ look, crontab, zone, address, ...marks }: WantedPlan): PlanBody {
  return {
    name: planName(marks),
    look_id: look,
    crontab,
    ...(zone === null ? {} : { timezone: zone }),
    enabled: true,
    run_as_recipient: false,
    // Every start is delivered, also of an empty result: that is for the job to refuse, and silence would tell nobody.
    require_results: false,
    require_no_results: false,
    require_change: false,
    // The limit saved with the Look would cut the rows.
    send_all_results: true,
    run_once: false,
    include_links: false,
    scheduled_plan_destination: [
      // Formatted numbers are texts such as $1,234.50; a visualization may hide rows and columns.
      { type: 'webhook', format: 'inline_json', apply_formatting: false, apply_vis: false, address },
    ],
  }
}

/** By this name mlc knows its plan again, whatever Look the job has by now. */
export function planName({ job, environment }: Pick<WantedPlan, 'job' | 'environment'>): string {
  return `mlc: ${job} [${environment}]`
}

/** Those of the plans that mlc made for the job. A run by hand leaves copies behind, which are none. */
export function plansOf(plans: readonly Plan[], marks: Pick<WantedPlan, 'job' | 'environment'>): readonly Plan[] {
  const own = plans.filter(({ name, isOneOff }) => name === planName(marks) && !isOneOff)
  return own.filter(({ id }, at) => own.findIndex((one) => one.id === id) === at)
}

/** Settings in which a plan is not as it is wanted; without values, since one of them is secret. */
export function differences(plan: Plan, body: PlanBody): readonly string[] {
  const {
    scheduled_plan_destination: [wanted],
    ...own
  } = body
  const [first] = plan.destinations
  const named = Object.entries(own).filter(([name, value]) => !isSame(plan.settings[name], value))
  const there = Object.entries(wanted).filter(([name, value]) => !isSame(first?.[name], value))
  return [...named, ...there].map(([name]) => name)
}

/** Ids come as numbers from old releases; a switch that Looker leaves out is off. */
function isSame(found: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'boolean') return (found ?? false) === wanted
  return (typeof found === 'number' ? String(found) : found) === wanted
}

/** Destinations that mlc did not make: an update would drop them, and nobody could give them back their secrets. */
export function foreignDestinations(plan: Plan): number {
  const ours = plan.destinations.filter(
    ({ type, address }) => type === 'webhook' && /\/ingest\/[^/]+\/[^/]+$/.test(String(address)),
  )
  return plan.destinations.length - Math.min(1, ours.length)
}

/** An address without its secret: `https://mlc.acme.example/ingest/***` and the job. Of any other address only the host. */
export function shownAddress(address: unknown): string {
  const match = /^(https?:\/\/[^/?#@]+(?:\/[^?#@]*)?\/ingest)\/[^/?#]+\/([\w.-]+)$/.exec(String(address))
  if (match) return `${match[1] ?? ''}/***/${match[2] ?? ''}`
  return URL.canParse(String(address)) ? `${new URL(String(address)).origin}/***` : '***'
}
