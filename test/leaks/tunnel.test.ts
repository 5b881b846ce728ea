import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../http/certificates.js'
import { serveTls } from './front.js'
import { createStage, type Stage, type Watch } from './runner.js'
import { json, SYNC } from './scenario.js'

const authority = createAuthority()
const ACME = authority.issue({ name: 'acme.example' })
afterAll(() => authority.remove())

let stage: Stage
let watch: Watch
const fronts: Awaited<ReturnType<typeof serveTls>>[] = []

beforeAll(async () => {
  stage = await createStage()
  const hosts = { looker: 'acme.example:443', qad: 'acme.example:8443' } as const
  for (const name of ['looker', 'qad'] as const) {
    const front = await serveTls(ACME, Number(new URL(stage.urls[name]).port))
    fronts.push(front)
    stage.tunnels.set(hosts[name], front.port)
  }
  stage.editConfig([stage.urls.qad, `https://${hosts.qad}/clouderp`], [stage.urls.looker, `https://${hosts.looker}`])
  const proxy = `http://jo:${encodeURIComponent(stage.canaries.proxyPassword)}@127.0.0.1:${stage.proxy.port}`
  watch = { env: { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: authority.caFile } }
})

afterAll(async () => {
  await stage.close()
  for (const front of fronts) await front.close()
})

/** Each is run after those before it, in the same folders. */
const RUNS: readonly [name: string, code: number, args: readonly string[], env?: Watch['env']][] = [
  ['the doctor with a bundle', 0, ['doctor', '--bundle', 'support.zip', '--debug']],
  ['a sync', 0, [...SYNC, '--debug']],
  ['a sync with the traces of Node', 0, SYNC, { NODE_DEBUG: '*' }],
  ['a sync with the native traces of Node', 0, SYNC, { NODE_DEBUG_NATIVE: 'http2,crypto,tls,inspector_server' }],
  ['a sync with a trace of TLS', 0, SYNC, { NODE_OPTIONS: '--trace-tls' }],
  ['a sync with trace events', 0, SYNC, { NODE_OPTIONS: '--trace-event-categories=node.http,node.net.native,node,v8' }],
  ['a sync with DEBUG', 0, SYNC, { DEBUG: '*' }],
  ['a reconciliation', 3, ['reconcile', '--job', 'plant-gl', '--period', '2026-07', '--debug']],
  ['the configuration', 0, ['config', 'show', '--json']],
  ['the audit', 0, ['audit', 'show']],
]

describe.sequential('through a proxy that works, with a password in its address', () => {
  test.each(RUNS)('%s', async (_name, code, args, env) => {
    const ran = await stage.run(args, { env: { ...watch.env, ...env } })
    expect(ran.code, ran.stderr).toBe(code)
    expect(stage.leaks()).toEqual([])
  })

  test('the proxy got its password, and each server its own credentials', () => {
    expect([...stage.delivered()]).toEqual(
      expect.arrayContaining(['proxyPassword', 'lookerSecret', 'lookerToken', 'qadPassword', 'qadToken']),
    )
  })

  test('a server that repeats its headers behind the tunnel has no password of the proxy to repeat', async () => {
    stage.meddle('looker', ({ headers }) => json(500, { message: JSON.stringify([...headers]) }))
    const ran = await stage.run(['pull', '--look', '42', '--debug'], { env: { ...watch.env } })
    expect(ran.code).toBe(75)
    expect(stage.leaks()).toEqual([])
  })

  test('a name that the proxy does not lead to', async () => {
    stage.tunnels.clear()
    const ran = await stage.run(['pull', '--look', '42', '--debug'], { env: { ...watch.env } })
    expect(ran.code).toBe(75)
    expect(ran.stderr).toContain('refuses the user or password')
    expect(stage.leaks()).toEqual([])
  })
})
