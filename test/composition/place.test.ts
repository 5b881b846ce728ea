import { expect, test } from 'vitest'
import { placeOf } from '../../src/composition/scheduling/place.js'
import { parseConfig } from '../../src/config/load.js'
import { githubWorkflow } from '../../src/schedule/github.js'
import { scheduled } from '../schedule/place.js'

function placeIn(env: Readonly<Record<string, string>>) {
  const host = { env, cwd: '/srv/books', version: '0.1.0', program: { node: '/usr/bin/node', script: '/usr/bin/mlc' } }
  const loaded = parseConfig('version: 1\n', env, '/srv/books/mlc.yaml')
  return placeOf({ host, loaded, state: '/srv/state', audit: '/srv/state/audit' })
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
