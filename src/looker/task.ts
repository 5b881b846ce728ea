import { MlcError } from '../errors.js'
import type { HttpStream } from '../http/http.js'
import type { Clock } from '../model/clock.js'
import { apiUrl } from './address.js'
import type { Api, Outcome } from './api.js'
import { taskCalls, type Format, type Question, type TaskCalls } from './call.js'
import type { ResolvedSource } from './describe.js'
import { quote } from './words.js'

export interface TaskPorts {
  readonly api: Api
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

/** Every look at a task counts towards Looker's monthly quota, so the pauses grow. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]
/** `expired` just before `complete` is a known false alarm. (spectacles issue 111) */
const EXPIRED_GRACE_MS = 30_000
/** Looker drops what waited for longer than ten minutes in its queue; a query itself may take hours. */
const MAX_TASKS = 3

/**
 * Runs a question as a query task and opens its result: Looker computes it first, whatever its size, and hands it out whole.
 * A task that expires or is killed is asked for again, twice at most. One that is waited for no longer is killed.
 * @param sent called for each call that the quota counts
 * @throws MLC-L008 when the tasks keep ending without a result, MLC-L014 when the query fails in the database
 */
export async function openTask(
  source: ResolvedSource,
  question: Question,
  format: Format,
  ports: TaskPorts,
  sent: () => void,
): Promise<Outcome<HttpStream>> {
  const calls = taskCalls(ports.api.baseUrl, source, question, format)
  const queryId = idOf(await ports.api.object(calls.query), 'query')
  let ended = ''
  for (let made = 0; made < MAX_TASKS; made++) {
    sent()
    const task = idOf(await ports.api.object(calls.task(queryId)), 'query task')
    const result = await untilEnded(task, calls, ports, sent)
    if (typeof result !== 'string') return result
    ended = result
  }
  const host = new URL(ports.api.baseUrl).host
  throw new MlcError('MLC-L008', `Looker at ${host} ended ${MAX_TASKS} query tasks without a result: ${ended}`)
}

/** The result, or the word that the task ended with instead. */
async function untilEnded(
  task: string,
  calls: TaskCalls,
  ports: TaskPorts,
  sent: () => void,
): Promise<Outcome<HttpStream> | string> {
  try {
    let graceMs = EXPIRED_GRACE_MS
    for (let look = 0; ; look++) {
      sent()
      const status = statusOf(await ports.api.object(calls.status(task)))
      if (status === 'complete' || status === 'error') {
        const result = await openResult(task, calls, ports, sent)
        if (result !== null) return result
      }
      if (status === 'killed' || status === 'missing') return status
      const pauseMs = PAUSES_MS[Math.min(look, PAUSES_MS.length - 1)] ?? 30_000
      if (status === 'expired') {
        if (graceMs <= 0) return status
        graceMs -= pauseMs
      }
      await ports.clock.sleep(pauseMs, ports.signal)
    }
  } catch (error) {
    // Ctrl-C or a deadline: what nobody waits for any more shall not go on in the database.
    if (ports.signal?.aborted) await ports.api.abandon(apiUrl(ports.api.baseUrl, ['running_queries', task]))
    throw error
  }
}

/** Null when it is not there yet (202), `expired` when it is not there any more (404). */
async function openResult(
  task: string,
  calls: TaskCalls,
  ports: TaskPorts,
  sent: () => void,
): Promise<Outcome<HttpStream> | string | null> {
  const outcome = await ports.api.stream(calls.result(task), sent)
  if (outcome.refused?.status === 202) return null
  if (outcome.refused?.status === 404) return 'its result is gone'
  return outcome
}

function idOf(answer: Readonly<Record<string, unknown>>, what: string): string {
  const { id } = answer
  if (typeof id === 'string' && id !== '') return id
  if (typeof id === 'number') return String(id)
  throw new MlcError('MLC-L015', `Looker made a ${what} and did not say its id`)
}

/** Documented as `Complete` and seen as `complete`. */
function statusOf(answer: Readonly<Record<string, unknown>>): string {
  const { status } = answer
  if (typeof status !== 'string') throw new MlcError('MLC-L015', 'Looker sent a query task without its status')
  return quote(status.toLowerCase(), 40)
}
