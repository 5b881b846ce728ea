import { describe, expect, test } from 'vitest'
import { demoQad } from '../../../src/sandbox/company/company.js'
import type { QadSandbox } from '../../../src/sandbox/qad/sandbox.js'
import { answer, BDOC, browse, form, GOOD_LOGIN, login, post, record, ROOT, send, tenant, WORKSPACE } from './call.js'

describe('a token', () => {
  const refusals: readonly (readonly [string, Record<string, string>, string])[] = [
    ['a wrong password', { ...GOOD_LOGIN, password: 'wrong' }, 'invalid_grant'],
    ['an unknown user', { ...GOOD_LOGIN, username: 'nobody' }, 'invalid_grant'],
    ['an unknown client', { ...GOOD_LOGIN, client_id: 'ffff' }, 'invalid_client'],
    ['a grant that does not exist', { ...GOOD_LOGIN, grant_type: 'implicit' }, 'unsupported_grant_type'],
    [
      'a client secret that is wrong',
      { client_id: GOOD_LOGIN.client_id, grant_type: 'client_credentials', client_secret: 'x' },
      'invalid_client',
    ],
    [
      'a refresh token nobody got',
      { client_id: GOOD_LOGIN.client_id, grant_type: 'refresh_token', refresh_token: 'x' },
      'invalid_grant',
    ],
  ]
  test.each(refusals)('is refused to %s', async (_, fields, error) => {
    const refused = await answer(tenant().qad, '/oauth/token', form(fields))
    expect([refused.status, await refused.json()]).toMatchObject([400, { error }])
  })

  test('is refused when the credentials stand in the query string', async () => {
    const { qad } = tenant()
    const query = new URLSearchParams(GOOD_LOGIN).toString()
    expect((await answer(qad, `/oauth/token?${query}`, { method: 'POST' })).status).toBe(400)
    expect(JSON.stringify(qad.requests)).not.toContain(GOOD_LOGIN.password)
  })

  test('lives as long as tokenSeconds, then every call answers 401; the refresh token brings a new one', async () => {
    const { qad, pass } = tenant({ tokenSeconds: 600 })
    const granted = (await (await answer(qad, '/oauth/token', form(GOOD_LOGIN))).json()) as Record<string, string>
    expect(granted).not.toHaveProperty('expires_in')
    const headers = { authorization: `Bearer ${granted['access_token']}` }
    expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(200)
    pass(600_000)
    expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(401)
    const renewed = await login(qad, {
      client_id: GOOD_LOGIN.client_id,
      grant_type: 'refresh_token',
      refresh_token: granted['refresh_token'] ?? '',
    })
    expect((await answer(qad, '/api/qracore/inboxdata', { headers: renewed })).status).toBe(200)
    expect(qad.logins()).toBe(1)
  })

  test('ends after an hour without a call', async () => {
    const { qad, pass } = tenant({ tokenSeconds: 86_400 })
    const headers = await login(qad)
    pass(59 * 60_000)
    expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(200)
    pass(61 * 60_000)
    expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(401)
  })

  test('is refused even to the right password after ten wrong ones: the user is locked', async () => {
    const { qad } = tenant()
    for (let count = 0; count < 9; count++) await answer(qad, '/oauth/token', form({ ...GOOD_LOGIN, password: 'x' }))
    expect((await answer(qad, '/oauth/token', form(GOOD_LOGIN))).status).toBe(200)
    for (let count = 0; count < 10; count++) await answer(qad, '/oauth/token', form({ ...GOOD_LOGIN, password: 'x' }))
    expect((await answer(qad, '/oauth/token', form(GOOD_LOGIN))).status).toBe(400)
  })
})

describe('a session', () => {
  const { username, password } = GOOD_LOGIN
  const enter = async (qad: QadSandbox) => {
    const body = JSON.stringify({ username, password })
    const said = (await (await answer(qad, '/api/login', { method: 'POST', body })).json()) as { sessionId: string }
    return { cookie: `JSESSIONID=${said.sessionId}` }
  }
  const ask = (qad: QadSandbox, headers: Record<string, string>) => answer(qad, '/api/qracore/inboxdata', { headers })

  test('ends when it lies idle, and at its full length however busy, as Security Control says', async () => {
    const { qad, pass } = tenant({ idleMinutes: 5, sessionMinutes: 12 })
    const headers = await enter(qad)
    const statuses = []
    for (let calls = 0; calls < 3; calls++) {
      pass(4 * 60_000)
      statuses.push((await ask(qad, headers)).status)
    }
    expect(statuses).toEqual([200, 200, 302])
    const idle = await enter(qad)
    pass(5 * 60_000)
    expect((await ask(qad, idle)).status).toBe(302)
    const control = await answer(qad, '/api/qracore/securityControl', { headers: await enter(qad) })
    expect(await control.json()).toMatchObject({
      data: { securityControls: [{ sessionLength: 12, timeoutMinutes: 5 }] },
    })
  })

  test('can change its id with every good answer; the old id ends', async () => {
    const { qad } = tenant({ rotateSessions: true })
    const headers = await enter(qad)
    const first = await ask(qad, headers)
    expect(first.headers.get('set-cookie')).toMatch(/^JSESSIONID=[0-9a-f]{40}; Path=\/clouderp; HttpOnly$/)
    expect((await ask(qad, headers)).status).toBe(302)
    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await ask(qad, { cookie })).status).toBe(200)
    expect((await ask(tenant().qad, await enter(qad))).headers.get('set-cookie')).toBeNull()
  })

  test('is refused to a locked user in words of the test’s choosing, whatever the way in', async () => {
    const { qad } = tenant({ lockedWords: 'User is locked' })
    const wrong = JSON.stringify({ username, password: 'x' })
    for (let count = 0; count < 10; count++) await answer(qad, '/api/login', { method: 'POST', body: wrong })
    const right = JSON.stringify({ username, password })
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const answers = [
      await answer(qad, '/api/login', { method: 'POST', body: right }),
      await answer(qad, '/oauth/token', form(GOOD_LOGIN)),
      await ask(qad, { authorization: basic }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 401])
    for (const one of answers) expect(await one.text()).toContain('User is locked')
  })
})

