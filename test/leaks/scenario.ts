import type { Ran } from '../support/process.js'
import type { CanaryName } from './canaries.js'
import type { Stage, Watch } from './runner.js'

export interface Scenario {
  readonly name: string
  readonly act: (stage: Stage) => Promise<readonly Ran[]>
  /** Exit codes, so that the scenario is known to have gone where its name says. */
  readonly exits: readonly (number | null)[]
  /** Credentials that must have reached their place, so that it is known that they were in use. */
  readonly delivers: readonly CanaryName[]
}

export const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes']
export const PULL = ['pull', '--look', '42', '--limit', '3']

export function one(
  name: string,
  exit: number | null,
  args: readonly string[],
  prepare: (stage: Stage) => Watch | void = () => undefined,
  delivers: readonly CanaryName[] = [],
): Scenario {
  return { name, exits: [exit], delivers, act: async (stage) => [await stage.run(args, prepare(stage) ?? {})] }
}

/** `true` for a plain run and for one with --debug. */
export function both(
  name: string,
  exit: number,
  args: readonly string[],
  prepare?: (stage: Stage) => Watch | void,
): Scenario[] {
  return [one(name, exit, args, prepare), one(`${name}, with --debug`, exit, [...args, '--debug'], prepare)]
}

export function anyExit(name: string, args: readonly string[], prepare: (stage: Stage) => void): Scenario {
  return { name, exits: [], delivers: [], act: async (stage) => (prepare(stage), [await stage.run(args)]) }
}

export function authBy(stage: Stage, type: string, loginPath?: string): void {
  const login = loginPath === undefined ? '' : `\n    loginPath: ${loginPath}\n    cookieName: JSESSIONID`
  const kept = type.startsWith('oauth') ? '\n    tokenPath: /oauth/token' : ''
  stage.editConfig(['type: oauth_password\n    tokenPath: /oauth/token', `type: ${type}${login}${kept}`])
}

export function throughProxy(stage: Stage): Watch {
  stage.editConfig([stage.urls.looker, 'https://acme.example'])
  return {
    env: { HTTPS_PROXY: `http://jo:${encodeURIComponent(stage.canaries.proxyPassword)}@127.0.0.1:${stage.proxy.port}` },
  }
}

/** Ways in which a server repeats what it was sent. */
export const ECHOES: readonly [string, (secret: string) => Response][] = [
  ['in its message', (secret) => json(500, { message: `cannot serve ${secret}` })],
  ['at the place where messages are cut', (secret) => json(500, { message: `${'x'.repeat(280)}${secret}` })],
  [
    'in its errors[]',
    (secret) => json(422, { message: 'Validation Failed', errors: [{ field: secret, message: secret }] }),
  ],
  [
    'in an HTML page',
    (secret) => page(502, `<html><title>${secret}</title><body>upstream refused ${secret}</body></html>`),
  ],
  ['in an HTML page that says 200', (secret) => page(200, `<html><title>${secret}</title></html>`)],
  [
    'in the content type',
    (secret) => new Response('no', { status: 500, headers: { 'content-type': `text/x-${secret.slice(0, 14)}` } }),
  ],
  ['as base64', (secret) => json(400, { message: `bad header ${Buffer.from(secret).toString('base64')}` })],
  ['percent-encoded', (secret) => json(403, { message: `bad form ${encodeURIComponent(secret)}` })],
  ['in JSON that is broken', (secret) => new Response(`{"message": "${secret}`, { status: 500, headers: JSON_TYPE })],
  [
    'in JSON that is broken and says 200',
    (secret) => new Response(`{"message": ${secret}`, { status: 200, headers: JSON_TYPE }),
  ],
]

const JSON_TYPE = { 'content-type': 'application/json' }

export function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: JSON_TYPE })
}

function page(status: number, html: string): Response {
  return new Response(html, { status, headers: { 'content-type': 'text/html' } })
}
