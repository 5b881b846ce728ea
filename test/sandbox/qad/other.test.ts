import { expect, test } from 'vitest'
import { otherTenant } from '../../../src/sandbox/company/company.js'
import { createQadSandbox, type QadSandbox } from '../../../src/sandbox/qad/sandbox.js'
import { answer, form, post } from './call.js'

const ROOT = 'http://127.0.0.1/qad-central'
const PATH = '/api/bdoc/werk/abst/Beleg'
const BELEG = { kennung: 'K1', jahr: 2026, periode: 7, konto: '005010', kst: 'W-1', waehrung: 'EUR', betrag: -120.5 }

async function enter(): Promise<{ qad: QadSandbox; authorization: string }> {
  const world = otherTenant()
  const qad = createQadSandbox(world, { mounts: ['/qad-central'] })
  const { username = '', password = '' } = world.users[0] ?? {}
  const fields = { client_id: world.clients[0]?.clientId ?? '', grant_type: 'password', username, password }
  const granted = (await (await answer(qad, '/oauth/token', form(fields), ROOT)).json()) as { access_token: string }
  return { qad, authorization: `Bearer ${granted.access_token}` }
}

test('a tenant that spells everything differently takes its own names and none of the demo’s', async () => {
  const { qad, authorization } = await enter()
  expect((await answer(qad, PATH, post([BELEG], { authorization }), ROOT)).status).toBe(201)
  expect(qad.books).toMatchObject([
    { key: 'K1', account: '005010', amount: '-120.5', workspace: '20EU.20NLCO', entity: '20NLCO' },
  ])
  const foreign = await answer(qad, PATH, post([{ referenceId: 'K2', glAccount: '005010' }], { authorization }), ROOT)
  expect(await foreign.text()).toContain('Field is mandatory. (kennung)')
})

test.each([
  ['the header', { 'x-arbeitsbereich': '20EU.20DECO' }, ''],
  ['a query parameter', {}, '?x-arbeitsbereich=20EU.20DECO'],
  ['domainCode and entityCode', {}, '?domainCode=20EU&entityCode=20DECO'],
])('the workspace is chosen by %s, and decides whose record it is', async (_, headers, query) => {
  const { qad, authorization } = await enter()
  const sent = post([BELEG], { authorization, ...headers })
  expect((await answer(qad, PATH + query, sent, ROOT)).status).toBe(201)
  expect(qad.books).toMatchObject([{ workspace: '20EU.20DECO', entity: '20DECO' }])
})

test('a record may land in the default workspace though the header names another', async () => {
  const { qad, authorization } = await enter()
  qad.fault({ fault: { is: 'defaultWorkspace' }, on: PATH })
  const headers = { authorization, 'x-arbeitsbereich': '20EU.20DECO' }
  expect((await answer(qad, PATH, post([{ ...BELEG, gesellschaft: '20DECO' }], headers), ROOT)).status).toBe(201)
  expect(qad.books).toMatchObject([{ workspace: '20EU.20NLCO', entity: '20NLCO' }])
})

test('rows of one workspace are not seen from another', async () => {
  const { qad, authorization } = await enter()
  qad.plant({ key: 'K1', amount: '1.00' }, '20EU.20DECO')
  const path = '/api/qracore/browses?browseId=urn:browse:custom:abstimmung&page=1&pageAction=first'
  const seen = async (workspace: string) =>
    (
      (await (await answer(qad, path, { headers: { authorization, 'x-arbeitsbereich': workspace } }, ROOT)).json()) as {
        data: object[]
      }
    ).data.length
  expect([await seen('20EU.20NLCO'), await seen('20EU.20DECO')]).toEqual([0, 1])
})
