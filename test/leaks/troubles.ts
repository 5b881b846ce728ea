import type { Canaries } from './canaries.js'
import type { Stage, Watch } from './runner.js'
import { anyExit, authBy, both, ECHOES, json, one, PULL, SYNC, throughProxy, type Scenario } from './scenario.js'

/** What refuses, repeats, redirects, breaks or listens in. */
export function troubles(): readonly Scenario[] {
  return [
    ...refusedCredentials(),
    ...talkativeServers(),
    ...brokenExchanges(),
    ...hostileEnvironments(),
    ...mistakesOfTheUser(),
  ]
}

function refusedCredentials(): Scenario[] {
  const wrongKey = (stage: Stage) => {
    stage.meddle('looker', ({ path, text }) =>
      path.endsWith('/login') ? json(404, { message: `Not found: ${text}`, documentation_url: 'x' }) : null,
    )
  }
  const wrongPassword = (stage: Stage) => {
    stage.meddle('qad', ({ path, text }) =>
      path.endsWith('/token')
        ? json(400, {
            error: 'invalid_grant',
            error_description: `Bad credentials in ${new URLSearchParams(text).get('password')}`,
          })
        : null,
    )
  }
  return [
    ...both('Looker refuses the key and repeats it', 4, PULL, wrongKey),
    ...both('QAD refuses the password and repeats it', 4, SYNC, wrongPassword),
    one('QAD refuses Basic and repeats the header', 4, SYNC, (stage) => {
      authBy(stage, 'basic')
      stage.meddle('qad', ({ headers }) =>
        json(401, { error: 'unauthorized', error_description: `Bad credentials: ${headers.get('authorization')}` }),
      )
    }),
    one('Looker refuses the token in mid-run and repeats it', 4, PULL, (stage) =>
      stage.meddle('looker', ({ path, headers }) =>
        path.endsWith('/login') ? null : json(401, { message: `bad ${headers.get('authorization')}` }),
      ),
    ),
    one('QAD ends the session at every post and repeats the token', 4, SYNC, (stage) =>
      stage.meddle('qad', ({ path, method, headers }) =>
        path.includes('/bdoc/') && method === 'POST'
          ? json(401, {
              error: 'invalid_token',
              error_description: `Invalid access token: ${headers.get('authorization')}`,
            })
          : null,
      ),
    ),
  ]
}

function talkativeServers(): Scenario[] {
  return ECHOES.flatMap(([how, answer]) => [
    anyExit(`Looker repeats the token ${how}`, [...PULL, '--debug'], (stage) =>
      stage.meddle('looker', ({ path }) => (path.endsWith('/login') ? null : answer(stage.canaries.lookerToken))),
    ),
    anyExit(`QAD repeats the token to a post ${how}`, [...SYNC, '--debug'], (stage) =>
      stage.meddle('qad', ({ path, method }) =>
        path.includes('/bdoc/') && method === 'POST' ? answer(stage.canaries.qadToken) : null,
      ),
    ),
    anyExit(`QAD repeats the password to the login ${how}`, [...SYNC, '--debug'], (stage) =>
      stage.meddle('qad', ({ path }) => (path.endsWith('/token') ? answer(stage.canaries.qadPassword) : null)),
    ),
  ])
}

function brokenExchanges(): Scenario[] {
  const redirects = [301, 302, 303, 307, 308].flatMap((status) => [
    one(`Looker redirects the login with ${status}`, 75, [...PULL, '--debug'], (stage) =>
      stage.meddle('looker', () => moved(status, stage.elsewhere.url)),
    ),
    one(`Looker redirects a query with ${status}`, 75, PULL, (stage) =>
      stage.meddle('looker', ({ path }) => (path.endsWith('/login') ? null : moved(status, stage.elsewhere.url))),
    ),
    anyExit(`QAD redirects the login with ${status}`, SYNC, (stage) =>
      stage.meddle('qad', ({ path }) => (path.endsWith('/token') ? moved(status, stage.elsewhere.url) : null)),
    ),
    anyExit(`QAD redirects a post with ${status}`, [...SYNC, '--debug'], (stage) =>
      stage.meddle('qad', ({ path, method }) =>
        path.includes('/bdoc/') && method === 'POST' ? moved(status, stage.elsewhere.url) : null,
      ),
    ),
  ])
  return [
    ...redirects,
    one('Looker never answers', 75, [...PULL, '--timeout', '1', '--debug'], (stage) =>
      stage.meddle('looker', ({ path }) => (path.includes('/run/') ? { broken: 'hang' } : null)),
    ),
    one('Looker resets every connection', 75, [...PULL, '--debug'], (stage) =>
      stage.meddle('looker', () => ({ broken: 'reset' })),
    ),
    anyExit('QAD resets every post', [...SYNC, '--debug'], (stage) =>
      stage.meddle('qad', ({ path, method }) =>
        path.includes('/bdoc/') && method === 'POST' ? { broken: 'reset' } : null,
      ),
    ),
    one('a proxy refuses the password', 75, [...PULL, '--debug'], throughProxy, ['proxyPassword']),
    one('a proxy that cannot be used', 75, [...PULL, '--debug'], (stage) => ({
      ...throughProxy(stage),
      env: { HTTPS_PROXY: `socks5://jo:${encodeURIComponent(stage.canaries.proxyPassword)}@127.0.0.1:1` },
    })),
    one('a proxy whose address is broken', 75, [...PULL, '--debug'], (stage) => ({
      ...throughProxy(stage),
      env: { HTTPS_PROXY: `http://jo:${stage.canaries.proxyPassword}@127.0.0.1:1` },
    })),
    ...(['SIGINT', 'SIGTERM', 'SIGKILL'] as const).map((signal) =>
      one(
        `${signal} while Looker is asked`,
        { SIGINT: 130, SIGTERM: 143, SIGKILL: null }[signal],
        [...SYNC, '--debug'],
        (stage) => {
          stage.meddle('looker', ({ path }) => (path.includes('/run/') ? { broken: 'hang' } : null))
          return { meanwhile: (running) => running.kill(signal) }
        },
      ),
    ),
  ]
}

