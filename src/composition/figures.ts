import type { CommonFlags } from '../commands/flags.js'
import type { LoadedConfig } from '../config/load.js'
import { needLooker } from '../config/need.js'
import type { Host } from '../context.js'
import { createLooker, type Looker } from '../looker/looker.js'
import { createPace } from '../looker/pace.js'
import type { Clock } from '../model/clock.js'
import { openOverflow } from '../terminal/export/hidden.js'
import { createRate } from '../terminal/rate.js'
import { countingCalls } from './calls.js'
import { sharedDepartures } from './departures.js'
import { discreetSource } from './discreet.js'
import { openLookerDoor } from './door.js'
import { redact } from './redaction.js'
import { createSecrets, type Secrets } from './secrets.js'
import { stateFolderOf } from './state.js'
import type { Voice } from './voice.js'

export interface AdapterNeeds {
  readonly host: Host
  readonly flags: CommonFlags
  readonly clock: Clock
  readonly deadline: AbortSignal | null
  readonly terminal: Voice
  readonly config: LoadedConfig
  readonly closers: (() => Promise<void>)[]
}

/** What a command that only reads figures needs: QAD is not even loaded for it. */
export interface Figures {
  source(): Looker
  secrets(): Secrets
}

/** One Looker client for the whole command, made when first asked for. */
export function createFigures(needs: AdapterNeeds): Figures {
  let source: Looker | null = null
  let secrets: Secrets | null = null
  const shared = () => (secrets ??= createSecrets(needs))
  return {
    secrets: shared,
    source: () => (source ??= closed(discreetSource(lookerOf(needs, shared())), needs)),
  }
}

function lookerOf(needs: AdapterNeeds, secrets: Secrets): Looker {
  const { host, clock, deadline, terminal, config } = needs
  const looker = needLooker(config.config)
  const { baseUrl, requestsPerMinute, maxConcurrent, pageSize, timeZone, callsPerMonth: budget } = looker
  const warn = (text: string) => terminal.warn(text)
  const http = countingCalls(openLookerDoor(needs), { clock, baseUrl, state: () => stateFolderOf(host), budget, warn })
  const progress = createRate(() => clock.now())
  const key = async () => (await secrets.looker()).clientId
  const departures = sharedDepartures({ host, clock, baseUrl, key })
  return createLooker(
    { baseUrl, requestsPerMinute, maxConcurrent, pageSize, timeZone, timeoutMs: LOOKER_TIMEOUT_MS },
    {
      http,
      clock,
      random: Math.random,
      redact,
      signal: deadline ? AbortSignal.any([host.stop, deadline]) : host.stop,
      credentials: () => secrets.looker(),
      tokens: secrets.tokens,
      pace: createPace(requestsPerMinute, clock, departures),
      overflow: openOverflow,
      onProgress: (rows) => terminal.working(progress(rows)),
      warn,
    },
  )
}

/** A slow query may answer its first byte after minutes: Looker alone queues one for up to ten. */
const LOOKER_TIMEOUT_MS = 1_200_000

export function closed<T extends { close(): Promise<void> }>(adapter: T, { closers }: AdapterNeeds): T {
  closers.push(() => adapter.close())
  return adapter
}
