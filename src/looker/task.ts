import { MlcError } from '../errors.js'
import type { HttpStream } from '../http/http.js'
import type { Clock } from '../model/clock.js'
import { apiUrl } from './address.js'
import { errorSaidIn } from './answer.js'
import { readBeginning, type Api, type Call, type Outcome } from './api.js'
import { taskCalls, type Format, type Question, type TaskCalls } from './call.js'
import type { ResolvedSource } from './describe.js'
import { quote, type Redact } from './words.js'

export interface TaskPorts {
  readonly api: Api
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly redact?: Redact | undefined
}

/** Sees the query that Looker made of what was asked, before it runs. */
export type Judge = (query: Readonly<Record<string, unknown>>) => void

/** The task whose result was handed out: Looker keeps it for a while, so one that breaks off can be fetched once more. */
export interface HandedOut {
  task: string | null
}

/** Every look at a task counts towards Looker's monthly quota, so the pauses grow. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]
/** Looker drops what waited for longer than ten minutes in its queue; a query itself may take hours. */
const MAX_TASKS = 3

/**
 * Runs a question as a query task and opens its result: Looker computes it first, whatever its size, and hands it out whole.
 * A task that expires or is killed is asked for again, twice at most. One that is waited for no longer is killed.
 * @param handed a task that is in it has its result fetched again, and is run again only where that is gone; what is handed
 *   out for the first time is put there
 * @param judge what it throws ends the pull before the query has cost anything
 * @param sent called for each call that the quota counts
 * @throws MLC-L008 when the tasks keep ending without a result, MLC-L014 when the query fails in the database
 */
export async function openTask(
  source: ResolvedSource,
  question: Question,
  format: Format,
  ports: TaskPorts,
  sent: () => void,
  handed: HandedOut,
  judge: Judge,
): Promise<Outcome<HttpStream>> {
  const calls = taskCalls(ports.api.baseUrl, source, question, format)
  const known = handed.task
  handed.task = null
  if (known !== null) {
    const again = await ports.api.stream(calls.result(known), sent)
    if (again.refused === null) return again
  }
  sent()
  const query = await ports.api.object(calls.query)
  judge(query)
  const queryId = idOf(query, 'query')
  let ended = ''
  for (let made = 0; made < MAX_TASKS; made++) {
    sent()
    const task = idOf(await ports.api.object(calls.task(queryId)), 'query task')
    const result = await untilEnded(task, calls, ports, sent)
    if (typeof result !== 'string') {
      handed.task = task
      return result
    }
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
    const patience = createPatience()
    for (let look = 0; ; look++) {
      sent()
      const status = await lookAt(calls.status(task), ports)
      const word = WORDS.get(status)
      const pauseMs = PAUSES_MS[Math.min(look, PAUSES_MS.length - 1)] ?? 30_000
      let ended = status
      if (word === 'failed') return await openFailed(calls.result(task), status, ports, sent)
      if (word === 'interrupted') return status
      if (word === 'complete') {
        const result = await openResult(task, calls, ports, sent)
        if (result !== null) return result
        ended = 'complete, and its result never came'
      }
      if (word !== 'pending' && patience.isOver(word ?? 'unknown', pauseMs)) return ended
      await ports.clock.sleep(pauseMs, ports.signal)
    }
  } catch (error) {
    // Ctrl-C or a deadline: what nobody waits for any more shall not go on in the database.
    if (ports.signal?.aborted) await ports.api.abandon(apiUrl(ports.api.baseUrl, ['running_queries', task]))
    throw error
  }
}

/** Looker forgets a task as it forgets a result. */
function lookAt(call: Call, { api }: TaskPorts): Promise<string> {
  return api.object(call).then(statusOf, (error: unknown) => {
    if (error instanceof MlcError && error.code === 'MLC-L010') return 'missing'
    throw error
  })
}

type Word = 'pending' | 'complete' | 'failed' | 'interrupted' | 'expired'

/** What the statuses mean: those that Looker documents, and words that say the same. */
const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ...['added', 'running', 'pending', 'queued'].map((status) => [status, 'pending'] as const),
  ...['complete', 'completed', 'success'].map((status) => [status, 'complete'] as const),
  ...['error', 'failure', 'failed'].map((status) => [status, 'failed'] as const),
  ...['killed', 'missing', 'cancelled', 'canceled'].map((status) => [status, 'interrupted'] as const),
  ['expired', 'expired'],
])

/** How long a status is borne with that ought to give way to another one. */
const PATIENCE_MS: Readonly<Record<string, number>> = {
  // `expired` just before `complete` is a known false alarm. (spectacles issue 111)
  expired: 30_000,
  complete: 120_000,
  unknown: 120_000,
}

function createPatience() {
  const left = new Map(Object.entries(PATIENCE_MS))
  return {
    isOver(word: string, pauseMs: number): boolean {
      const ms = left.get(word) ?? 0
      left.set(word, ms - pauseMs)
      return ms <= 0
    },
  }
}

/** Null when it is not there yet (202), words when it is not there any more (404). */
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

/** Rows of a task that failed are as far as it came, so its result is asked for its words alone. @throws MLC-L014 */
async function openFailed(
  result: Call,
  status: string,
  ports: TaskPorts,
  sent: () => void,
): Promise<Outcome<HttpStream>> {
  const outcome = await ports.api.stream(result, sent)
  if (outcome.refused !== null && ![202, 404].includes(outcome.refused.status)) return outcome
  const said = outcome.refused === null ? errorSaidIn(await readBeginning(outcome.value), ports.redact) : ''
  const told = said === '' ? ', and Looker does not say why' : `: ${said}`
  throw new MlcError('MLC-L014', `Looker ended the query task with status ${status}${told}`)
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
  if (status === null) return 'none'
  if (typeof status !== 'string') throw new MlcError('MLC-L015', 'Looker sent a query task without its status')
  return quote(status.trim().toLowerCase(), 40)
}
