import type { Exchange } from './har.js'
import { isObject, own, textOf } from './json.js'
import { ask, check, seen, type Setting } from './section.js'
import { pathOf, type Tenant } from './tenant.js'

/** The section auth: how the capture logged in, and what its calls came with. */
export function authOf(tenant: Tenant, exchanges: readonly Exchange[]): Setting {
  const login = loginsIn(tenant, exchanges)
  const calls = tenant.exchanges.filter(({ url }) => pathOf(tenant, url).startsWith('/api/'))
  const headers = calls.flatMap(({ headers }) => headers['authorization'] ?? [])
  const basic = headers.find((value) => /^basic\s/i.test(value))
  if (basic !== undefined) return section([{ key: 'type', value: 'basic', remark: seen('its calls came with Basic') }])
  const hasToken = headers.length > 0
  if (login.token !== null && (hasToken || login.session === null)) return oauth(tenant, login.token, headers)
  if (login.session !== null && !hasToken) return session(tenant, login.session, calls)
  return section(hasToken ? tokenFromElsewhere(headers) : withoutLogin(calls))
}

function section(value: readonly Setting[]): Setting {
  return { key: 'auth', value }
}

interface Logins {
  /** Requests that asked for a token. */
  readonly token: Exchange | null
  readonly session: Login | null
}

interface Login {
  readonly exchange: Exchange
  readonly kind: 'session_json' | 'session_form'
  /** The form calls them otherwise than `username` and `password`. */
  readonly isRenamed: boolean
}

function loginsIn(tenant: Tenant, exchanges: readonly Exchange[]): Logins {
  const posts = exchanges.filter(({ method }) => method === 'POST')
  const tokens = posts.filter((one) => fieldsOf(one).has('grant_type'))
  const good = tokens.filter(({ status }) => status >= 200 && status < 300)
  const granted = (type: RegExp) => good.find((one) => type.test(fieldsOf(one).get('grant_type') ?? ''))
  const token = granted(/^(password|client_credentials)$/) ?? granted(/./) ?? tokens.at(-1) ?? null
  const sessions = tenant.exchanges.flatMap((exchange) => sessionLogin(exchange))
  return { token, session: sessions.filter(({ exchange }) => isTaken(exchange)).at(-1) ?? sessions.at(-1) ?? null }
}

/** The fields of a form, or of the query where there is no form. */
function fieldsOf({ url, body, bodyType }: Exchange): URLSearchParams {
  const isForm = bodyType.includes('x-www-form-urlencoded') || /^[\w.%+-]+=/.test(body)
  const fields = new URLSearchParams(isForm ? body : '')
  for (const [name, value] of url.searchParams) if (!fields.has(name)) fields.append(name, value)
  return fields
}

function sessionLogin(exchange: Exchange): readonly Login[] {
  if (exchange.method !== 'POST') return []
  const json = exchange.bodyJson()
  if (isObject(json)) {
    const hasBoth = textOf(own(json, 'username')) !== null && textOf(own(json, 'password')) !== null
    return hasBoth ? [{ exchange, kind: 'session_json', isRenamed: false }] : []
  }
  const fields = fieldsOf(exchange)
  if (fields.has('grant_type')) return []
  const isOurs = fields.has('username') && fields.has('password')
  const hasPassword = [...fields.keys()].some((name) => /passw/i.test(name))
  return isOurs || hasPassword ? [{ exchange, kind: 'session_form', isRenamed: !isOurs }] : []
}

function isTaken({ status, answerHeaders }: Exchange): boolean {
  return status > 0 && status < 400 && !/error|login/i.test(answerHeaders['location'] ?? '')
}

function oauth(tenant: Tenant, token: Exchange, headers: readonly string[]): Setting {
  const grant = fieldsOf(token).get('grant_type') ?? ''
  const from = `request ${token.number} asked for a token by ${/^[a-z_]{1,40}$/.test(grant) ? grant : 'a grant of its own'}`
  const isKnown = grant === 'password' || grant === 'client_credentials'
  const type = grant === 'client_credentials' ? 'oauth_client_credentials' : 'oauth_password'
  const path = pathOf(tenant, token.url)
  return section([
    { key: 'type', value: type, remark: isKnown ? seen(from) : ask(`${from}; which grant may an integration use?`) },
    path.startsWith('/')
      ? { key: 'tokenPath', value: path }
      : {
          key: 'tokenPath',
          value: '/oauth/token',
          remark: ask('the token came from another host; which path of the tenant gives one?'),
        },
    prefixOf(token, headers),
  ])
}

