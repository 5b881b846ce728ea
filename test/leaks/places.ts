import type { Http } from '../../src/http/http.js'
import { createLooker } from '../../src/looker/looker.js'
import type { SourceSpec } from '../../src/looker/source.js'
import { createAdaptive } from '../../src/qad/adaptive.js'
import type { AdaptiveOptions, AuthOptions, ReadOptions } from '../../src/qad/options.js'
import { fastClock, options, reference, writing } from '../qad/site.js'

/** A setting, or a word of the command line, that ends up in a request. */
export interface Place {
  readonly name: string
  /** What no request may lead out of. */
  readonly root: string
  /** Headers that the configuration adds when it says `injected`. */
  readonly headers?: (injected: string) => readonly string[]
  /** Does with the value what a run would do. @param origin of both servers */
  readonly act: (injected: string, origin: string, http: Http) => Promise<void>
}

const QAD_ROOT = '/clouderp/test'
const LOOKER_ROOT = '/api/4.0'

export const PLACES: readonly Place[] = [...paths(), ...words(), ...headers(), ...lookers(), ...addresses()]

function paths(): Place[] {
  return [
    logIn('qad.auth.tokenPath', (tokenPath) => ({ type: 'oauth_password', tokenPath, headerPrefix: 'Bearer ' })),
    logIn('qad.auth.loginPath, JSON', (loginPath) => ({ type: 'session_json', loginPath, cookieName: 'JSESSIONID' })),
    logIn('qad.auth.loginPath, form', (loginPath) => ({ type: 'session_form', loginPath, cookieName: 'JSESSIONID' })),
    read('qad.auth.logoutPath', (logoutPath) => ({
      auth: { type: 'oauth_password', tokenPath: '/oauth/token', headerPrefix: 'Bearer ', logoutPath },
    })),
    write('qad.write.path', (path) => writing({ path })),
    read('qad.reads.path', (path) => reads({ path, rows: 'data', columns: { code: 'code' } })),
  ]
}

function words(): Place[] {
  const filtered = (one: readonly [string, string, string]) =>
    reads({ browse: 'urn:b', columns: { code: 'code' }, filters: [one] })
  return [
    read('qad.reads.browse', (browse) => reads({ browse, columns: { code: 'code' } })),
    read('the column of a filter', (column) => filtered([column, 'eq', '1'])),
    read('the operator of a filter', (operator) => filtered(['a', operator, '1'])),
    read('the value of a filter', (value) => filtered(['a', 'eq', value])),
    read('qad.domain', (domain) => ({ domain })),
    read('qad.entity', (entity) => ({ entity })),
    read('qad.workspace.template, as a query', (template) => ({
      workspace: { mode: 'query', header: 'workspace', template },
    })),
    read('qad.workspace.header, as a query', (header) => ({ workspace: { mode: 'query', header, template: 'x' } })),
    write('the codes and texts of a reference', () => ({}), true),
  ]
}

function headers(): Place[] {
  const extra = (extraHeaders: Readonly<Record<string, string>>) => ({
    http: { ...options('https://x').http, extraHeaders },
  })
  return [
    {
      ...read('qad.workspace.header', (header) => ({ workspace: { mode: 'header', header, template: 'x' } })),
      headers: (injected) => [injected],
    },
    read('qad.workspace.template', (template) => ({
      workspace: { mode: 'header', header: 'x-qad-workspace-id', template },
    })),
    { ...read('the name of an extra header', (name) => extra({ [name]: 'x' })), headers: (injected) => [injected] },
    { ...read('the value of an extra header', (value) => extra({ 'x-extra': value })), headers: () => ['x-extra'] },
    read('qad.auth.headerPrefix', (headerPrefix) => ({
      auth: { type: 'oauth_password', tokenPath: '/oauth/token', headerPrefix },
    })),
    read('qad.auth.cookieName', (cookieName) => ({
      auth: { type: 'session_json', loginPath: '/api/login', cookieName },
    })),
  ]
}

function lookers(): Place[] {
  const query = { model: 'm', explore: 'e', fields: ['a.b'] }
  return [
    looker('a Look', (look) => ({ look })),
    looker('a model', (model) => ({ query: { ...query, model } })),
    looker('an Explore', (explore) => ({ query: { ...query, explore } })),
    looker('a field', (field) => ({ query: { ...query, fields: [field] } })),
    looker('the field of a filter', (field) => ({ query, filters: { [field]: '1' } })),
    looker('the value of a filter of Looker', (value) => ({ query, filters: { 'a.b': value } })),
    looker('a sort', (sort) => ({ query, sorts: [sort] })),
    looker('a time zone', (timeZone) => ({ query, timeZone })),
    looker('a slug', (slug) => ({ slug })),
    looker('the address of a Look', (look) => ({ slug: `https://acme.example/looks/${look}` })),
    looker('the address of an Explore', (rest) => ({ slug: `https://acme.example/explore/${rest}?fields=a.b` })),
    looker('the model in the address of an Explore', (model) => ({
      slug: `https://acme.example/explore/${encodeURIComponent(model.replace(/\p{Cs}/gu, '?'))}/e?fields=a.b`,
    })),
  ]
}

