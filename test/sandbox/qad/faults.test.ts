import { describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/sandbox/qad/sandbox.js'
import { answer, BDOC, browse, login, post, POSTED, record, send, tenant, type BrowseAnswer } from './call.js'

describe('a fault that strikes first leaves the books as they are:', () => {
  const faults: readonly (readonly [Fault, number | string, RegExp])[] = [
    [{ is: 'unauthorized' }, 401, /invalid_token/],
    [{ is: 'loginPage' }, 200, /<form id="loginForm"/],
    [{ is: 'toLogin' }, 302, /^$/],
    [{ is: 'forbidden' }, 403, /^\{"errors":\[\{"message":"Access is denied"\}\]/],
    [{ is: 'notFound' }, 404, /HTTP Status 404/],
    [{ is: 'conflict' }, 409, /already exists/],
    [{ is: 'unprocessable' }, 422, /cannot be processed/],
    [{ is: 'throttled' }, 429, /Too many/],
    [{ is: 'stackTrace' }, 500, /NullPointerException/],
    [{ is: 'gateway', status: 502 }, 502, /502 Bad Gateway/],
    [{ is: 'gateway', status: 503 }, 503, /nginx/],
    [{ is: 'gateway', status: 504 }, 504, /Gateway Time-out/],
    [{ is: 'hang' }, 'hang', /^$/],
    [{ is: 'reset' }, 'reset', /^$/],
  ]
  test.each(faults)('%j', async (fault, ending, body) => {
    const { qad } = tenant()
    const headers = await login(qad)
    const planned = qad.fault({ fault, on: '/api/bdoc', method: 'POST' })
    const struck = await send(qad, BDOC, post([record()], headers))
    expect('broken' in struck ? struck.broken : struck.status).toBe(ending)
    expect('broken' in struck ? '' : await struck.text()).toMatch(body)
    expect([qad.books, planned.hits()]).toEqual([[], 1])
  })

  test('a token that answered 401 is dead, a new login works', async () => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault: { is: 'unauthorized' }, on: '/browses' })
    expect((await answer(qad, '/api/qracore/browses', { headers })).status).toBe(401)
    expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(401)
    expect((await answer(qad, BDOC, post([record()], await login(qad)))).status).toBe(201)
  })

  test.each(['30', 'Mon, 03 Aug 2026 06:00:30 GMT'])('throttling may say when to come back: %s', async (retryAfter) => {
    const { qad } = tenant()
    qad.fault({ fault: { is: 'throttled', retryAfter } })
    expect((await answer(qad, BDOC)).headers.get('retry-after')).toBe(retryAfter)
  })
})

describe('a fault after the commit: the record is in the books and the answer is lost or spoilt:', () => {
  const faults: readonly (readonly [Fault, number | string])[] = [
    [{ is: 'hang', committed: true }, 'hang'],
    [{ is: 'reset', committed: true }, 'reset'],
    [{ is: 'stackTrace', committed: true }, 500],
    [{ is: 'gateway', status: 504, committed: true }, 504],
    [{ is: 'cut' }, 'cut'],
    [{ is: 'emptyBody' }, 201],
  ]
  test.each(faults)('%j', async (fault, ending) => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault, on: /bdoc/ })
    const struck = await send(qad, BDOC, post([record()], headers))
    expect('broken' in struck ? struck.broken : struck.status).toBe(ending)
    expect(qad.books).toHaveLength(1)
  })

  test('half the JSON', async () => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault: { is: 'truncated' }, on: BDOC })
    const text = await (await answer(qad, BDOC, post([record()], headers))).text()
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
    expect(qad.books).toHaveLength(1)
  })

  test('200 without submitResult', async () => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault: { is: 'noSubmitResult' }, on: BDOC })
    const odd = await answer(qad, BDOC, post([record()], headers))
    expect(odd.status).toBe(200)
    expect(Object.keys((await odd.json()) as object)).toEqual(['data', 'supplementaryMessages'])
  })
})

describe('what is stored is not what was sent:', () => {
  const faults: readonly (readonly [Fault, object])[] = [
    [
      { is: 'alter', words: { amount: { n: '1.00' } } },
      { amount: '1.00', account: '05010' },
    ],
    [
      { is: 'alter', words: { period: { n: '8' } } },
      { period: 8, amount: '412880.15' },
    ],
    [{ is: 'alter', words: { account: '05020' } }, { account: '05020' }],
    [
      { is: 'drop', word: 'costCentre' },
      { costCentre: '', amount: '412880.15' },
    ],
  ]
  test.each(faults)('%j', async (fault, stored) => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault, on: BDOC })
    expect((await answer(qad, BDOC, post([record()], headers))).status).toBe(201)
    expect(qad.books).toMatchObject([stored])
  })

  test('twice, whatever the key index says, as when QXtend sends again', async () => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault: { is: 'twice' }, on: BDOC })
    await answer(qad, BDOC, post([record()], headers))
    expect(qad.books.map(({ key }) => key)).toEqual([record()['referenceId'], record()['referenceId']])
  })
})

