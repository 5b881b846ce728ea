import { expect, test } from 'vitest'
import { lookerChecks } from '../../src/doctor/looker.js'
import { LinkFault } from '../../src/doctor/network.js'
import type { LookerLink } from '../../src/doctor/ports.js'
import { MlcError } from '../../src/errors.js'
import { portsWith } from './ports.js'

const LOOKER = {
  baseUrl: 'https://acme.looker.com',
  requestsPerMinute: 60,
  maxConcurrent: 4,
  pageSize: 5000,
  timeZone: null,
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
  const check = lookerChecks({ ...LOOKER, baseUrl }, [], ports).find(({ id }) => id === 'looker.login')
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
