import { MlcError } from '../../errors.js'
import { isSafeUrl, type Http, type HttpAnswer, type TransportError } from '../../http/http.js'
import { createRetryBudget, type RetryPolicy } from '../../http/retry.js'
import type { Clock } from '../../model/clock.js'
import { need, refused } from '../auth/attempt.js'
import type { Credentials } from '../auth/auth.js'
import { cookieIn, cookieSession } from '../auth/cookie.js'
import { lowerCase } from '../exchange.js'
import { createPace } from '../pace.js'
import type { Template } from '../template/template.js'
import type { TemplateValues } from '../template/names.js'
import type { QxtendOptions } from './options.js'
import { checkPlace, envelopeOf, type Head } from './soap.js'
import { transportFailure } from '../transport.js'

/** What the adapter needs of the world. */
export interface QxtendPorts {
  readonly http: Http
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly uuid: () => string
  readonly signal?: AbortSignal | undefined
  readonly credentials: () => Promise<Credentials>
}

/** One receiver as a place to send QDocs to: its address, its session and its pace. */
export interface Receiver {
  /** `https://…/QdocWebService (receiver qad2017ee)` */
  readonly name: string
  readonly options: QxtendOptions
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly retries: RetryPolicy
  /** The envelope of a template filled with these values and with all that is the receiver's own. @throws MLC-C018, MLC-S001 */
  document(template: Template, values: TemplateValues, action: string): Promise<string>
  /** One exchange; nothing is repeated. @throws TransportError */
  send(envelope: string): Promise<HttpAnswer>
  /** What must not be shown of what QXtend says. */
  secrets(): readonly string[]
  /** The error for credentials that QXtend does not take; from now on nothing more is sent with them. */
  turnedAway(words: string): MlcError
  /** The error for an exchange that failed below HTTP. */
  unreached(fault: TransportError, what: string): unknown
}

/** @throws MLC-C003 for what is no address, MLC-C007 for plain http to another host */
export function createReceiver(options: QxtendOptions, ports: QxtendPorts): Receiver {
  const { qxtend, http: door } = options
  const { http, clock, signal, random } = ports
  const url = addressOf(qxtend.url)
  // QXtend has few agents, and shares them: one QDoc at a time.
  const pace = createPace(door.minGapMs, 1, clock, signal)
  const user = createUser(options, ports)
  let cookie: string | null = null
  return {
    name: `QXtend at ${qxtend.url} (receiver ${qxtend.receiver})`,
    ...{ options, clock, signal },
    retries: { attempts: door.retries + 1, baseMs: 500, capMs: 20_000, random, budget: createRetryBudget() },
    async document(template, values, action) {
      const { username, password } = await user.login()
      const head = headOf(options, { username, password, action, messageId: ports.uuid() })
      const envelope = envelopeOf(template.render({ ...valuesOf(options, head), ...values }), template.file, head)
      checkPlace(envelope, template.file, { ...options, receiver: qxtend.receiver })
      return envelope
    },
    send: async (envelope) => {
      const authorization = await user.header()
      return pace(async () => {
        const answer = await http.send({
          ...{ method: 'POST', url: qxtend.url, body: envelope },
          ...{ headersTimeoutMs: door.readTimeoutMs, idleTimeoutMs: door.readTimeoutMs },
          headers: {
            ...lowerCase(door.extraHeaders),
            ...SOAP_HEADERS,
            soapaction: qxtend.soapAction,
            ...authorization,
            ...cookieHeader(cookie),
          },
          ...(signal === undefined ? {} : { signal }),
        })
        // One session of the servlet container for the whole run, where it keeps any.
        cookie = cookieIn(answer, 'JSESSIONID', url, clock.now()) ?? cookie
        return answer
      })
    },
    secrets: () => user.secrets(),
    turnedAway: (words) => user.refuse(words),
    unreached: (fault, what) => transportFailure(fault, `QXtend at ${qxtend.url}, ${what}`, signal),
  }
}

const SOAP_HEADERS = { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml' }

function cookieHeader(id: string | null) {
  return id === null ? {} : cookieSession('JSESSIONID', id).headers
}

function addressOf(url: string): URL {
  if (!URL.canParse(url) || /[\s\p{Cc}]/u.test(url))
    throw new MlcError(
      'MLC-C003',
      'qad.qxtend.url is no address such as https://acme.example:8443/qxi/services/QdocWebService',
    )
  const address = new URL(url)
  if (!isSafeUrl(address)) throw new MlcError('MLC-C007', `qad.qxtend.url ${url} is plain http to another host`)
  return address
}

/** User and password, read once and given up for good when QXtend refuses them: every further try would count as a bad login. */
function createUser({ auth }: QxtendOptions, { credentials }: QxtendPorts) {
  let known: { readonly username: string; readonly password: string } | null = null
  let refusal: MlcError | null = null
  const login = async () => {
    if (refusal !== null) throw refusal
    return (known ??= need(auth.type, ['username', 'password'], await credentials()))
  }
  const encoded = () => Buffer.from(`${known?.username ?? ''}:${known?.password ?? ''}`, 'utf8').toString('base64')
  return {
    login,
    async header(): Promise<Readonly<Record<string, string>>> {
      await login()
      return auth.type === 'basic' ? { authorization: `Basic ${encoded()}` } : {}
    },
    secrets: () => (known === null ? [] : [known.password, encoded()]),
    refuse: (words: string) =>
      (refusal ??= refused(
        { who: known?.username ?? 'the user', secrets: known === null ? [] : [known.password] },
        words,
      )),
  }
}

interface Sender {
  readonly username: string
  readonly password: string
  readonly action: string
  readonly messageId: string
}

function headOf(
  { domain, entity, http, qxtend }: QxtendOptions,
  { username, password, action, messageId }: Sender,
): Head {
  const { scopeTransaction, qdocVersion: version, decimalSeparator } = qxtend
  return {
    ...{ receiver: qxtend.receiver, messageId, suppressResponseDetail: qxtend.suppressResponseDetail },
    context: {
      ...{ domain, entity, scopeTransaction: String(scopeTransaction), version, mnemonicsRaw: 'true', action },
      ...{ username, password, decimalSeparator: decimalSeparator === '.' ? '' : decimalSeparator },
      // QXtend gives up before we do, and says so: a timeout that it reports is worth more than one that we guess.
      timeoutLimit: String(
        Math.max(1, Math.floor(Math.max(http.readTimeoutMs - 10_000, http.readTimeoutMs / 2) / 1000)),
      ),
    },
  }
}

/** What a template may name of the receiver. */
function valuesOf({ domain, entity }: QxtendOptions, head: Head): TemplateValues {
  const { scopeTransaction = '', version = '', action = '', username = '', password = '' } = head.context
  return {
    ...{ domain, entity, username, password, action, version, scopeTransaction },
    ...{ messageId: head.messageId, receiver: head.receiver },
    suppressResponseDetail: String(head.suppressResponseDetail),
  }
}
