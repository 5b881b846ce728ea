import type { LookerConfig } from '../config/schema.js'
import type { Host } from '../context.js'
import type { Grants, LookerLink, TimeSeen } from '../doctor/ports.js'
import { MlcError } from '../errors.js'
import type { Http } from '../http/http.js'
import { apiUrl, normaliseBaseUrl } from '../looker/address.js'
import { createApi, type Api } from '../looker/api.js'
import { resolveSource } from '../looker/describe.js'
import type { LookerPorts } from '../looker/looker.js'
import { createPace } from '../looker/pace.js'
import { createSession } from '../looker/session.js'
import { isObject } from '../looker/words.js'
import { sharedDepartures } from './departures.js'
import { timesFrom, watchTimes } from './times.js'

/** Looker as the doctor questions it, through the adapter's own session and API: what fails here fails in a sync. */
export function createLookerLink(
  looker: LookerConfig,
  ports: LookerPorts & { readonly host: Host },
): LookerLink & { close(): Promise<void> } {
  const seen: TimeSeen[] = []
  const http: Http = watchTimes(ports.http, ports.clock, seen)
  const baseUrl = normaliseBaseUrl(looker.baseUrl)
  const connection = { baseUrl, timeoutMs: PATIENCE_MS, retries: { ...ONCE, random: ports.random } }
  const { host, clock, signal, credentials } = ports
  const key = async () => (await credentials()).clientId
  // A doctor beside a sync must not be what makes Looker answer 429.
  const pace = createPace(looker.requestsPerMinute, clock, sharedDepartures({ host, clock, baseUrl, key }))
  const session = createSession(connection, { http, clock, pace, signal, credentials })
  const api = createApi(connection, { http, clock, pace, session, signal })
  return {
    logIn: async () => void (await session.token()),
    release: () => releaseOf(api),
    grants: () => grantsOf(api),
    describe: async (source) => (await resolveSource(api, source, looker.timeZone)).definition,
    times: () => timesFrom(http, apiUrl(baseUrl, ['versions']), seen),
    close: () => session.close(),
  }
}

/** A diagnosis tells what it met; trying again until it works is for a sync. */
const ONCE = { attempts: 1, baseMs: 500, capMs: 1_000 }
const PATIENCE_MS = 30_000

async function releaseOf(api: Api): Promise<string | null> {
  const url = apiUrl(api.baseUrl, ['versions'])
  const { looker_release_version: release } = await api.object({ subject: { kind: 'versions' }, method: 'GET', url })
  return typeof release === 'string' && release !== '' ? release : null
}

/** A user may be kept from reading its own roles; then what it may do is not known, which is no error. */
async function grantsOf(api: Api): Promise<Grants> {
  const read = { subject: { kind: 'versions' }, method: 'GET' } as const
  const user = await api.object({ ...read, url: apiUrl(api.baseUrl, ['user']) }).catch(unlessDown)
  if (user === null) return { user: null, permissions: null }
  const { id, display_name: name } = user
  const known = { user: typeof name === 'string' && name !== '' ? name : null }
  if (typeof id !== 'string' && typeof id !== 'number') return { ...known, permissions: null }
  const url = apiUrl(api.baseUrl, ['users', String(id), 'roles'])
  const roles = await listOf(api, { ...read, url }).catch(unlessDown)
  if (roles === null) return { ...known, permissions: null }
  return {
    ...known,
    permissions: namesIn(roles, 'permission_set', 'permissions'),
    models: namesIn(roles, 'model_set', 'models'),
  }
}

async function listOf(api: Api, call: Parameters<Api['stream']>[0]): Promise<readonly unknown[] | null> {
  const outcome = await api.stream(call, () => undefined)
  if (outcome.refused !== null) return null
  const chunks: Uint8Array[] = []
  for await (const chunk of outcome.value.body) chunks.push(chunk)
  const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  return Array.isArray(parsed) ? parsed : null
}

function unlessDown(error: unknown): null {
  if (error instanceof MlcError && error.category !== 'unavailable') return null
  if (error instanceof SyntaxError) return null
  throw error
}

const WANTED = ['access_data', 'see_looks', 'explore', 'download_without_limit']

/** What all roles together give; null where none shows it. */
function namesIn(
  roles: readonly unknown[],
  set: 'permission_set' | 'model_set',
  names: 'permissions' | 'models',
): ReadonlySet<string> | null {
  const sets = roles.flatMap((role) => (isObject(role) && isObject(role[set]) ? [role[set]] : []))
  const lists = sets.flatMap((one): (readonly unknown[])[] => [
    // The set of administrators has everything, and need not list it.
    ...(one['all_access'] === true && names === 'permissions' ? [WANTED] : []),
    ...(Array.isArray(one[names]) ? [one[names] as readonly unknown[]] : []),
  ])
  if (lists.length === 0) return null
  return new Set(lists.flat().filter((name) => typeof name === 'string'))
}