/** The address of the server itself: whatever is put behind it, no other server may be asked. */
function addresses(): Place[] {
  return [
    {
      name: 'qad.baseUrl',
      root: '/',
      act: (injected, origin, http) => useQad(behind(origin, injected), {}, http, 'read'),
    },
    {
      name: 'looker.baseUrl',
      root: '/',
      act: (injected, origin, http) => useLooker(behind(origin, injected), { look: '42' }, http),
    },
  ]
}

/** Right behind the host, where it cannot be taken for more of its name. */
function behind(origin: string, injected: string): string {
  return /^[/@?#\\:\s\p{Cc}]/u.test(injected) ? `${origin}${injected}` : `${origin}/${injected}`
}

type Change = (injected: string) => Partial<AdaptiveOptions>

function logIn(name: string, auth: (injected: string) => AuthOptions): Place {
  return read(name, (injected) => ({ auth: auth(injected) }))
}

function read(name: string, change: Change): Place {
  const act: Place['act'] = (injected, origin, http) => useQad(`${origin}${QAD_ROOT}`, change(injected), http, 'read')
  return { name, root: QAD_ROOT, act }
}

function write(name: string, change: Change, inReference = false): Place {
  const act: Place['act'] = (injected, origin, http) =>
    useQad(`${origin}${QAD_ROOT}`, change(injected), http, inReference ? injected : 'post')
  return { name, root: QAD_ROOT, act }
}

function reads(glAccounts: ReadOptions): Partial<AdaptiveOptions> {
  return { reads: { glAccounts } }
}

const ONE_READ = reads({ path: '/api/accounts', rows: 'data', columns: { code: 'code' } })

/** @param what a read, a post, or a post of a reference whose texts say this */
async function useQad(baseUrl: string, changes: Partial<AdaptiveOptions>, http: Http, what: string): Promise<void> {
  const base = options(baseUrl, { ...ONE_READ, ...changes })
  const adapter = createAdaptive(
    { ...base, http: { ...base.http, retries: 0 } },
    {
      ...{ http, clock: fastClock(), random: () => 0, uuid: () => 'call' },
      credentials: async () => ({ clientId: 'c', clientSecret: 's', username: 'u', password: 'p' }),
    },
  )
  try {
    if (what === 'read') await adapter.chart()
    else await adapter.post([reference(what === 'post' ? {} : { description: what, source: what, account: what })])
  } finally {
    await adapter.close()
  }
}

function looker(name: string, source: (injected: string) => Partial<SourceSpec>): Place {
  const act: Place['act'] = (injected, origin, http) => useLooker(origin, source(injected), http)
  return { name, root: LOOKER_ROOT, act }
}

const NO_SOURCE: SourceSpec = {
  ...{ look: null, query: null, slug: null, filters: {}, sorts: [], timeZone: null },
  ...{ paging: 'single', limit: 'all' },
}

async function useLooker(baseUrl: string, source: Partial<SourceSpec>, http: Http): Promise<void> {
  const spec = { ...NO_SOURCE, ...source }
  const adapter = createLooker(
    { baseUrl, requestsPerMinute: 1_000_000, maxConcurrent: 1, pageSize: 10, timeZone: null, timeoutMs: 5_000 },
    {
      ...{ http, clock: fastClock(), random: () => 0 },
      credentials: async () => ({ clientId: 'c', clientSecret: 's' }),
    },
  )
  try {
    for await (const batch of adapter.rows(spec, await adapter.describe(spec))) if (batch.length > 1_000) return
  } finally {
    await adapter.close()
  }
}

/** What both servers answer, by path: enough to go on to the next request. */
export function answerTo(path: string): unknown {
  if (/login|token/.test(path)) return { access_token: 't0ken', sessionId: 's3ssion', expires_in: 3600 }
  if (path.includes('/explores/')) return { fields: { dimensions: [{ name: 'a.b', type: 'string' }], measures: [] } }
  if (path.includes('/run/')) return []
  if (/\/(?:looks|queries)\//.test(path))
    return { id: 1, client_id: 'x', model: 'm', view: 'e', fields: ['a.b'], query: QUERY }
  return { success: true, data: [{ code: '1' }] }
}

const QUERY = { id: 1, client_id: 'x', model: 'm', view: 'e', fields: ['a.b'] }
