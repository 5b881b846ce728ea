import { expect, test } from 'vitest'
import { proxyRules } from '../../src/http/proxy.js'

const PROXY = 'http://proxy.example:3128'

function way(env: Record<string, string>, target: string): string {
  return proxyRules(env)(new URL(target))?.name ?? 'direct'
}

test.each([
  [{}, 'direct'],
  [{ HTTPS_PROXY: PROXY }, 'proxy.example:3128'],
  [{ https_proxy: PROXY }, 'proxy.example:3128'],
  [{ https_proxy: 'http://lower.example:1', HTTPS_PROXY: PROXY }, 'lower.example:1'],
  [{ https_proxy: ' ', HTTPS_PROXY: PROXY }, 'proxy.example:3128'],
  [{ ALL_PROXY: 'http://all.example:2' }, 'all.example:2'],
  [{ ALL_PROXY: 'http://all.example:2', HTTPS_PROXY: PROXY }, 'proxy.example:3128'],
  [{ HTTP_PROXY: PROXY }, 'direct'],
  [{ HTTPS_PROXY: 'proxy.example:3128' }, 'proxy.example:3128'],
  [{ HTTPS_PROXY: 'https://proxy.example' }, 'proxy.example:443'],
  [{ HTTPS_PROXY: 'http://user:p%40ss@proxy.example:3128/' }, 'proxy.example:3128'],
  [{ HTTPS_PROXY: PROXY, no_proxy: '', NO_PROXY: 'acme.example' }, 'direct'],
  [{ HTTPS_PROXY: PROXY, no_proxy: 'other.example', NO_PROXY: 'acme.example' }, 'proxy.example:3128'],
])('%j takes https://acme.example through %s', (env: Record<string, string>, expected) => {
  expect(way(env, 'https://acme.example/api')).toBe(expected)
})

const THROUGH = 'proxy.example:3128'

test.each([
  ['*', 'https://acme.example', 'direct'],
  ['acme.example', 'https://acme.example', 'direct'],
  ['acme.example', 'https://looker.acme.example', 'direct'],
  ['acme.example', 'https://notacme.example', THROUGH],
  ['.acme.example', 'https://looker.acme.example', 'direct'],
  ['.acme.example', 'https://acme.example', 'direct'],
  ['*.acme.example', 'https://looker.acme.example', 'direct'],
  ['ACME.Example', 'https://acme.example', 'direct'],
  ['acme.example.', 'https://acme.example', 'direct'],
  ['other.example, acme.example', 'https://acme.example', 'direct'],
  ['other.example acme.example', 'https://acme.example', 'direct'],
  ['acme.example:443', 'https://acme.example', 'direct'],
  ['acme.example:19999', 'https://acme.example', THROUGH],
  ['acme.example:19999', 'https://acme.example:19999', 'direct'],
  ['10.1.2.3', 'https://10.1.2.3', 'direct'],
  ['1.2.3', 'https://0.1.2.3', THROUGH],
  ['2.3', 'https://10.1.2.3', THROUGH],
  ['10.0.0.0/8', 'https://10.1.2.3', 'direct'],
  ['10.0.0.0/8', 'https://11.1.2.3', THROUGH],
  ['10.0.0.0/99', 'https://10.1.2.3', THROUGH],
  ['2001:db8::1', 'https://[2001:db8::1]', 'direct'],
  ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443', 'direct'],
  ['[2001:db8::1]:8443', 'https://[2001:db8::1]', THROUGH],
  ['2001:db8::/32', 'https://[2001:db8::1]', 'direct'],
  [', .', 'https://acme.example', THROUGH],
])('NO_PROXY=%s: %s goes %s', (exceptions, target, expected) => {
  expect(way({ HTTPS_PROXY: PROXY, NO_PROXY: exceptions }, target)).toBe(expected)
})

test.each([
  'http://localhost:8080',
  'https://localhost',
  'https://127.0.0.1:8443',
  'https://127.9.9.9',
  'https://[::1]:1',
])('%s is this machine and never goes through a proxy', (target) => {
  expect(way({ HTTPS_PROXY: PROXY, ALL_PROXY: PROXY }, target)).toBe('direct')
})

test.each([
  ['socks5://user:hunter2secret@proxy.example:1080', 'names a socks5 proxy'],
  ['http://', 'holds no address'],
  ['http://user:hunter2secret@:3128', 'holds no address'],
  ['http://user:hunter2secret%ZZ@proxy.example', 'holds no address'],
  ['proxy example:hunter2secret', 'holds no address'],
])('%s is refused when it is needed, and not before, without being quoted', (value, words) => {
  const rules = proxyRules({ HTTPS_PROXY: value })
  expect(rules(new URL('http://127.0.0.1/'))).toBeNull()
  const error = caught(() => rules(new URL('https://acme.example')))
  expect(error).toMatchObject({
    fault: 'proxy',
    sent: false,
    message: expect.stringContaining(`HTTPS_PROXY ${words}`) as string,
  })
  expect(error.message).not.toContain('hunter2secret')
})

function caught(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