describe('what a read shows:', () => {
  test('a lagging record is invisible for so many reads, however often its pages are turned', async () => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault: { is: 'lag', reads: 2 }, on: BDOC })
    await answer(qad, BDOC, post([record()], headers))
    const seen: number[] = []
    for (let read = 0; read < 3; read++) {
      seen.push((await browse(qad, headers, POSTED)).data.length)
      if (read < 2) await browse(qad, headers, POSTED, 'page=2&pageAction=next')
    }
    expect(seen).toEqual([0, 0, 1])
  })

  test('a late commit appears when the clock has passed, after the client gave up', async () => {
    const { qad, pass } = tenant()
    const headers = await login(qad)
    qad.fault({ fault: { is: 'late', ms: 30_000 }, on: BDOC })
    qad.fault({ fault: { is: 'hang', committed: true }, on: BDOC })
    expect(await send(qad, BDOC, post([record()], headers))).toEqual({ broken: 'hang' })
    pass(29_999)
    expect((await browse(qad, headers, POSTED)).data).toEqual([])
    pass(1)
    expect((await browse(qad, headers, POSTED)).data).toHaveLength(1)
  })

  test.each([
    [true, 1],
    [false, 2],
  ])('a late commit meets a second try: with unique keys %s there are %i records', async (uniqueKeys, count) => {
    const { qad, pass } = tenant({ uniqueKeys })
    const headers = await login(qad)
    qad.fault({ fault: { is: 'late', ms: 30_000 }, on: BDOC })
    await send(qad, BDOC, post([record()], headers))
    await send(qad, BDOC, post([record()], headers))
    pass(30_000)
    expect(qad.books).toHaveLength(count)
  })

  const ACCOUNTS = 'urn:browse:mfg:xxgl01'
  const faults: readonly (readonly [Fault, string, (page: BrowseAnswer) => unknown, unknown])[] = [
    [{ is: 'emptyBrowse' }, 'page=1&pageAction=first', (page) => page.data, []],
    [{ is: 'repeatPage' }, 'page=2&pageAction=next&pageSize=5', (page) => page.data[0]?.['ac_mstr.ac_code'], '01010'],
    [{ is: 'alwaysMore' }, 'page=9&pageAction=next', (page) => page.auxillaryData?.HasMoreParams, 'true'],
    [{ is: 'lowerCase' }, 'page=1&pageAction=first', (page) => page.data[0]?.['ac_mstr.ac_type'], 'bank'],
  ]
  test.each(faults)('%j', async (fault, query, look, seen) => {
    const { qad } = tenant()
    const headers = await login(qad)
    qad.fault({ fault, on: ACCOUNTS })
    expect(look(await browse(qad, headers, ACCOUNTS, query))).toEqual(seen)
  })

  test('a count that disagrees', async () => {
    const { qad } = tenant()
    qad.fault({ fault: { is: 'wrongCount', by: -1 }, on: 'totalCount' })
    const path = `/api/qracore/browses/totalCount/?browseId=${ACCOUNTS}`
    expect(await (await answer(qad, path, { headers: await login(qad) })).json()).toEqual({ data: { totalCount: 13 } })
  })

  test('a clock that is wrong', async () => {
    const { qad } = tenant()
    qad.fault({ fault: { is: 'clockSkew', ms: 3_600_000 } })
    expect((await answer(qad, '/nowhere')).headers.get('date')).toBe('Mon, 03 Aug 2026 07:00:00 GMT')
  })
})

test('a fault hits from the call it is told, as often as it is told', async () => {
  const { qad } = tenant()
  const headers = await login(qad)
  const planned = qad.fault({ fault: { is: 'gateway', status: 503 }, on: 'inboxdata', skip: 1, times: 2 })
  const statuses: number[] = []
  for (let call = 0; call < 5; call++) statuses.push((await answer(qad, '/api/qracore/inboxdata', { headers })).status)
  expect([statuses, planned.hits()]).toEqual([[200, 503, 503, 200, 200], 2])
  const always = qad.fault({ fault: { is: 'gateway', status: 503 }, times: Infinity })
  expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(503)
  always.cancel()
  expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(200)
})

test('the log of requests knows the workspace and the record, and no secret', async () => {
  const { qad } = tenant()
  const headers = await login(qad)
  await answer(qad, BDOC, post([record()], headers))
  expect(qad.requests).toMatchObject([
    { method: 'POST', path: '/oauth/token', body: null },
    { method: 'POST', path: BDOC, workspace: '10USA_10USACO', body: JSON.stringify([record()]) },
  ])
  expect(JSON.stringify(qad.requests)).not.toMatch(/demo-qad-password|Bearer/)
})
