import { randomUUID } from 'node:crypto'
import { loginTypeOf, needQad, needWrite } from '../config/need.js'
import type { Looker } from '../looker/looker.js'
import type { Chart } from '../model/chart.js'
import { createAdaptive } from '../qad/adaptive.js'
import { createFileLedger } from '../qad/file/ledger.js'
import type { Ledger } from '../qad/ledger.js'
import { createQxtend } from '../qad/qxtend/qxtend.js'
import { discreetLedger } from './discreet.js'
import { redact } from './redaction.js'
import { openQadDoor } from './door.js'
import { closed, type AdapterNeeds, type Figures } from './figures.js'
import { createOutbox } from './outbox.js'
import { adaptiveOptions } from './qad-options.js'
import { isProven } from './probed.js'
import { requireServed } from './served.js'
import { qxtendDocuments, qxtendOptions } from './qxtend-options.js'
import type { Secrets } from './secrets.js'
import { stateFolderOf } from './state.js'

export interface Adapters {
  source(): Looker
  ledger(): Ledger
}

/** One QAD client for the whole command, made when first asked for, beside the one of Looker. */
export function createAdapters(needs: AdapterNeeds, figures: Figures): Adapters {
  let ledger: Ledger | null = null
  return {
    source: () => figures.source(),
    ledger: () => (ledger ??= closed(chartOnce(discreetLedger(ledgerOf(needs, figures.secrets()))), needs)),
  }
}

function ledgerOf(needs: AdapterNeeds, secrets: Secrets): Ledger {
  const { clock, deadline, config, terminal } = needs
  const qad = needQad(config.config)
  const write = needWrite(config.config)
  const outbox = () => createOutbox(write.dir ?? '')
  if (qad.kind === 'file') return createFileLedger(write, outbox(), null)
  const ports = {
    http: openQadDoor(needs, qad.http.caFile),
    clock,
    random: Math.random,
    redact,
    warn: (line: string) => terminal.warn(line),
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
  if (write.target === 'file') return createFileLedger(write, outbox(), ledger)
  return { ...ledger, isReadProven: async () => isProven(await stateFolderOf(needs.host), qad) }
}

/** Masters are read once a command: guards of one run must all see the same chart. */
function chartOnce(ledger: Ledger): Ledger {
  let chart: Promise<Chart> | null = null
  return { ...ledger, chart: () => (chart ??= ledger.chart()) }
}
