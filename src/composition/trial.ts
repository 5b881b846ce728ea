import type { Config } from '../config/schema.js'
import { loginTypeOf, needLooker, needQad } from '../config/need.js'
import type { Host } from '../context.js'
import { MlcError } from '../errors.js'
import type { Http } from '../http/http.js'
import type { Clock } from '../model/clock.js'
import { createLookerLink } from './looker-link.js'
import { createQadLink } from './qad-link.js'

/** Tells one step and how it ended: `logging in`, `ok  as svc-mlc`. */
export type Say = (step: string, ending: string) => void

/** Who the credentials belong to and what they open; `facts` are for --json. */
export interface Standing {
  readonly who: string
  readonly facts: Readonly<Record<string, unknown>>
}

interface TrialPorts {
  readonly config: Config
  readonly open: { readonly looker: () => Http; readonly qad: (caFile: string | null) => Http }
  readonly host: Host
  readonly clock: Clock
  readonly random: () => number
  readonly uuid: () => string
  readonly signal: AbortSignal
  readonly redact: (text: string) => string
}

/** One login at Looker, then what it says of the user. @throws MLC-L001 … MLC-L008 */
export async function tryLooker(
  values: Readonly<Record<string, string>>,
  say: Say,
  ports: TrialPorts,
): Promise<Standing> {
  const looker = needLooker(ports.config)
  const credentials = async () => ({ clientId: values['clientId'] ?? '', clientSecret: values['clientSecret'] ?? '' })
  const link = createLookerLink(looker, { ...ports, http: ports.open.looker(), credentials })
  try {
    await link.logIn()
    const release = await link.release().catch(unlessStopped(ports.signal))
    const { user, permissions, models = null } = await link.grants()
    say(`reaching ${looker.baseUrl}`, `ok  release ${release ?? 'not told'}`)
    say('logging in', `ok  as ${user ?? 'a user whose name is not readable'}`)
    say('may run queries on models', listed(models))
    say('permissions', listed(permissions))
    say('may download without limit', permissions === null ? NOT_READABLE : yes(permissions.has(UNLIMITED)))
    return {
      who: user ?? values['clientId'] ?? '',
      facts: { user, release, models: models && [...models], permissions: permissions && [...permissions] },
    }
  } finally {
    await link.close()
  }
}

/** Without it Looker cuts large results off. */
const UNLIMITED = 'download_without_limit'
const NOT_READABLE = 'not readable'

/** One login at QAD, and one read of GL accounts where that is configured. @throws MLC-Q002 … MLC-Q007 */
export async function tryQad(values: Readonly<Record<string, string>>, say: Say, ports: TrialPorts): Promise<Standing> {
  const qad = needQad(ports.config)
  const value = (name: string) => values[name] ?? null
  const credentials = async () => ({
    ...{ clientId: value('clientId'), clientSecret: value('clientSecret') },
    ...{ username: value('username'), password: value('password') },
  })
  const link = createQadLink(qad, { ...ports, http: ports.open.qad(qad.http.caFile), credentials })
  const who = qad.auth.type === 'oauth_client_credentials' ? value('clientId') : value('username')
  try {
    await link.logIn()
    say(`reaching ${qad.baseUrl}`, 'ok')
    say(`logging in (${loginTypeOf(qad)})`, `ok  user ${who ?? ''}, domain ${qad.domain}, entity ${qad.entity}`)
    const accounts = qad.reads.glAccounts ? await count(link.masters('glAccounts')) : 'not configured'
    say('reading GL accounts', typeof accounts === 'number' ? `ok  ${accounts}` : accounts)
    say('writing reconciliation references', 'not tested')
    return {
      who: who ?? '',
      facts: {
        ...{ user: who, domain: qad.domain, entity: qad.entity, authType: loginTypeOf(qad) },
        glAccounts: typeof accounts === 'number' ? accounts : null,
      },
    }
  } finally {
    await link.close()
  }
}

/** What this user may not read is told; the login itself is good. */
async function count(reading: Promise<readonly unknown[]>): Promise<number | string> {
  try {
    return (await reading).length
  } catch (error) {
    if (!(error instanceof MlcError) || (error.category !== 'guard' && error.code !== 'MLC-Q006')) throw error
    return `${NOT_READABLE}: ${error.message}`
  }
}

function listed(words: ReadonlySet<string> | null): string {
  if (words === null) return NOT_READABLE
  return words.size === 0 ? 'none' : [...words].join(', ')
}

function yes(isSo: boolean): string {
  return isSo ? 'yes' : 'no'
}

function unlessStopped(signal: AbortSignal): (error: unknown) => null {
  return (error) => {
    if (signal.aborted || !(error instanceof MlcError)) throw error
    return null
  }
}
