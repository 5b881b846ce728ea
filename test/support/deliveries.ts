import { demoEnvironment } from '../../src/sandbox/company/company.js'
import type { LookerSandbox } from '../../src/sandbox/looker/sandbox.js'

/** Lets the sandbox's Looker run a scheduled plan on a Look once. Whoever made the sandbox takes what it delivers. */
export async function runPlan(
  looker: Pick<LookerSandbox, 'handle'>,
  secret: string,
  { look = '42', address = 'https://mlc.test/', ...destination }: PlanOptions,
): Promise<string> {
  const at = (path: string) => `http://127.0.0.1/api/4.0${path}`
  const login = new URLSearchParams({
    client_id: demoEnvironment()['MLC_LOOKER_CLIENT_ID'] ?? '',
    client_secret: secret,
  })
  const ask = async (request: Request) => {
    const reply = await looker.handle(request)
    if (reply instanceof Response && reply.ok) return reply
    throw new Error(`the sandbox refuses ${request.url}`)
  }
  const session = await ask(new Request(at('/login'), { method: 'POST', body: login }))
  const { access_token: token } = (await session.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const plan = {
    name: 'GL of the month',
    look_id: look,
    require_change: false,
    send_all_results: true,
    crontab: '0 6 * * *',
    scheduled_plan_destination: [{ type: 'webhook', address, ...destination }],
  }
  const made = await ask(new Request(at('/scheduled_plans'), { method: 'POST', headers, body: JSON.stringify(plan) }))
  const { id } = (await made.json()) as { id: string }
  await ask(new Request(at(`/scheduled_plans/${id}/run_once`), { method: 'POST', headers }))
  return id
}

export interface PlanOptions {
  readonly format: string
  readonly look?: string
  readonly address?: string
  readonly apply_formatting?: boolean
}
