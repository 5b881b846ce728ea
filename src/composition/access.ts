import { randomUUID } from 'node:crypto'
import type { LoadedConfig } from '../config/load.js'
import { loginTypeOf, needLooker, needQad } from '../config/need.js'
import { MlcError } from '../errors.js'
import { TransportError, type HttpAnswer, type HttpRequest } from '../http/http.js'
import { normaliseBaseUrl } from '../looker/address.js'
import { logOut } from '../looker/session.js'
import { createCredentials, NEEDED_BY } from '../secrets/credentials.js'
import { isClean } from '../secrets/environment.js'
import type { Fields } from '../secrets/fields.js'
import { redactor } from '../secrets/redactor.js'
import { accountOf, saveAndReadBack, SERVICE, STORE_NAMES, type SecretStore, type System } from '../secrets/store.js'
import type { AdapterNeeds } from './figures.js'
import { redact, redactors } from './redaction.js'
import { openLookerDoor, openQadDoor } from './door.js'
import { createSecrets, readToken, type Secrets } from './secrets.js'
import { tryLooker, tryQad, type Say, type Standing } from './trial.js'

export type { Say, Standing } from './trial.js'

/** What `mlc login` and `mlc logout` need of one system: its credentials, the store, and the system itself. */
export interface Access {
  readonly baseUrl: string
  readonly store: StoreInUse
  /** What a login takes, with what variables and credentialCommand give of it. @throws MLC-S002, MLC-S003 */
  wanted(): Promise<readonly Wanted[]>
  /** Tries the credentials once, telling each step, and ends that session. @throws MLC-L004, MLC-Q004 … */
  tryOut(values: Values, say: Say): Promise<Standing>
  /** Saves, and reads back what was saved. @throws MLC-S006 it is not the same, MLC-S010 … MLC-S022, MLC-C008 */
  save(values: Values): Promise<void>
  /** Ends the session that is kept and takes both out of the store. @throws MLC-S010 … MLC-S022, MLC-C008 */
  remove(): Promise<Removed>
  /** What gives credentials to every run whatever the store holds, such as `MLC_LOOKER_CLIENT_SECRET`. */
  stillGiven(): Promise<readonly string[]>
}

export interface StoreInUse {
  readonly name: SecretStore['name'] | 'none'
  /** `the OS keychain` */
  readonly words: string
  /** `mlc / looker:https://…` */
  readonly entry: string
  /** Whether it could be saved to. @throws MLC-S010 … MLC-S022 */
  check(): Promise<void>
}

export type Values = Readonly<Record<string, string>>

export interface Wanted {
  readonly name: string
  readonly label: string
  readonly isSecret: boolean
  /** The variable that can hold it. */
  readonly variable: string
  readonly given: { readonly value: string; readonly origin: string } | null
}

export interface Removed {
  readonly entry: boolean
  /** The session whose token was kept for the next run. */
  readonly session: 'ended' | 'left to expire' | 'none'
  /** Of a session that is left: until when it lives at most, and why it could not be ended. */
  readonly left: { readonly until: string; readonly reason: string } | null
}

/** @throws MLC-C012, MLC-S004 */
export function createAccess(system: System, needs: AdapterNeeds): Access {
  const { config } = needs.config
  const { baseUrl } = system === 'looker' ? needLooker(config) : needQad(config)
  const secrets = createSecrets(needs)
  const account = accountOf(system, baseUrl)
  return {
    baseUrl,
    store: storeInUse(secrets, account),
    wanted: () => wantedBy(system, needs.config, secrets),
    async tryOut(values, say) {
      refuseUnclean(values)
      redactors.push(redactor(among(values, 'clientSecret', 'password'), among(values, 'clientId', 'username')))
      return system === 'looker' ? tryLooker(values, say, linkPorts(needs)) : tryQad(values, say, linkPorts(needs))
    },
    async save(values) {
      if (secrets.store === null) return
      await saveAndReadBack(secrets.store, account, JSON.stringify(values))
      // A token of the key before would be used on.
      if (system === 'looker') await secrets.store.delete(accountOf('looker-token', baseUrl))
    },
    async remove() {
      if (secrets.store === null) return { ...NO_SESSION, entry: false }
      const session = system === 'looker' ? await endKeptSession(baseUrl, secrets.store, needs) : NO_SESSION
      return { ...session, entry: await secrets.store.delete(account) }
    },
    stillGiven: () => givenWithoutStore(system, needs),
  }
}

function storeInUse({ choice, store }: Secrets, account: string): StoreInUse {
  const words = choice === 'none' ? 'nowhere (MLC_STORE=none)' : STORE_NAMES[choice]
  return { name: choice, words, entry: `${SERVICE} / ${account}`, check: async () => store?.check() }
}