function hostileEnvironments(): Scenario[] {
  return [
    ...['http,https,net,tls,stream', '*'].map((sets) =>
      one(`NODE_DEBUG=${sets}`, 0, SYNC, () => ({ env: { NODE_DEBUG: sets } })),
    ),
    one('NODE_DEBUG and a password in a header', 0, SYNC, (stage) => {
      authBy(stage, 'basic')
      return { env: { NODE_DEBUG: 'http' } }
    }),
    one('NODE_DEBUG where everything fails', 4, [...SYNC, '--debug'], (stage) => {
      stage.meddle('qad', () => json(401, { error: 'x' }))
      return { env: { NODE_DEBUG: 'http,net,tls' } }
    }),
    one('a diagnostic report is asked for by signal', 143, SYNC, (stage) => {
      stage.meddle('looker', ({ path }) => (path.includes('/run/') ? { broken: 'hang' } : null))
      return {
        env: { NODE_OPTIONS: '--report-on-signal' },
        meanwhile: (running) => (running.kill('SIGUSR2'), setTimeout(() => running.kill('SIGTERM'), 500)),
      }
    }),
    one('the inspector is asked for by signal', 143, SYNC, (stage) => {
      stage.meddle('looker', ({ path }) => (path.includes('/run/') ? { broken: 'hang' } : null))
      return { meanwhile: (running) => (running.kill('SIGUSR1'), setTimeout(() => running.kill('SIGTERM'), 500)) }
    }),
    ...both('an error that nobody foresaw quotes the secret', 1, PULL, (stage) => crash(stage)),
    one('an error that nobody foresaw quotes the secret, with --json', 1, [...PULL, '--json'], (stage) => crash(stage)),
    one('an error that nobody foresaw, with a report', 1, [...PULL, '--debug'], (stage) =>
      crash(stage, '--report-uncaught-exception'),
    ),
  ]
}

/** Node's own encoder throws with the value in its message, as Node's own errors do. */
function crash({ write }: Stage, options = ''): Watch {
  const path = write(
    'tmp/crash.mjs',
    'const form = URLSearchParams.prototype.toString\n' +
      'URLSearchParams.prototype.toString = function () { throw new Error(`cannot encode ${this.get("client_secret") ?? form.call(this)}`) }\n',
  )
  return { env: { NODE_OPTIONS: `--import file://${path} ${options}` } }
}

function mistakesOfTheUser(): Scenario[] {
  return [
    ...['type: oauth_password', 'requestsPerMinute: 600', 'tokenPath: /oauth/token'].map((line) =>
      anyExit(
        `mlc.yaml takes a secret from the environment in place of ${line.trim()}`,
        [...SYNC, '--debug'],
        (stage) => stage.editConfig([line, `${line.split(':')[0]}: "\${MLC_QAD_PASSWORD}"\n`]),
      ),
    ),
    anyExit('the address of Looker carries a password', [...PULL, '--debug'], (stage) =>
      stage.editConfig([`baseUrl: ${stage.urls.looker}`, 'baseUrl: "https://jo:${MLC_QAD_PASSWORD}@acme.example"']),
    ),
    anyExit('the address of QAD carries a password', [...SYNC, '--debug'], (stage) =>
      stage.editConfig([
        `baseUrl: ${stage.urls.qad}`,
        'baseUrl: "https://jo:${MLC_QAD_PASSWORD}@acme.example/clouderp"',
      ]),
    ),
    one('a credential that holds a line break', 4, [...PULL, '--debug'], ({ canaries }) => ({
      env: { MLC_LOOKER_CLIENT_SECRET: `${canaries.lookerSecret}\nx` },
    })),
    ...['--secret', '--client-secret', '--password', '--token'].flatMap((flag) => [
      typed(`${flag} is followed by a secret`, ({ lookerSecret }) => ['pull', '--look', '42', flag, lookerSecret]),
      typed(`${flag}= is followed by a secret`, ({ lookerSecret }) => [
        'pull',
        '--look',
        '42',
        `${flag}=${lookerSecret}`,
      ]),
      typed(`${flag}= is followed by a secret, with --json`, ({ lookerSecret }) => [
        'sync',
        '--json',
        `${flag}=${lookerSecret}`,
      ]),
    ]),
    typed('a secret where nothing belongs', ({ qadPassword }) => ['status', qadPassword]),
  ]
}

function typed(name: string, args: (canaries: Canaries) => readonly string[]): Scenario {
  return {
    name,
    exits: [2],
    delivers: [],
    act: async (stage) => [await stage.run(args(stage.canaries), { typed: true })],
  }
}

function moved(status: number, to: string): Response {
  return new Response(null, { status, headers: { location: `${to}/moved` } })
}
