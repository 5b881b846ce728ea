import { QAD_CLIENT_ID, QAD_USER } from '../../../src/sandbox/company/project.js'
import type { Reply } from '../../../src/sandbox/core.js'
import { createQadSandbox, type QadSandbox, type QadSandboxOptions } from '../../../src/sandbox/qad/sandbox.js'
import { demoQad } from '../../../src/sandbox/company/company.js'

export const ROOT = 'http://127.0.0.1/clouderp'
export const WORKSPACE = '10USA_10USACO'
export const POSTED = 'urn:browse:bebrowse:com.acme.recon.reconReferences'
export const BDOC = '/api/bdoc/acme/recon/ReconReference'

/** The demo tenant with a clock that stands still until a test moves it. */
export function tenant(options: QadSandboxOptions = {}): {
  readonly qad: QadSandbox
  readonly pass: (ms: number) => void
} {
  let time = Date.UTC(2026, 7, 3, 6)
  return { qad: createQadSandbox(demoQad(), { now: () => time, ...options }), pass: (ms) => void (time += ms) }
}

export async function send(qad: QadSandbox, path: string, init: RequestInit = {}, root = ROOT): Promise<Reply> {
  return qad.handle(new Request(root + path, { redirect: 'manual', ...init }))
}

export async function answer(qad: QadSandbox, path: string, init: RequestInit = {}, root = ROOT): Promise<Response> {
  const reply = await send(qad, path, init, root)
  if (!(reply instanceof Response)) throw new Error(`broken: ${reply.broken}`)
  return reply
}

export function form(fields: Record<string, string>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(fields) }
}

export const GOOD_LOGIN = { client_id: QAD_CLIENT_ID, grant_type: 'password', ...QAD_USER }

/** Headers of a logged-in user in the demo workspace. */
export async function login(
  qad: QadSandbox,
  credentials: Record<string, string> = GOOD_LOGIN,
): Promise<Record<string, string>> {
  const granted = (await (await answer(qad, '/oauth/token', form(credentials))).json()) as { access_token: string }
  return { authorization: `Bearer ${granted.access_token}`, 'x-qad-workspace-id': WORKSPACE }
}

export interface BrowseAnswer {
  readonly data: readonly Record<string, unknown>[]
  readonly auxillaryData?: { readonly HasMoreParams: string }
  readonly message?: string
}

export async function browse(
  qad: QadSandbox,
  headers: Record<string, string>,
  browseId: string,
  query = 'page=1&pageAction=first&pageSize=100',
): Promise<BrowseAnswer> {
  const path = `/api/qracore/browses?browseId=${encodeURIComponent(browseId)}&${query}`
  return (await (await answer(qad, path, { headers })).json()) as BrowseAnswer
}

/** A record that the demo tenant accepts. */
export function record(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    referenceId: 'MLC00000000000000000000000001',
    domainCode: '10USA',
    entityCode: '10USACO',
    glCalendarYear: 2026,
    glPeriod: 7,
    glAccount: '05010',
    costCenter: '1100',
    currencyCode: 'USD',
    measure: 'net_amount',
    lookerAmount: 412880.15,
    revision: 1,
    ...change,
  }
}

export function post(records: unknown, headers: Record<string, string>): RequestInit {
  const body = typeof records === 'string' ? records : JSON.stringify(records)
  return { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body }
}
