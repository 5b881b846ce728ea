import type { Stage, Watch } from './runner.js'
import { anyExit, authBy, both, ECHOES, one, PULL, SYNC, throughProxy, type Scenario } from './scenario.js'
import { troubles } from './troubles.js'

export function scenarios(): readonly Scenario[] {
  return [...ordinaryRuns(), ...storesOfCredentials(), ...checkups(), ...troubles()]
}

function ordinaryRuns(): Scenario[] {
  const after = (...args: readonly string[]) => ({
    name: `${args.join(' ')} after a sync`,
    exits: [0, 0],
    delivers: [],
    act: async (stage: Stage) => [await stage.run(SYNC), await stage.run(args)],
  })
  return [
    ...both('sync', 0, SYNC),
    one('sync --json', 0, [...SYNC, '--json'], undefined, ['lookerSecret', 'lookerToken', 'qadPassword', 'qadToken']),
    one('sync --verbose', 0, [...SYNC, '--verbose']),
    one('sync --dry-run', 0, [...SYNC, '--dry-run']),
    one('pull as csv', 0, [...PULL, '--format', 'csv']),
    after('status', '--json'),
    after('audit', 'verify', '--json'),
    after('audit', 'show'),
    after('config', 'show'),
    after('config', 'show', '--json'),
    one('reconcile', 3, ['reconcile', '--job', 'plant-gl', '--period', '2026-07', '--debug']),
    one('QAD by Basic', 0, [...SYNC, '--debug'], (stage) => authBy(stage, 'basic'), ['qadPassword']),
    one('QAD by a session, JSON', 0, [...SYNC, '--debug'], (stage) => authBy(stage, 'session_json', '/api/login'), [
      'qadPassword',
      'qadSession',
    ]),
    one('QAD by a session, form', 0, [...SYNC, '--debug'], (stage) => authBy(stage, 'session_form', '/login'), [
      'qadPassword',
      'qadSession',
    ]),
    one('QAD by client credentials', 0, [...SYNC, '--debug'], (stage) => authBy(stage, 'oauth_client_credentials'), [
      'qadClientSecret',
      'qadToken',
    ]),
    one('credentials in files', 0, [...SYNC, '--debug'], credentialsInFiles, ['lookerSecret', 'qadPassword']),
  ]
}

function credentialsInFiles({ canaries, keep }: Stage): Watch {
  return {
    env: {
      MLC_LOOKER_CLIENT_SECRET: undefined,
      MLC_LOOKER_CLIENT_SECRET_FILE: keep('looker', canaries.lookerSecret),
      MLC_QAD_PASSWORD: undefined,
      MLC_QAD_PASSWORD_FILE: keep('qad', `${canaries.qadPassword}\n`),
    },
  }
}

/** Without the variables, so that credentials come from elsewhere. */
const NO_VARIABLES = {
  MLC_LOOKER_CLIENT_ID: undefined,
  MLC_LOOKER_CLIENT_SECRET: undefined,
  MLC_QAD_CLIENT_ID: undefined,
  MLC_QAD_USERNAME: undefined,
  MLC_QAD_PASSWORD: undefined,
  MLC_QAD_CLIENT_SECRET: undefined,
}

function storesOfCredentials(): Scenario[] {
  const vault = { MLC_STORE: 'vault' }
  const fromVault = { env: { ...NO_VARIABLES, ...vault } }
  return [
    {
      name: 'login into the vault, a sync from it, a logout',
      exits: [0, 0, 0, 0],
      delivers: ['lookerSecret', 'qadPassword'],
      act: async (stage) => [
        await stage.run(['login', 'looker', '--no-input', '--debug'], { env: vault }),
        await stage.run(['login', 'qad', '--no-input', '--debug'], { env: vault }),
        await stage.run([...SYNC, '--debug'], fromVault),
        await stage.run(['logout', '--all', '--debug'], { env: vault }),
      ],
    },
    {
      name: 'a vault with another passphrase',
      exits: [0, 4],
      delivers: ['lookerSecret'],
      act: async (stage) => [
        await stage.run(['login', 'looker', '--no-input'], { env: vault }),
        await stage.run([...PULL, '--debug'], { env: { ...fromVault.env, MLC_VAULT_KEY: stage.canaries.otherSecret } }),
      ],
    },
    one('a host without a keychain', 4, [...PULL, '--debug'], () => ({
      env: { ...NO_VARIABLES, MLC_STORE: 'keychain' },
    })),
    one('a login where there is no keychain', 4, ['login', 'looker', '--no-input', '--debug'], () => ({
      env: { MLC_STORE: 'keychain' },
    })),
    one('credentials from a command', 0, [...SYNC, '--debug'], (stage) => command(stage, credentialsOf(stage)), [
      'lookerSecret',
      'qadPassword',
    ]),
    one('a command that prints credentials and fails', 4, [...SYNC, '--debug'], (stage) =>
      command(stage, credentialsOf(stage), 1),
    ),
    one('a command that prints broken JSON', 4, [...SYNC, '--debug'], (stage) =>
      command(stage, `{"looker": {"clientSecret": ${stage.canaries.lookerSecret}`),
    ),
  ]
}

function credentialsOf({ canaries, env }: Stage): string {
  const looker = { clientId: env['MLC_LOOKER_CLIENT_ID'], clientSecret: canaries.lookerSecret }
  const qad = { clientId: env['MLC_QAD_CLIENT_ID'], username: env['MLC_QAD_USERNAME'], password: canaries.qadPassword }
  return JSON.stringify({ looker, qad })
}

function command({ keep, editConfig }: Stage, prints: string, exit = 0): Watch {
  const script = `process.stdout.write(${JSON.stringify(prints)}, () => setTimeout(() => process.exit(${exit}), 100))\n`
  editConfig([
    'version: 1\n',
    `version: 1\ncredentialCommand: [${JSON.stringify(process.execPath)}, ${JSON.stringify(keep('print.mjs', script))}]\n`,
  ])
  return { env: NO_VARIABLES }
}

/** What people send to support. */
function checkups(): Scenario[] {
  const bundle = ['doctor', '--bundle', 'support.zip', '--debug']
  return [
    one('doctor', 0, ['doctor', '--debug']),
    one('doctor --json', 0, ['doctor', '--json']),
    one('doctor with a bundle', 0, bundle),
    {
      name: 'doctor with a bundle after a sync',
      exits: [0, 0],
      delivers: [],
      act: async (stage) => [await stage.run(SYNC), await stage.run(bundle)],
    },
    ...ECHOES.flatMap(([how, answer]) => [
      anyExit(`doctor with a bundle, Looker repeats the secret ${how}`, bundle, (stage) =>
        stage.meddle('looker', () => answer(stage.canaries.lookerSecret)),
      ),
      anyExit(`doctor with a bundle, QAD repeats the token ${how}`, bundle, (stage) =>
        stage.meddle('qad', ({ path }) => (path.endsWith('/token') ? null : answer(stage.canaries.qadToken))),
      ),
    ]),
    one('doctor behind a proxy that refuses', 75, bundle, throughProxy),
    anyExit('doctor with a password in an address', bundle, (stage) =>
      stage.editConfig([`baseUrl: ${stage.urls.looker}`, 'baseUrl: "https://jo:${MLC_QAD_PASSWORD}@acme.example"']),
    ),
  ]
}
