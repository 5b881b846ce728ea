import { randomUUID } from 'node:crypto'
import type { CommonFlags } from '../commands/flags.js'
import type { LoadedConfig } from '../config/load.js'
import { needLooker, loginTypeOf, needQad, needWrite } from '../config/need.js'
import type { Host } from '../context.js'
import { createLooker, type Looker } from '../looker/looker.js'
import { createPace } from '../looker/pace.js'
import type { Chart } from '../model/chart.js'
import type { Clock } from '../model/clock.js'
import { createAdaptive } from '../qad/adaptive.js'
import type { Ledger } from '../qad/ledger.js'
import { createQxtend } from '../qad/qxtend/qxtend.js'
import { countingCalls } from './calls.js'
import { createRate } from '../terminal/rate.js'
import type { Voice } from './voice.js'
import { sharedDepartures } from './departures.js'
import { discreetLedger, discreetSource } from './discreet.js'
import { redact } from './redaction.js'
import { openDoor } from './door.js'
import { adaptiveOptions } from './qad-options.js'
import { requireServed } from './served.js'
import { qxtendDocuments, qxtendOptions } from './qxtend-options.js'
import { createSecrets, type Secrets } from './secrets.js'
import { stateFolderOf } from './state.js'

export interface AdapterNeeds {
  readonly host: Host
  readonly flags: CommonFlags
  readonly clock: Clock
  readonly deadline: AbortSignal | null
  readonly terminal: Voice
  readonly config: LoadedConfig
  readonly closers: (() => Promise<void>)[]
}

export interface Adapters {
  source(): Looker
  ledger(): Ledger
}

/** One Looker client and one QAD client for the whole command, made when first asked for. */
export function createAdapters(needs: AdapterNeeds): Adapters {
  let source: Looker | null = null
  let ledger: Ledger | null = null
  let secrets: Secrets | null = null
  const shared = () => (secrets ??= createSecrets(needs))
  return {
    source: () => (source ??= closed(discreetSource(lookerOf(needs, shared())), needs)),
    ledger: () => (ledger ??= closed(chartOnce(discreetLedger(ledgerOf(needs, shared()))), needs)),
  }
}

function lookerOf(needs: AdapterNeeds, secrets: Secrets): Looker {
  const { host, clock, deadline, terminal, config } = needs
  const { baseUrl, requestsPerMinute, maxConcurrent, pageSize, timeZone } = needLooker(config.config)
  const http = countingCalls(openDoor(needs, null), { clock, baseUrl, state: () => stateFolderOf(host) })
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
      onProgress: (rows) => terminal.working(progress(rows)),
    },
  )
}

/** A slow query may answer its first byte after minutes: Looker alone queues one for up to ten. */
const LOOKER_TIMEOUT_MS = 1_200_000

function ledgerOf(needs: AdapterNeeds, secrets: Secrets): Ledger {
  const { clock, deadline, config } = needs
  const qad = needQad(config.config)
  const ports = {
    http: openDoor(needs, qad.http.caFile),
    clock,
    random: Math.random,
    redact,
    uuid: randomUUID,
    // Not the stop signal: a record in flight is finished and recorded before the run ends.
    ...(deadline ? { signal: deadline } : {}),
    credentials: () => secrets.qad(loginTypeOf(qad)),
  }
  if (qad.kind === 'qxtend') return createQxtend(qxtendOptions(qad), qxtendDocuments(qad), ports)
  const swagger = (document: (path: string) => Promise<string>) => requireServed(qad, document, config)
  return createAdaptive(adaptiveOptions(qad, needWrite(config.config)), { ...ports, swagger })
}

/** Masters are read once a command: guards of one run must all see the same chart. */
function chartOnce(ledger: Ledger): Ledger {
  let chart: Promise<Chart> | null = null
  return { ...ledger, chart: () => (chart ??= ledger.chart()) }
}

function closed<T extends { close(): Promise<void> }>(adapter: T, { closers }: AdapterNeeds): T {
  closers.push(() => adapter.close())
  return adapter
}
