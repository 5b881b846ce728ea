import { expect, test } from 'vitest'
import { lookerChecks } from '../../src/doctor/looker.js'
import { LinkFault } from '../../src/doctor/network.js'
import type { LookerLink } from '../../src/doctor/ports.js'
import { MlcError } from '../../src/errors.js'
import type { Job } from '../../src/model/job.js'
import { portsWith } from './ports.js'

const LOOKER = {
  baseUrl: 'https://acme.looker.com',
  requestsPerMinute: 60,
  maxConcurrent: 4,
  pageSize: 5000,
  timeZone: null,
  callsPerMonth: null,
}

/** A host that answers the login with a web page, and at some ports. */
async function login(baseUrl: string, ...answering: readonly number[]) {
  const page = new MlcError('MLC-L005', 'acme.looker.com answered 404 with text/html instead of JSON')
  const link = { logIn: () => Promise.reject(page) } as unknown as LookerLink
  const ports = portsWith({
    looker: () => Promise.resolve(link),
    network: {
      resolve: () => Promise.resolve([]),
      open: ({ port }) =>
        answering.includes(port)
          ? Promise.resolve({ validTo: null })
          : Promise.reject(new LinkFault('refused', 'CODE')),
    },
  })
  const check = lookerChecks({ ...LOOKER, baseUrl }, [], ports, null).find(({ id }) => id === 'looker.login')
  return check?.run(() => null)
}

test.each([
  ['https://acme.looker.com', 19999, /set looker\.baseUrl to https:\/\/acme\.looker\.com:19999/],
  ['https://acme.looker.com:19999', 443, /set looker\.baseUrl to https:\/\/acme\.looker\.com\./],
  ['https://acme.looker.com', 1, /443 or 19999.*the instance is down/],
  ['https://acme.looker.com:8443', 443, /443 or 19999.*the instance is down/],
])('a web page at %s, and port %i answers: the fix says so', async (baseUrl, port, fix) => {
  const found = await login(baseUrl, port)
  expect(found).toMatchObject({ status: 'fail', code: 'MLC-L005' })
  expect(found?.fix).toMatch(fix)
})

const READER = ['access_data', 'see_looks', 'download_without_limit']
const PLAIN = /has access_data, see_looks, download_without_limit/

/** What is found of an API user with these permissions by a project with one job. */
async function permitted(permissions: readonly string[], source: Partial<Job['source']>, publicUrl: string | null) {
  const link = { grants: () => Promise.resolve({ user: 'svc', permissions: new Set(permissions) }) }
  const ports = portsWith({ looker: () => Promise.resolve(link as unknown as LookerLink) })
  const job = { name: 'plant-gl', source: { look: '42', query: null, filters: {}, ...source } } as unknown as Job
  const check = lookerChecks(LOOKER, [job], ports, publicUrl).find(({ id }) => id === 'looker.permissions')
  return check?.run(() => null)
}

const PUBLIC = 'https://mlc.acme.example'
const BOTH = ['see_user_dashboards', 'see_lookml_dashboards']
const WEBHOOK = 'send_outgoing_webhook'

test.each<[string, string, readonly string[], Partial<Job['source']>, string | null, RegExp]>([
  ['ok', 'no job needs a dashboard', READER, {}, null, /; not see_user_dashboards, see_lookml_dashboards, which only/],
  ['ok', 'one kind of dashboards', [...READER, 'see_user_dashboards'], {}, null, /; not see_lookml_dashboards, which/],
  ['ok', 'every dashboard', [...READER, ...BOTH], {}, null, /download_without_limit$/],
  ['warn', 'a Look cannot be delivered', [...READER, ...BOTH], {}, PUBLIC, /lacks send_outgoing_webhook: mlc schedule/],
  ['ok', 'a Look can be delivered', [...READER, WEBHOOK], {}, PUBLIC, PLAIN],
  [
    'ok',
    'no plan delivers a query',
    [...READER, 'explore'],
    { look: null, slug: 'q' },
    PUBLIC,
    /has access_data, explore/,
  ],
])('permissions are %s: %s', async (status, _what, permissions, source, publicUrl, detail) => {
  const found = await permitted(permissions, source, publicUrl)
  expect(found).toMatchObject({ status, code: status === 'ok' ? null : 'MLC-L006' })
  expect(found?.detail).toMatch(detail)
})
