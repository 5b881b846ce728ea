import { MlcError } from '../errors.js'
import type { Http } from '../http/http.js'
import { createRetryBudget, type RetryPolicy } from '../http/retry.js'
import type { Clock } from '../model/clock.js'
import { inMemory, type Overflow } from '../model/overflow.js'
import { normaliseBaseUrl } from './address.js'
import { createApi } from './api.js'
import { learningCalls } from './applied.js'
import type { LookEntry } from '../model/look.js'
import { readDashboard } from './dashboard.js'
import type { LabelledField } from './delivery/columns.js'
import { resolveSource, type ResolvedSource } from './describe.js'
import { estimatePull } from './estimate.js'
import { readExplore } from './explore.js'
import { withFilters } from './filters.js'
import { createFormatChoice } from './format.js'
import { createGate, createPace, type Pace } from './pace.js'
import { createRowStream } from './rows.js'
import { createPlans, type Plans } from './plans.js'
import { createRun } from './run.js'
import { createSession, type TokenKeeper } from './session.js'
import { listLooks } from './looks.js'
import type { FigureSource, SourceDefinition } from './source.js'
import type { Redact } from './words.js'

export interface LookerOptions {
  /** As people write it; see normaliseBaseUrl. */
  readonly baseUrl: string
  readonly requestsPerMinute: number
  /** Queries that run at one time. */
  readonly maxConcurrent: number
  readonly pageSize: number
  /** Sent as query_timezone; null leaves each query its own. */
  readonly timeZone: string | null
  /** Longest wait for the headers of an answer, and longest silence in its body. */
  readonly timeoutMs: number
}

export interface LookerPorts {
  readonly http: Http
  readonly clock: Clock
  /** A number in [0, 1), for the jitter of retries. */
  readonly random: () => number
  readonly signal?: AbortSignal
  readonly credentials: () => Promise<{ clientId: string; clientSecret: string }>
  /** Keeps the session's token for the next run. */
  readonly tokens?: TokenKeeper
  /** Called with the rows so far; falls back to a lower count when an answer is asked for again. */
  readonly onProgress?: (rows: number) => void
  /** Says what nobody may miss of the rows: filters that Looker added, or does not tell. */
  readonly warn?: (text: string) => void
  /** Where the hashes of many rows go; the memory unless told. */
  readonly overflow?: () => Overflow
  /** Instead of a pace of this client's own, one that is shared. */
  readonly pace?: Pace
  /** For the words of good answers; what is no success comes without credentials already. */
  readonly redact?: Redact | undefined
}

/** One Looker instance. */
export interface Looker extends FigureSource {
  /** The Looks that may be seen. */
  looks(): Promise<readonly LookEntry[]>
  /** The fields of an Explore with what people see instead of their names. @throws MLC-L011 */
  labels(model: string, explore: string): Promise<readonly LabelledField[]>
  /** Its scheduled plans: the only thing that mlc changes in Looker. */
  readonly plans: Plans
}

/** Figures from the API of one Looker instance. @throws MLC-C003, MLC-C007 for a base URL that cannot be used */
export function createLooker(options: LookerOptions, ports: LookerPorts): Looker {
  const { http, clock, signal, credentials } = ports
  const baseUrl = normaliseBaseUrl(options.baseUrl)
  const pace = ports.pace ?? createPace(options.requestsPerMinute, clock)
  const budget = createRetryBudget()
  const retries: RetryPolicy = { ...REQUEST_RETRIES, random: ports.random, budget }
  const connection = { baseUrl, timeoutMs: options.timeoutMs, retries }
  const session = createSession(connection, { http, clock, pace, signal, credentials, tokens: ports.tokens })
  const api = createApi(connection, { http, clock, pace, session, signal })
  const runPorts = {
    api,
    clock,
    gate: createGate(options.maxConcurrent),
    formats: createFormatChoice(api),
    retries: { ...ANSWER_RETRIES, random: ports.random, budget },
    signal,
    timeoutMs: options.timeoutMs,
    redact: ports.redact,
  }
  const resolved = new WeakMap<SourceDefinition, ResolvedSource>()
  const resolvedOf = (definition: SourceDefinition) => {
    const source = resolved.get(definition)
    if (source !== undefined) return source
    throw new MlcError('MLC-X001', 'a definition is given that describe() did not make')
  }

  return {
    async describe(spec) {
      const source = await resolveSource(api, spec, options.timeZone)
      resolved.set(source.definition, source)
      return source.definition
    },
    rows(spec, definition) {
      const source = resolvedOf(definition)
      const run = createRun(source, runPorts)
      const rows = createRowStream(run, source, spec, options.pageSize, {
        onProgress: ports.onProgress ?? ignore,
        openOverflow: ports.overflow ?? inMemory,
      })
      return withFilters(rows, run, spec.learnsFilters ?? false, ports.warn ?? ignore)
    },
    async estimate(spec, definition, known) {
      const described = resolvedOf(definition)
      const filters = { ...described.saved.filters, ...spec.filters }
      const source = { ...described, definition: { ...definition, filters } }
      const { ask } = createRun(source, runPorts)
      const tells = async () => (await runPorts.formats.current()) === 'json_bi'
      const learning = spec.learnsFilters ? learningCalls(source, await tells(), spec.paging === 'task') : 0
      return estimatePull(ask, source, spec, { pageSize: options.pageSize, learning }, known)
    },
    looks: () => listLooks(api),
    async labels(model, explore) {
      const { labels } = await readExplore(api, model, explore)
      return [...labels].map(([name, own]) => ({ name, labels: own }))
    },
    plans: createPlans(api),
    dashboard: (id, filters, how) => readDashboard(api, id, filters, how),
    close: () => session.close(),
  }
}

/** All requests here are reads, so all may be repeated. */
const REQUEST_RETRIES = { attempts: 5, baseMs: 500, capMs: 30_000 }
/** An answer that breaks off may have cost the database minutes: three times in all. */
const ANSWER_RETRIES = { attempts: 3, baseMs: 1_000, capMs: 30_000 }

function ignore(): void {
  // Nobody watches.
}
