import type { Reply } from '../core.js'
import type { RunFault } from './faults.js'
import type { Session } from './session.js'

/** One request below /api/4.0 that found its route. */
export interface Call {
  /** `get/looks/:look_id`, as Looker spells it in documentation_url. */
  readonly route: string
  /** The `:names` of the pattern, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly text: string
  /** `https://host` of the instance as the client called it. */
  readonly origin: string
  readonly token: string
  readonly session: Session
  /** Planned faults that change the rows of this answer. */
  readonly faults: readonly RunFault[]
}

export interface Route {
  readonly method: string
  /** `/looks/:look_id` */
  readonly pattern: string
  /** True: counts to the monthly quota of query calls (`x-looker-activity-type: db_query`). */
  readonly isQuery: boolean
  handle(call: Call): Reply | Promise<Reply>
}

/** The JSON object of the body; null for anything else. */
export function objectBody(call: Call): Readonly<Record<string, unknown>> | null {
  try {
    const body: unknown = JSON.parse(call.text)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : null
  } catch {
    return null
  }
}
