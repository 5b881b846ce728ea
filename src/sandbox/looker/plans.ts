import { randomBytes } from 'node:crypto'
import { answer, JSON_TYPE, noContent, notFound, refusal, type Detail } from './answers.js'
import { objectBody, type Call, type Route } from './call.js'
import { deliveryBody, FORMATS } from './delivery.js'
import { queryObject, type Library } from './library.js'
import { run, type Instance } from './run.js'

/** A scheduled plan as the API shows it; the sandbox runs it only by run_once, never by its crontab. */
type Plan = Readonly<Record<string, unknown>> & { readonly id: string }
type Destination = Readonly<Record<string, unknown>>

/** Takes a webhook delivery to its address. */
export type Deliver = (delivery: Request) => Promise<unknown>

/** Scheduled plans on Looks: made, changed, run once. A change replaces all destinations. */
export function planRoutes(instance: Instance, library: Library, deliver: Deliver | null): Route[] {
  const plans = new Map<string, Plan>()
  let made = 0
  const isTooOften = createPace(instance.now)
  const route = (method: string, pattern: string, handle: Route['handle']) => ({
    method,
    pattern,
    isQuery: true,
    handle,
  })
  const known = (call: Call, answerWith: (plan: Plan) => Response | Promise<Response>) => {
    const plan = plans.get(call.params['plan_id'] ?? '')
    return plan === undefined ? notFound(call.route) : answerWith(plan)
  }
  const store = (call: Call, id: string, old: Plan | null) => {
    const body = objectBody(call)
    if (body === null) return refusal(400, 'Bad Request', call.route)
    const plan = toPlan(call, id, { ...old, ...body })
    const details = planFaults(plan, library)
    if (details.length > 0) return refusal(422, 'Validation Failed', call.route, details)
    plans.set(id, plan)
    return answer(plan)
  }
  const runOnce = (call: Call) =>
    known(call, async (plan) => {
      if (isTooOften()) return refusal(429, 'Too many requests', call.route)
      await send(instance, library, deliver, call, plan)
      return answer(plan)
    })
  const ofLook = (call: Call) =>
    answer([...plans.values()].filter((plan) => plan['look_id'] === call.params['look_id']))
  return [
    route('GET', '/scheduled_plans', () => answer([...plans.values()])),
    route('POST', '/scheduled_plans', (call) => store(call, String(++made), null)),
    route('GET', '/scheduled_plans/look/:look_id', ofLook),
    route('POST', '/scheduled_plans/:plan_id/run_once', runOnce),
    route('GET', '/scheduled_plans/:plan_id', (call) => known(call, (plan) => answer(plan))),
    route('PATCH', '/scheduled_plans/:plan_id', (call) => known(call, (plan) => store(call, plan.id, plan))),
    route('DELETE', '/scheduled_plans/:plan_id', (call) => known(call, (plan) => (plans.delete(plan.id), noContent()))),
  ]
}

/** The published rate of the run_once endpoints. */
const RUNS_A_SECOND = 10

function createPace(now: () => number): () => boolean {
  const recent: number[] = []
  return () => recent.push(now()) > 0 && recent.filter((at) => at > now() - 1000).length > RUNS_A_SECOND
}

function toPlan(call: Call, id: string, body: Readonly<Record<string, unknown>>): Plan {
  const destinations = Array.isArray(body['scheduled_plan_destination']) ? body['scheduled_plan_destination'] : []
  return {
    user_id: call.session.userId,
    enabled: true,
    run_once: false,
    timezone: 'UTC',
    ...body,
    id,
    title: typeof body['name'] === 'string' ? body['name'] : null,
    scheduled_plan_destination: (destinations as Destination[]).map((each, i) => {
      // Secrets go in and never come out.
      const { secret_parameters: _, ...shown } = each
      return { ...shown, id: `${id}${i + 1}`, scheduled_plan_id: id }
    }),
  }
}

function planFaults(plan: Plan, library: Library): Detail[] {
  const missing = (field: string): Detail => ({ field, code: 'missing_field', message: 'This field is required.' })
  const invalid = (field: string): Detail => ({ field, code: 'invalid', message: 'Invalid value.' })
  const given = (field: string) => typeof plan[field] === 'string' && plan[field] !== ''
  const destinations = plan['scheduled_plan_destination'] as readonly Destination[]
  return [
    ...(given('look_id') ? [] : [missing('look_id')]),
    ...(given('look_id') && library.ofLook(String(plan['look_id'])) === undefined ? [invalid('look_id')] : []),
    ...(typeof plan['require_change'] === 'boolean' ? [] : [missing('require_change')]),
    ...(given('crontab') === given('datagroup') ? [invalid('crontab')] : []),
    ...(destinations.length === 0 ? [missing('scheduled_plan_destination')] : []),
    ...(destinations.every((each) => FORMATS.has(String(each['format']))) ? [] : [invalid('format')]),
  ]
}

/** Delivers to every webhook. "All results" ignores the saved limit; the token is the instance's one static value. */
async function send(
  instance: Instance,
  library: Library,
  deliver: Deliver | null,
  call: Call,
  plan: Plan,
): Promise<void> {
  const query = library.ofLook(String(plan['look_id']))
  if (deliver === null || query === undefined) return
  const parameters = new URLSearchParams(plan['send_all_results'] === true ? { limit: '-1' } : {})
  for (const destination of plan['scheduled_plan_destination'] as readonly Destination[]) {
    if (destination['type'] !== 'webhook') continue
    const format = String(destination['format'])
    const written = FORMATS.get(format) ?? null
    if (destination['apply_formatting'] === true) parameters.set('apply_formatting', 'true')
    const rows = written === null ? '' : await run(instance, call, query, written, parameters, true).text()
    const { origin } = call
    const about = { id: plan.id, title: typeof plan['name'] === 'string' ? plan['name'] : null, origin }
    const body = deliveryBody({
      format,
      plan: { ...about, look: String(plan['look_id']) },
      query: queryObject(query, origin),
      rows,
      now: new Date(instance.now()),
    })
    await deliver(
      new Request(String(destination['address']), { method: 'POST', headers: headersOf(call, instance), body }),
    )
  }
}

function headersOf(call: Call, instance: Instance): Record<string, string> {
  return {
    'content-type': JSON_TYPE,
    'user-agent': `LookerOutgoingWebhook/${instance.world.release}`,
    'x-looker-instance': new URL(call.origin).host,
    'x-looker-webhook-id': randomBytes(8).toString('hex'),
    ...(instance.world.webhookToken === undefined ? {} : { 'x-looker-webhook-token': instance.world.webhookToken }),
  }
}
