import { expect, test } from 'vitest'
import type { SyncJson } from '../support/shapes.js'
import { world } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

/** The client of the demo tenant that may log in by itself. */
const CLIENT = { MLC_QAD_CLIENT_SECRET: 'demo-client-secret' }
const NO_USER = { MLC_QAD_USERNAME: undefined, MLC_QAD_PASSWORD: undefined }
const NO_CLIENT = { MLC_QAD_CLIENT_ID: undefined, MLC_QAD_CLIENT_SECRET: undefined }

/** Type, its settings, what the environment lacks or has, where it logs in, log-outs. */
const FLOWS: readonly (readonly [string, string, Record<string, string | undefined>, string | null, number])[] = [
  ['oauth_password', 'tokenPath: /oauth/token', {}, '/oauth/token', 1],
  ['oauth_client_credentials', 'tokenPath: /oauth/token', { ...CLIENT, ...NO_USER }, '/oauth/token', 1],
  ['session_json', 'loginPath: /api/login', NO_CLIENT, '/api/login', 1],
  ['session_form', 'loginPath: /login', NO_CLIENT, '/login', 1],
  ['basic', 'headerPrefix: ""', NO_CLIENT, null, 0],
]

test.each(FLOWS)('a sync by %s posts everything in one session', async (type, setting, env, loginPath, logouts) => {
  const w = await world()
  w.editConfig([
    'type: oauth_password\n    tokenPath: /oauth/token',
    `type: ${type}\n    ${setting}\n    logoutPath: /logout`,
  ])
  const ran = await w.run(SYNC, { env })
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 24, failed: 0, unknown: 0 })
  const calls = (path: string | null) => w.qad.requests.filter((request) => request.path === path).length
  expect([calls(loginPath), calls('/logout')]).toEqual([loginPath === null ? 0 : 1, logouts])
})

test.each(FLOWS)('a sync by %s with a wrong secret asks QAD once and exits 4', async (type, setting, env) => {
  const w = await world()
  w.editConfig([
    'type: oauth_password\n    tokenPath: /oauth/token',
    `type: ${type}\n    ${setting}\n    logoutPath: /logout`,
  ])
  const wrong = type === 'oauth_client_credentials' ? 'MLC_QAD_CLIENT_SECRET' : 'MLC_QAD_PASSWORD'
  const ran = await w.run(SYNC, { env: { ...env, [wrong]: 'not-The-Right-1' } })
  expect(ran).toMatchObject({ code: 4 })
  expect(ran.json<SyncJson>().jobs[0]).toMatchObject({ error: { code: 'MLC-Q004' } })
  expect(w.qad.requests).toHaveLength(1)
  expect(ran.stdout + ran.stderr + JSON.stringify(w.audit())).not.toContain('not-The-Right-1')
})
