import type { Core } from '../../../src/sandbox/core.js'
import type { Explore, ExploreField, Look, LookerWorld, SourceRow } from '../../../src/sandbox/looker/world.js'

const FIELDS: readonly ExploreField[] = [
  { name: 'gl.account', label: 'GL Account', type: 'string', kind: 'dimension', column: 'account' },
  { name: 'gl.cost_centre', label: 'GL Cost Centre', type: 'string', kind: 'dimension', column: 'centre' },
  { name: 'gl.posted_month', label: 'GL Posted Month', type: 'date_month', kind: 'dimension', column: 'month' },
  { name: 'gl.line', label: 'GL Line', type: 'number', kind: 'dimension', column: 'line' },
  { name: 'gl.is_open', label: 'GL Is Open', type: 'yesno', kind: 'dimension', column: 'open' },
  { name: 'gl.net_amount', label: 'GL Net Amount', type: 'sum', kind: 'measure', column: 'amount' },
  { name: 'gl.count', label: 'GL Count', type: 'count', kind: 'measure', column: '' },
]

/** Account, cost centre, month, line, open, amount. */
const LINES: readonly (readonly [string | null, string | null, string, string, boolean, string | null])[] = [
  ['1000', 'A', '2026-07', '1', false, '10.10'],
  ['1000', 'A', '2026-08', '2', false, '0.20'],
  ['1000', 'B', '2026-08', '3', true, '78096.899999999994'],
  ['2000', null, '2026-08', '4', true, '-1250000.00'],
  ['A,B', '', '2026-08', '5', false, '1234.5'],
  ['-100', '50%', '2026-09', '10', true, null],
  [null, 'X_Y', '2026-10', '11', true, '7'],
]

export const ROWS: readonly SourceRow[] = LINES.map(([account, centre, month, line, open, amount]) => ({
  account,
  centre,
  month,
  line: { n: line },
  open,
  amount: amount === null ? null : { n: amount },
}))

export const GL: Explore = { model: 'finance', name: 'gl', label: 'General Ledger', fields: FIELDS, rows: ROWS }

/** So many rows, one by one and in order, made when they are read. */
export function longLedger(count: number): Explore {
  const rows = function* () {
    for (let i = 0; i < count; i++) yield { ...ROWS[0], line: { n: String(i) }, amount: { n: `${i}.25` } }
  }
  return { ...GL, name: 'long', label: 'Long Ledger', rows, flat: true, sortedBy: ['gl.line'] }
}

export const KEY = { clientId: 'key', clientSecret: 's&=% ü', name: 'mlc' }

export function finance(changed: Partial<LookerWorld> = {}): LookerWorld {
  return { release: '26.12.3', keys: [KEY], explores: [GL, longLedger(12_345)], looks: [LOOK], ...changed }
}

export const LOOK: Look = {
  id: '42',
  title: 'Plant GL',
  query: {
    model: 'finance',
    view: 'gl',
    fields: ['gl.account', 'gl.net_amount'],
    filters: { 'gl.posted_month': '2026-08' },
    sorts: ['gl.account'],
    limit: '500',
  },
}

const BASE = 'http://looker.test'

/** Talks to a core without a network; `token` undefined sends no Authorization. */
export function caller(core: Core) {
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body: string | URLSearchParams | null = null,
  ) => {
    const reply = await core.handle(new Request(`${BASE}${path}`, { method, headers, body }))
    if (!('broken' in reply)) return reply
    throw new Error(`broken: ${reply.broken}`)
  }
  const login = async (form: Record<string, string> = { client_id: KEY.clientId, client_secret: KEY.clientSecret }) =>
    send('POST', '/api/4.0/login', {}, new URLSearchParams(form))
  return { send, login }
}

/** Logged in: `get('/user')`, `post('/queries', {...})`, `rows({fields})`. */
export async function session(core: Core) {
  const { send, login } = caller(core)
  const { access_token: token } = (await (await login()).json()) as { access_token: string }
  const headers = { authorization: `token ${token}` }
  const get = (path: string) => send('GET', `/api/4.0${path}`, headers)
  const remove = (path: string) => send('DELETE', `/api/4.0${path}`, headers)
  const post = (path: string, body: unknown) =>
    send('POST', `/api/4.0${path}`, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body))
  const ask = (asked: object, format = 'json', query = '') =>
    post(`/queries/run/${format}${query}`, { model: 'finance', view: 'gl', ...asked })
  const text = async (asked: object, format = 'json', query = '') => (await ask(asked, format, query)).text()
  const rows = async (asked: object, query = '') =>
    (await (await ask(asked, 'json', query)).json()) as Record<string, unknown>[]
  return { token, headers, send, get, post, remove, ask, text, rows }
}
