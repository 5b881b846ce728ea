import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { createAuthority } from './certificates.js'
import { client, faultOf, post, serve } from './servers.js'

const authority = createAuthority()
const PAIR = authority.issue()
afterAll(() => authority.remove())

/** A slow query sends its first byte after minutes: what closes unused connections must not close the one it waits on. */
test.each([
  ['http', '127.0.0.1', undefined],
  ['https', 'localhost', PAIR],
] as const)(
  'over %s an answer that lets wait, before its first byte and within, outlives what an unused connection may',
  async (scheme, host, tls) => {
    const server = await serve((_, answer) => {
      setTimeout(() => answer.write('{'), 60)
      setTimeout(() => answer.end('}'), 120)
    }, tls)
    const door = client({ caFile: authority.caFile, idleConnectionMs: 20 })
    const address = `${scheme}://${host}:${server.port}/`
    // The first makes its connection, the second may find it.
    const texts = [(await door.send(post(address))).text, (await door.send(post(address))).text]
    expect(texts).toEqual(['{}', '{}'])
    expect(server.seen).toHaveLength(2)
  },
)

test('an answer that has arrived and is stopped before it is read is no short answer', async () => {
  // Head and body leave in one piece, so the body has arrived with the head.
  const server = await serve((_, answer) => void answer.end('{"rows":[]}'))
  const stop = new AbortController()
  const { body } = await client().open({ ...post(`http://127.0.0.1:${server.port}/`), signal: stop.signal })
  stop.abort()
  expect((await faultOf(text(body))).fault).toBe('aborted')
})
