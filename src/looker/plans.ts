import { apiUrl } from './address.js'
import type { Api, Change } from './api.js'
import { isObject } from './words.js'

/** Scheduled plans of the API user. A change is sent once; who is not sure that it arrived looks again. */
export interface Plans {
  /** Those on a Look. @throws MLC-L006, MLC-L010, MLC-L015 */
  ofLook(look: string): Promise<readonly Plan[]>
  /** All that this user owns. @throws as ofLook */
  own(): Promise<readonly Plan[]>
  /** @throws MLC-L006, MLC-L010, MLC-L041 */
  create(body: PlanBody): Promise<Plan>
  /** Replaces all destinations, as Looker does. @throws as create */
  update(id: string, body: PlanBody): Promise<Plan>
  /** @throws as create */
  remove(id: string): Promise<void>
  /** Has Looker deliver it now, whatever its crontab says. @throws as create */
  runOnce(id: string): Promise<void>
}

/** A plan as Looker shows it; what is absent is null. */
export interface Plan {
  readonly id: string
  readonly name: string
  /** A copy that Looker makes when a plan is run by hand. */
  readonly isOneOff: boolean
  readonly lastRunAt: string | null
  readonly nextRunAt: string | null
  /** Its settings under the names of the API. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly destinations: readonly Readonly<Record<string, unknown>>[]
}

/** A plan as it is sent. (Looker API 4.0, WriteScheduledPlan) */
export interface PlanBody {
  readonly name: string
  readonly look_id: string
  readonly crontab: string
  readonly timezone?: string
  readonly enabled: boolean
  readonly run_as_recipient: boolean
  readonly require_results: boolean
  readonly require_no_results: boolean
  readonly require_change: boolean
  readonly send_all_results: boolean
  readonly run_once: boolean
  readonly include_links: boolean
  readonly scheduled_plan_destination: readonly [PlanDestination]
}

export interface PlanDestination {
  readonly type: 'webhook'
  readonly format: 'inline_json'
  readonly apply_formatting: boolean
  readonly apply_vis: boolean
  readonly address: string
}

export function createPlans(api: Api): Plans {
  const at = (...path: string[]) => apiUrl(api.baseUrl, ['scheduled_plans', ...path])
  const list = async (url: string, name: string) =>
    (await api.list({ subject: { kind: 'plans', name }, method: 'GET', url }, 'its scheduled plans')).map(planOf)
  const change = (method: Change['method'], url: string, name: string, body?: Partial<PlanBody>) =>
    api.change({
      ...{ subject: { kind: 'plan', name }, method, url },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    ofLook: (look) => list(at('look', look), `of Look ${look}`),
    own: () => list(at(), 'of the API user'),
    create: async (body) => planOf((await change('POST', at(), `of Look ${body.look_id}`, body)) ?? {}),
    update: async (id, body) => planOf((await change('PATCH', at(id), id, body)) ?? {}),
    remove: async (id) => void (await change('DELETE', at(id), id)),
    // Settings in the body would change the copy that is run.
    runOnce: async (id) => void (await change('POST', at(id, 'run_once'), id, {})),
  }
}

function planOf(settings: Readonly<Record<string, unknown>>): Plan {
  const { id, name, title, scheduled_plan_destination: destinations } = settings
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    id: typeof id === 'number' ? String(id) : (text(id) ?? ''),
    name: text(name) ?? text(title) ?? '',
    isOneOff: settings['run_once'] === true,
    lastRunAt: text(settings['last_run_at']),
    nextRunAt: text(settings['next_run_at']),
    settings,
    destinations: Array.isArray(destinations) ? destinations.filter(isObject) : [],
  }
}