test('client credentials bring a token, for the client’s own user', async () => {
  const { qad } = tenant()
  const [client] = demoQad().clients
  const fields = { client_id: client?.clientId ?? '', client_secret: client?.secret ?? '' }
  const headers = await login(qad, { ...fields, grant_type: 'client_credentials' })
  expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(200)
  const other = await answer(
    qad,
    '/oauth/token',
    form({ ...fields, client_secret: 'x', grant_type: 'client_credentials' }),
  )
  expect(other.status).toBe(400)
})

describe('other ways in', () => {
  test('Basic is accepted by the API, and can be switched off', async () => {
    const basic = `Basic ${Buffer.from(`${GOOD_LOGIN.username}:${GOOD_LOGIN.password}`).toString('base64')}`
    const headers = { authorization: basic }
    expect((await answer(tenant().qad, '/api/qracore/inboxdata', { headers })).status).toBe(200)
    expect((await answer(tenant({ basic: false }).qad, '/api/qracore/inboxdata', { headers })).status).toBe(401)
  })

  test('a JSON login gives a session id for the cookie; logging out ends it with a way back to the login page', async () => {
    const { qad } = tenant()
    const body = JSON.stringify({ username: GOOD_LOGIN.username, password: GOOD_LOGIN.password })
    const { sessionId } = (await (await answer(qad, '/api/login', { method: 'POST', body })).json()) as {
      sessionId: string
    }
    const headers = { cookie: `JSESSIONID=${sessionId}` }
    expect((await answer(qad, '/api/qracore/inboxdata', { headers })).status).toBe(200)
    await answer(qad, '/logout', { method: 'POST', headers })
    const ended = await answer(qad, '/api/qracore/inboxdata', { headers })
    expect([ended.status, ended.headers.get('location')]).toEqual([302, '/clouderp/resources/login.jsp'])
  })

  test('a form login is 302 either way, with a cookie either way: only the location tells', async () => {
    const { qad } = tenant()
    const { username, password } = GOOD_LOGIN
    const good = await answer(qad, '/login', form({ username, password }))
    const bad = await answer(qad, '/login', form({ username, password: 'wrong' }))
    expect([good.status, good.headers.get('location')]).toEqual([302, '/clouderp/#/view/webshell/home'])
    expect([bad.status, bad.headers.get('location')]).toEqual([302, '/clouderp/resources/login.jsp?error=1'])
    expect(bad.headers.get('set-cookie')).toContain('JSESSIONID=')
    const cookie = /JSESSIONID=[^;]+/.exec(good.headers.get('set-cookie') ?? '')?.[0] ?? ''
    expect((await answer(qad, '/api/qracore/inboxdata', { headers: { cookie } })).status).toBe(200)
  })

  test('without credentials a call is 401', async () => {
    expect((await answer(tenant().qad, '/api/qracore/inboxdata')).status).toBe(401)
  })
})

describe('the workspace', () => {
  test('is the user’s default when no header names one, and 403 when the user may not enter it', async () => {
    const { qad } = tenant()
    const { authorization = '' } = await login(qad)
    expect((await browse(qad, { authorization }, 'urn:browse:mfg:xxgl01')).data.length).toBeGreaterThan(0)
    const headers = { authorization, 'x-qad-workspace-id': '99XX_99XXCO' }
    const refused = await answer(qad, '/api/qracore/browses?browseId=x', { headers })
    expect([refused.status, await refused.json()]).toMatchObject([403, { errors: [{ message: 'Access is denied' }] }])
  })

  test('is listed for the user', async () => {
    const { qad } = tenant()
    const inbox = await answer(qad, '/api/qracore/inboxdata?loadAll=true', { headers: await login(qad) })
    const workspaceNotifications = [{ workspaceName: WORKSPACE, domainCode: '10USA', entityCode: '10USACO' }]
    expect(await inbox.json()).toEqual({ data: { workspaceNotifications } })
  })
})

test('a reader may read and not write', async () => {
  const { qad } = tenant()
  const reader = { ...GOOD_LOGIN, username: 'demo.reader', password: 'demo-reader-password' }
  const headers = await login(qad, reader)
  expect((await browse(qad, headers, 'urn:browse:mfg:xxgl01')).data.length).toBeGreaterThan(0)
  expect((await answer(qad, BDOC, post([record()], headers))).status).toBe(403)
  expect(qad.books).toEqual([])
})

test('a wrong context root and an unknown path are pages of the container, not of QAD', async () => {
  const { qad } = tenant({ mounts: ['/clouderp', '/clouderp/test'] })
  for (const [path, root] of [
    ['/api/qracore/browses', 'http://127.0.0.1/qad-central'],
    ['/clouderp/api/qracore/browses', ROOT],
  ] as const) {
    const page = await answer(qad, path, {}, root)
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html;charset=utf-8'])
  }
  const login = await send(qad, '/oauth/token', form(GOOD_LOGIN), `${ROOT}/test`)
  expect(login).toMatchObject({ status: 200 })
})

test('the Swagger document lists what the tenant serves', async () => {
  const { qad } = tenant()
  const document = (await (await answer(qad, '/v3/api-docs', { headers: await login(qad) })).json()) as {
    paths: object
  }
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/oauth/token', BDOC, '/api/erp/costCenters']))
})
