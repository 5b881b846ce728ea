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
import { createFileLedger } from '../qad/file/ledger.js'
import type { Ledger } from '../qad/ledger.js'
import { createQxtend } from '../qad/qxtend/qxtend.js'
import { countingCalls } from './calls.js'
import { createRate } from '../terminal/rate.js'
import type { Voice } from './voice.js'
import { sharedDepartures } from './departures.js'
import { discreetLedger, discreetSource } from './discreet.js'
import { redact } from './redaction.js'
import { openDoor } from './door.js'
import { createOutbox } from './outbox.js'
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
  const write = needWrite(config.config)
  const outbox = () => createOutbox(write.dir ?? '')
  if (qad.kind === 'file') return createFileLedger(write, outbox(), null)
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
  const swagger = (document: (path: string) => Promise<string>) => requireServed(qad, document, config)
  const ledger =
    qad.kind === 'qxtend'
      ? createQxtend(qxtendOptions(qad), qxtendDocuments(qad), ports)
      : createAdaptive(adaptiveOptions(qad, write), { ...ports, swagger })
  return write.target === 'file' ? createFileLedger(write, outbox(), ledger) : ledger
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
