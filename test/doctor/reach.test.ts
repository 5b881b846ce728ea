import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.js'
import { LinkFault, type Network, type Trouble } from '../../src/doctor/network.js'
import type { System } from '../../src/doctor/ports.js'
import { qadChecks } from '../../src/doctor/qad.js'
import { reachChecks } from '../../src/doctor/reach.js'
import { portsWith } from './ports.js'

/** A host at which some ports answer and the others end in one trouble. */
function host(trouble: Trouble, ...answering: readonly number[]): Network {
  return {
    resolve: () => Promise.resolve(['203.0.113.7']),
    open: ({ port }) =>
      answering.includes(port) ? Promise.resolve({ validTo: null }) : Promise.reject(new LinkFault(trouble, 'CODE')),
  }
}

async function tls(system: System, address: string, network: Network, proxy: URL | null = null) {
  const [, check] = reachChecks(system, address, portsWith({ network, proxyFor: () => proxy }))
  if (!check) throw new Error('no check')
  return check.run(() => null)
}

test.each<[string, number, string]>([
  ['https://acme.looker.com', 19999, 'https://acme.looker.com:19999'],
  ['https://acme.looker.com:19999', 443, 'https://acme.looker.com'],
])('%s answers at port %i only: that address is the fix', async (address, answering, right) => {
  const { status, code, fix } = await tls('looker', address, host('refused', answering))
  expect({ status, code }).toEqual({ status: 'fail', code: 'MLC-L001' })
  expect(fix).toBe(`Port ${answering} answers: set looker.baseUrl to ${right}.`)
})

test('a Looker that answers at neither port is named with both', async () => {
  const { fix } = await tls('looker', 'https://acme.looker.com', host('silent'))
  expect(fix).toMatch(/443 or 19999; this is 443/)
})

test.each<[Trouble, System, string, RegExp]>([
  ['refused', 'looker', 'MLC-L001', /firewall/],
  ['silent', 'looker', 'MLC-L002', /HTTPS_PROXY/],
  ['expired', 'looker', 'MLC-L003', /renew the certificate/],
  ['wrong-host', 'looker', 'MLC-L003', /looker\.baseUrl/],
  ['unknown-ca', 'looker', 'MLC-L003', /NODE_EXTRA_CA_CERTS/],
  ['proxy', 'looker', 'MLC-L001', /NO_PROXY/],
  ['refused', 'qad', 'MLC-Q503', /qad\.baseUrl/],
  ['silent', 'qad', 'MLC-Q002', /firewall/],
  ['too-early', 'qad', 'MLC-Q003', /clock/],
  ['unknown-ca', 'qad', 'MLC-Q003', /caFile/],
  ['not-tls', 'qad', 'MLC-Q003', /port/],
  ['tls', 'qad', 'MLC-Q003', /TLS 1\.2/],
])('%s at %s is %s, with its own next step', async (trouble, system, code, fix) => {
  const found = await tls(system, 'https://erp.acme.example:8443', host(trouble))
  expect(found).toMatchObject({ status: 'fail', code })
  expect(found.fix).toMatch(fix)
})

test('of QXtend the address to correct is the one of its own section', async () => {
  const resolve = () => Promise.reject(new LinkFault('dns', 'ENOTFOUND'))
  const ports = portsWith({ network: { ...host('refused'), resolve } })
  const path = new URL('../../examples/qxtend/mlc.yaml', import.meta.url).pathname
  const env = {
    LOOKER_URL: 'https://looker.example',
    QXTEND_URL: 'https://erp.acme.example/qxi/services/QdocWebService',
  }
  const { qad } = (await loadConfig(path, env)).config
  if (!qad) throw new Error('the example has no qad')
  const [name, connection] = qadChecks(qad, ports)
  for (const check of [name, connection])
    expect((await check?.run(() => null))?.fix).toMatch(/host (and port )?in qad\.qxtend\.url/)
})

test('behind a proxy it is the proxy’s name that must resolve', async () => {
  const asked: string[] = []
  const network: Network = {
    ...host('refused', 443),
    resolve: (name) => {
      asked.push(name)
      return Promise.reject(new LinkFault('dns', 'ENOTFOUND'))
    },
  }
  const proxy = new URL('http://jo:hunter2secret@proxy.acme.example:3128')
  const [check] = reachChecks('qad', 'https://erp.acme.example', portsWith({ network, proxyFor: () => proxy }))
  const found = await check?.run(() => null)
  expect(asked).toEqual(['proxy.acme.example'])
  expect(found).toMatchObject({ status: 'fail', code: 'MLC-Q503', fix: 'Correct HTTPS_PROXY.' })
  expect(found?.detail).not.toContain('hunter2')
})
