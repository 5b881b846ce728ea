import { join } from 'node:path'
import { acquireLock } from '../audit/lock.js'
import type { Config } from '../config/schema.js'
import type { Host } from '../context.js'
import { MlcError } from '../errors.js'
import { readNotes, type Notes } from '../ingest/notes.js'
import { readRefused, readSpool, type Damage, type Delivery, type Refused } from '../ingest/read.js'
import type { Clock } from '../model/clock.js'
import { findVariable } from '../secrets/environment.js'
import { redactor } from '../secrets/redactor.js'
import { redactors } from './redaction.js'

/** Where `mlc listen` listens, whom it lets in, and where it keeps what it is given. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Where Looker reaches it, such as `https://mlc.acme.example`; null: not told. */
  readonly publicUrl: string | null
  readonly maxBodyBytes: number
  /** One, or two while they are being changed. */
  readonly secrets: readonly string[]
  /** None: X-Looker-Webhook-Token is not looked at. */
  readonly tokens: readonly string[]
  /** The spool's folder. */
  readonly folder: string
  /** Makes this process the only one that listens for this state folder. @throws MLC-C020 */
  alone(): Promise<void>
}

export interface EndpointNeeds {
  readonly host: Host
  readonly clock: Clock
  readonly closers: (() => Promise<void>)[]
  readonly config: Config
  readonly state: string
}

/** @throws MLC-S030 no secret is set, MLC-S031 it cannot be used, MLC-S002 its file cannot be read */
export async function createEndpoint({ host, clock, closers, config, state }: EndpointNeeds): Promise<Endpoint> {
  const { host: address, port, publicUrl, maxBodyBytes } = config.ingest
  const folder = ingestFolder(state)
  const secrets = await ingestSecrets(host)
  const tokens = await liveSecrets('MLC_LOOKER_WEBHOOK_TOKEN', host)
  return {
    ...{ host: address, port, publicUrl, maxBodyBytes, secrets, tokens, folder },
    async alone() {
      const lock = await acquireLock(folder, { clock, timeoutMs: 0, who: 'mlc listen' })
      closers.push(() => lock.release())
    },
  }
}

/** The secrets of mlc listen: one, or two while it is changed. @throws as createEndpoint */
export async function ingestSecrets(host: Host): Promise<readonly string[]> {
  const secrets = await liveSecrets('MLC_INGEST_SECRET', host)
  if (secrets.length === 0) throw new MlcError('MLC-S030', 'MLC_INGEST_SECRET is not set: anybody could post')
  checkSecrets(secrets)
  return secrets
}

export interface KeptDeliveries {
  readonly waiting: readonly Delivery[]
  readonly refused: readonly Refused[]
  /** Why some wait, and what came again. */
  readonly notes: Notes
  /** What was accepted and cannot be read any more. */
  readonly damage: readonly Damage[]
}

/** Also while `mlc listen` is at work. */
export async function deliveriesKept(state: string): Promise<KeptDeliveries> {
  const folder = ingestFolder(state)
  const { deliveries, damage } = await readSpool(folder)
  const waiting = deliveries.filter(({ state }) => state === null)
  return { waiting, refused: await readRefused(folder), notes: await readNotes(folder), damage }
}

function ingestFolder(state: string): string {
  return join(state, 'ingest')
}

/** The variable or its `_FILE`, parted at commas. Whatever is set never comes out again. */
async function liveSecrets(name: string, { env }: Host): Promise<readonly string[]> {
  const { value } = await findVariable([name], env)
  const live = (value ?? '').split(',').map((one) => one.trim())
  redactors.push(redactor(live.filter((one) => one.length >= SHORTEST_HIDDEN)))
  return live.filter((one) => one !== '')
}

/** A shorter value stands in innocent text. */
const SHORTEST_HIDDEN = 6
/** 32 characters of hex hold 128 bits. */
const SHORTEST = 32
const MOST = 2
/** The longest that fits into the head of a request with room to spare. */
const LONGEST = 1_024

function checkSecrets(secrets: readonly string[]): void {
  const wrong = (reason: string) => new MlcError('MLC-S031', `MLC_INGEST_SECRET ${reason}`)
  if (secrets.length > MOST) throw wrong(`holds ${secrets.length} secrets; at most two are live while they are changed`)
  for (const [index, secret] of secrets.entries()) {
    const which = secrets.length === 1 ? 'it' : `the ${index === 0 ? 'first' : 'second'} of them`
    if (secret.length < SHORTEST)
      throw wrong(`is too short: ${which} has ${secret.length} characters, and needs ${SHORTEST}`)
    if (secret.length > LONGEST)
      throw wrong(`is too long: ${which} has ${secret.length} characters, and may have ${LONGEST}`)
    if (!/^[\x21-\x7e]+$/.test(secret) || /[?#\\]/.test(secret))
      throw wrong(`holds characters that no address can have: ${which} does`)
  }
}
