import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { loginTypeOf, needQad } from '../config/need.js'
import type { QadConfig } from '../config/schema.js'
import { TransportError } from '../http/http.js'
import { isoTime } from '../model/clock.js'
import { probeAdaptive, type Probe } from '../qad/probe/adaptive.js'
import type { Fact } from '../qad/probe/fact.js'
import { isAgainstProof } from '../qad/probe/posted.js'
import { probeQxtend } from '../qad/probe/qxtend.js'
import { writeFacts, type WriteSpec } from '../qad/probe/write.js'
import { transportFailure } from '../qad/transport.js'
import type { AdapterNeeds } from './figures.js'
import { openQadDoor } from './door.js'
import { folderFacts } from './probe-folder.js'
import { probeSwagger } from './probe-swagger.js'
import { forgetProof, keepProof } from './probed.js'
import { adaptiveOptions } from './qad-options.js'
import { qxtendDocuments, qxtendOptions } from './qxtend-options.js'
import { redact } from './redaction.js'
import { createSecrets } from './secrets.js'
import { fileIfThere } from './served.js'

export type { Candidate, Fact, Verdict } from '../qad/probe/fact.js'

/** What `mlc qad probe` found out about the QAD of mlc.yaml. */
export interface QadProbe extends Probe {
  readonly kind: QadConfig['kind']
  /** Empty for kind file. */
  readonly baseUrl: string
  readonly domain: string
  readonly entity: string
  /** ISO time. */
  readonly at: string
}

/** Looks at QAD through reads alone, and keeps in the state folder whether the read of references was seen to work. */
export async function probeQad(needs: AdapterNeeds & { state(): Promise<string> }): Promise<QadProbe> {
  const qad = needQad(needs.config.config)
  const { kind, domain, entity, write } = qad
  const at = isoTime(needs.clock)
  const found = await probeOf(qad, needs)
  if (found.isProven) await keepProof(await needs.state(), qad, at)
  else if (found.facts.some(isAgainstProof)) await forgetProof(await needs.state(), qad)
  const folder = write?.target === 'file' ? await folderFacts(write.dir ?? '') : []
  const facts = inOrder([...found.facts, ...folder, ...writeFacts(writeSpec(qad))])
  const baseUrl = qad.qxtend?.url ?? qad.baseUrl
  const clean = facts.map((fact) => ({ ...fact, evidence: redact(fact.evidence) }))
  return { ...found, facts: clean, ...{ kind, baseUrl, domain, entity, at } }
}

/** All of one subject together, the subjects in the order in which they were come to. */
function inOrder(facts: readonly Fact[]): readonly Fact[] {
  const subjects = [...new Set(facts.map(({ subject }) => subject))]
  return subjects.flatMap((subject) => facts.filter((fact) => fact.subject === subject))
}

const NOTHING: Probe = { facts: [], candidates: [], isProven: false }

async function probeOf(qad: QadConfig, needs: AdapterNeeds): Promise<Probe> {
  if (qad.kind === 'file') return NOTHING
  const { host, clock, deadline, config } = needs
  const signal = deadline ? AbortSignal.any([host.stop, deadline]) : host.stop
  const secrets = createSecrets(needs)
  const ports = {
    http: openQadDoor(needs, qad.http.caFile),
    ...{ clock, random: Math.random, redact, uuid: randomUUID, signal },
    credentials: () => secrets.qad(loginTypeOf(qad)),
  }
  const file = (path: string) => fileIfThere(resolve(config.folder, path))
  try {
    if (qad.kind === 'qxtend') return await probeQxtend(qxtendOptions(qad), qxtendDocuments(qad), ports)
    return await probeAdaptive(adaptiveOptions(qad), ports, (document) => probeSwagger(qad, { document, file }))
  } catch (error) {
    throw error instanceof TransportError ? transportFailure(error, 'QAD', signal) : error
  }
}

function writeSpec({ kind, write }: QadConfig): WriteSpec | null {
  if (write === null) return null
  const { target, batchSize, settleSeconds, fields, validatePath } = write
  return { kind, target, batchSize, settleSeconds, keyField: fields['key'] ?? '', canValidate: validatePath !== null }
}
