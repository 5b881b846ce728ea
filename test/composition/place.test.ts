import { expect, test } from 'vitest'
import { remarksOn } from '../../src/commands/schedule/printed.js'
import { placeOf } from '../../src/composition/scheduling/place.js'
import { parseConfig } from '../../src/config/load.js'
import { githubWorkflow } from '../../src/schedule/github.js'
import { kubernetesManifest } from '../../src/schedule/kubernetes.js'
import { systemdUnits } from '../../src/schedule/systemd.js'
import { scheduled } from '../schedule/place.js'

function placeIn(env: Readonly<Record<string, string>>, state = '/srv/state', text = 'version: 1\n') {
  const host = { env, cwd: '/srv/books', version: '0.1.0', program: { node: '/usr/bin/node', script: '/usr/bin/mlc' } }
  const loaded = parseConfig(text, env, '/srv/books/mlc.yaml')
  return placeOf({ host, loaded, state, audit: `${state}/audit` })
}

test('a run goes through the proxies of the shell it is scheduled in, as curl spells them', () => {
  const proxies = { https_proxy: 'http://proxy.example:3128', ALL_PROXY: 'http://other.example', no_proxy: '.example' }
  const place = placeIn({ ...proxies, HTTP_PROXY: 'http://unread.example' })
  expect(place.variables).toEqual(proxies)
  expect(place.remarks).toEqual([])
  // GitHub has a network of its own.
  expect(githubWorkflow(scheduled({}, place), '.').text).not.toMatch(/_proxy/i)
})

test('a proxy with a password is not written down, and that is said', () => {
  const place = placeIn({ HTTPS_PROXY: 'http://jdoe:hunter2-hunter2@proxy.example:3128' })
  expect(place.variables).toEqual({})
  expect(place.remarks).toEqual(['HTTPS_PROXY may hold a password and is not written down: give it to the run'])
})

test.each([
  ['a workflow', '/srv/state', false],
  ['a CronJob', '/srv/state', false],
  ['a service of the machine', '/srv/state', false],
  ['a service of the machine with that very state folder', '/var/lib/mlc', true],
  ['a service of the user', '/srv/state', true],
])('%s reads the vault only where that is', (what, state, isThere) => {
  const text = 'version: 1\nlooker: { baseUrl: https://acme.cloud.looker.com }\n'
  const run = scheduled({}, placeIn({ MLC_STORE: 'vault', MLC_VAULT_KEY_FILE: '/etc/mlc/vault-key' }, state, text))
  const written = what.includes('workflow')
    ? githubWorkflow(run, '.').text
    : what.includes('CronJob')
      ? kubernetesManifest(run, '.').text
      : systemdUnits(run, what.includes('user') ? 'user' : 'system')[0].text
  expect([written.includes('MLC_VAULT_KEY'), written.includes('MLC_LOOKER_CLIENT_SECRET')]).toEqual([isThere, !isThere])
  expect(/MLC_STORE\W+(?:value: ")?(\w+)/.exec(written)?.[1]).toBe(isThere ? 'vault' : 'none')
})

test.each([
  [true, '/home/jdoe/.config/mlc/credentials/qad-password'],
  [false, '/etc/mlc/qad-password'],
])('the file that a service reads is the one said to be missing (installed: %s)', (isInstalled, path) => {
  expect(remarksOn('systemd', scheduled(), isInstalled).join()).toContain(path)
  const [service] = systemdUnits(scheduled(), isInstalled ? 'user' : 'system')
  expect(service.text).toContain(`LoadCredential=qad-password:${path}\n`)
})
