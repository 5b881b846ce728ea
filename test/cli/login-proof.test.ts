import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { ErrorJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const VAULT = { MLC_STORE: 'vault', MLC_VAULT_KEY: 'correct horse battery' }

const open: Server[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => void server.close(resolve))))
})

/** A project whose QAD is a server that answers everything alike, and looks at no credentials. */
async function indifferent(type: string, status: number, contentType: string, body: string): Promise<World> {
  const w = await world()
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': contentType, 'set-cookie': 'JSESSIONID=abc123; Path=/' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  w.editConfig(
    [w.servers.qad.url, `http://127.0.0.1:${(server.address() as AddressInfo).port}`],
    ['type: oauth_password\n    tokenPath: /oauth/token', `type: ${type}`],
  )
  return w
}

const JSON_TYPE = 'application/json'

const ANSWERS: readonly [string, string, number, string, string, string][] = [
  ['basic', 'a web page', 200, 'text/html', '<html><body>It works!</body></html>', 'MLC-Q005'],
  ['basic', 'an empty object', 200, JSON_TYPE, '{}', 'MLC-Q005'],
  ['basic', 'nothing', 204, JSON_TYPE, '', 'MLC-Q005'],
  ['basic', 'a bad request', 400, JSON_TYPE, '{"error":"bad request"}', 'MLC-Q005'],
  ['basic', 'a denial that is not of QAD', 403, 'text/html', '<h1>Forbidden</h1>', 'MLC-Q005'],
  ['basic', 'not found', 404, JSON_TYPE, '{}', 'MLC-Q005'],
  ['basic', 'a redirect', 302, 'text/html', '', 'MLC-Q005'],
  ['basic', 'too many requests', 429, JSON_TYPE, '{}', 'MLC-Q007'],
  ['basic', 'a fault of its own', 500, JSON_TYPE, '{}', 'MLC-Q503'],
  ['session_json', 'a session and nothing else', 200, JSON_TYPE, '{"sessionId":"s3ssion"}', 'MLC-Q005'],
]

test.each(ANSWERS)(
  'a login by %s at a server that answers everything with %s (HTTP %i) is not believed, nor saved',
  async (type, _what, status, contentType, body, code) => {
    const w = await indifferent(type, status, contentType, body)
    const ran = await w.run(['login', 'qad', '--no-input'], { env: VAULT })
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toContain(code)
    expect(existsSync(join(w.folder, 'state', 'vault.json'))).toBe(false)
    const doctor = await w.run(['doctor', '--only', 'qad.login', '--json'], { env: VAULT })
    const { checks } = doctor.json<{ checks: { id: string; status: string; code: string }[] }>()
    expect(checks.find(({ id }) => id === 'qad.login')).toMatchObject({ status: 'fail', code })
  },
)

test.each([
  ['rows', 200, '{"data":[]}'],
  ['that the user may not read', 403, '{"errors":[{"message":"Access denied"}]}'],
])('a login by basic is believed when QAD answers the first read with %s', async (_what, status, body) => {
  const w = await indifferent('basic', status, JSON_TYPE, body)
  const { checks } = (await w.run(['doctor', '--only', 'qad.login', '--json'])).json<{
    checks: { id: string; status: string }[]
  }>()
  expect(checks.find(({ id }) => id === 'qad.login')).toMatchObject({ status: 'ok' })
})

test('what is no answer of QAD is an error of its own for a script', async () => {
  const w = await indifferent('basic', 200, JSON_TYPE, '{}')
  const ran = await w.run(['login', 'qad', '--no-input', '--json'], { env: VAULT })
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-Q005' })
  expect(ran.stdout).toContain('whether it took the login is not told')
})
