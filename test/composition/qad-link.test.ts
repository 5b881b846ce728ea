import { expect, test } from 'vitest'
import { createQadLink } from '../../src/composition/qad-link.js'
import { parseConfig } from '../../src/config/load.js'
import { serve } from '../../src/sandbox/serve.js'
import { fastClock, ports } from '../qad/site.js'

const SITE = `version: 1
qad:
  baseUrl: URL/clouderp
  domain: 10USA
  entity: 10USACO
  auth: { type: basic }
  reads: { costCentres: { path: /api/erp/costCenters, rows: data.costCenters, columns: { code: code } } }
`

test.each([
  ['under its dotted name', '{"data":{"costCenters":[{"code":"1100","domainCode":"10USA"}]}}'],
  ['at the top', '{"costCenters":[{"code":"1100","domainCode":"10USA"}]}'],
  ['as the whole answer', '[{"code":"1100","domainCode":"10USA"}]'],
])('a list %s proves a login and names its company to the doctor, as it is read by a sync', async (_, text) => {
  const served = await serve({ handle: async () => new Response(text) })
  try {
    const { qad } = parseConfig(SITE.replace('URL', served.url), {}, 'mlc.yaml').config
    if (!qad) throw new Error('no section qad')
    const link = createQadLink(qad, ports(fastClock()))
    await link.logIn()
    expect(await link.sample('costCentres')).toEqual([{ code: '1100', domainCode: '10USA' }])
    expect(await link.masters('costCentres')).toMatchObject([{ code: '1100' }])
  } finally {
    await served.close()
  }
})