async function wantedBy(system: System, { config }: LoadedConfig, secrets: Secrets): Promise<readonly Wanted[]> {
  const needed = NEEDED_BY[system === 'looker' ? 'looker' : loginTypeOf(needQad(config))]
  const { fields } = await secrets.given(system, needed)
  return needed.map((name) => ({
    name,
    ...(QUESTIONS[`${system}.${name}`] ?? { label: name, isSecret: true, variable: name }),
    given: fields[name] ?? null,
  }))
}

const QUESTIONS: Readonly<Record<string, Pick<Wanted, 'label' | 'isSecret' | 'variable'>>> = {
  'looker.clientId': { label: 'API3 client id', isSecret: false, variable: 'MLC_LOOKER_CLIENT_ID' },
  'looker.clientSecret': { label: 'API3 client secret', isSecret: true, variable: 'MLC_LOOKER_CLIENT_SECRET' },
  'qad.clientId': { label: 'QAD client id', isSecret: false, variable: 'MLC_QAD_CLIENT_ID' },
  'qad.clientSecret': { label: 'QAD client secret', isSecret: true, variable: 'MLC_QAD_CLIENT_SECRET' },
  'qad.username': { label: 'QAD user', isSecret: false, variable: 'MLC_QAD_USERNAME' },
  'qad.password': { label: 'QAD password', isSecret: true, variable: 'MLC_QAD_PASSWORD' },
}

function among(values: Values, ...names: readonly string[]): string[] {
  return names.flatMap((name) => values[name] ?? [])
}

/** What was typed gets the same look as what a file holds. */
function refuseUnclean(values: Values): void {
  const name = Object.keys(values).find((one) => !isClean(values[one] ?? ''))
  if (name !== undefined) throw new MlcError('MLC-C006', `the ${name} typed holds a control character`)
}

function linkPorts(needs: AdapterNeeds) {
  const { host, clock, deadline, config } = needs
  const signal = deadline ? AbortSignal.any([host.stop, deadline]) : host.stop
  const open = {
    looker: () => openLookerDoor(needs),
    qad: (caFile: string | null) => openQadDoor(needs, caFile),
  }
  return { config: config.config, open, host, clock, random: Math.random, uuid: randomUUID, signal, redact }
}

type EndedSession = Omit<Removed, 'entry'>

const NO_SESSION: EndedSession = { session: 'none', left: null }

async function endKeptSession(baseUrl: string, store: SecretStore, needs: AdapterNeeds): Promise<EndedSession> {
  const account = accountOf('looker-token', baseUrl)
  const text = await store.get(account)
  if (text === null) return NO_SESSION
  const kept = readToken(text, null)
  const isLive = kept !== null && kept.expiresAtMs > needs.clock.now()
  const reason = isLive ? await endSession(baseUrl, kept.token, needs) : null
  await store.delete(account)
  if (!isLive || reason === GONE) return NO_SESSION
  if (reason === null) return { session: 'ended', left: null }
  return { session: 'left to expire', left: { until: new Date(kept.expiresAtMs).toISOString(), reason } }
}

/** Looker does not know the token any more. */
const GONE = Symbol('gone')

/** Null: ended. Else why not: what is not told here would be believed to be over. */
async function endSession(baseUrl: string, token: string, needs: AdapterNeeds): Promise<string | typeof GONE | null> {
  const { host } = new URL(baseUrl)
  let reason: string | typeof GONE = `${host} does not end it`
  try {
    const door = openLookerDoor(needs)
    const send = async (request: HttpRequest) => {
      const answer = await door.send(request).catch((error: unknown) => {
        if (error instanceof TransportError) reason = `${host}: ${error.message}`
        throw error
      })
      reason = isUnknown(answer) ? GONE : `${host} answers HTTP ${answer.status}`
      return answer
    }
    const isEnded = await logOut({ baseUrl: normaliseBaseUrl(baseUrl) }, { http: { ...door, send } }, token)
    return isEnded ? null : reason
  } catch (error) {
    // A proxy or a certificate that is wrong here: the credentials are removed all the same.
    if (error instanceof MlcError) return error.message
    throw error
  }
}

/** Looker itself answers a token that it does not know with 404 and JSON; a page with 404 is somebody else's. */
function isUnknown({ status, headers }: HttpAnswer): boolean {
  return status === 401 || (status === 404 && (headers['content-type'] ?? '').includes('json'))
}

async function givenWithoutStore(system: System, { host, config: { config } }: AdapterNeeds): Promise<string[]> {
  const nowhere = { env: host.env, baseUrl: { looker: '', qad: '' }, store: null, command: null }
  const needed = NEEDED_BY[system === 'looker' ? 'looker' : loginTypeOf(needQad(config))]
  // A file that cannot be read gives nothing to a run either.
  const { fields } = await createCredentials(nowhere)
    .given(system, needed)
    .catch((): { fields: Fields } => ({ fields: {} }))
  const origins = ['clientSecret', 'password'].flatMap((name) => fields[name]?.origin ?? [])
  return config.credentialCommand ? [...origins, 'credentialCommand'] : origins
}