/** What stands before the token in the header, as far as the capture shows both. */
function prefixOf(token: Exchange, headers: readonly string[]): Setting {
  const key = 'headerPrefix'
  const answer = token.json()
  const issued = isObject(answer) ? textOf(own(answer, 'access_token')) : null
  const header = headers.find((value) => issued !== null && issued !== '' && value.endsWith(issued))
  if (header !== undefined && issued !== null) {
    const value = header.slice(0, header.length - issued.length)
    if (/^[\x20-\x7e]{0,20}$/.test(value)) return { key, value }
  }
  return { ...schemeOf(headers) }
}

function schemeOf(headers: readonly string[]): Setting {
  const key = 'headerPrefix'
  const scheme = /^([A-Za-z]{1,15}) /.exec(headers[0] ?? '')?.[1]
  if (scheme !== undefined) return { key, value: `${scheme} ` }
  return { key, value: 'Bearer ', remark: check('the capture has no Authorization header; this is the usual prefix') }
}

function session(tenant: Tenant, { exchange, kind, isRenamed }: Login, calls: readonly Exchange[]): Setting {
  const path = pathOf(tenant, exchange.url)
  const from = seen(`request ${exchange.number}`)
  return section([
    { key: 'type', value: kind, remark: from },
    {
      key: 'loginPath',
      value: path,
      ...(isRenamed
        ? { remark: ask('its form does not say username and password, which mlc sends; which path takes these?') }
        : {}),
    },
    cookieOf(exchange, calls),
  ])
}

/** The session cookie by its name: the one whose value the login answered, or the one that looks like a session. */
function cookieOf(login: Exchange, calls: readonly Exchange[]): Setting {
  const answer = login.json()
  const id = isObject(answer) ? textOf(own(answer, 'sessionId')) : null
  const set = namesIn([login, ...calls], id)
  const [name] = set
  if (name === undefined)
    return {
      key: 'cookieName',
      value: 'JSESSIONID',
      remark: check('the capture has no cookies; this is the usual name'),
    }
  return {
    key: 'cookieName',
    value: name,
    ...(set.length > 1 ? { remark: check('other cookies were set as well') } : {}),
  }
}

function namesIn(exchanges: readonly Exchange[], id: string | null): readonly string[] {
  const pairs = exchanges.flatMap(({ headers, answerHeaders }) => [
    ...(answerHeaders['set-cookie'] ?? '').split('\n').map((one) => one.split(';')[0] ?? ''),
    ...(headers['cookie'] ?? '').split(/[;\n]/),
  ])
  const named = pairs.map((pair) => pair.trim()).filter((pair) => /^[\w.-]{1,40}=/.test(pair))
  const carrying = id === null || id === '' ? [] : named.filter((pair) => pair.endsWith(`=${id}`))
  const likely = carrying.length > 0 ? carrying : named.filter((pair) => /^[\w.-]*sess/i.test(pair))
  return [...new Set(likely.map((pair) => pair.slice(0, pair.indexOf('='))))]
}

function tokenFromElsewhere(headers: readonly string[]): readonly Setting[] {
  return [
    {
      key: 'type',
      value: 'oauth_password',
      remark: ask(
        'its calls came with a token, but its login is not in the capture; which login may an integration use?',
      ),
    },
    { key: 'tokenPath', value: '/oauth/token', remark: ask('which path of the tenant gives a token?') },
    schemeOf(headers),
  ]
}

function withoutLogin(calls: readonly Exchange[]): readonly Setting[] {
  const hasCookie = calls.some(({ headers, cookies }) => 'cookie' in headers || cookies.length > 0)
  const how = hasCookie
    ? 'its calls came with a cookie of a login before the capture'
    : 'the capture shows neither login nor credentials'
  return [
    { key: 'type', value: 'oauth_password', remark: ask(`${how}; which login may an integration use?`) },
    { key: 'tokenPath', value: '/oauth/token', remark: ask('which path of the tenant gives a token?') },
  ]
}
