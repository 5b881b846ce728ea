import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { carryOver, client, faultOf, post, serve } from './servers.js'

// What holds of the door over got holds over Node's own client, which Looker is asked through.
carryOver('node')
await import('./connections.test.js')
await import('./proxy.test.js')
await import('./redirects.test.js')
await import('./tls.test.js')
await import('./waiting.test.js')

test('an answer that has arrived waits for its reader, however long', async () => {
  // Head and body leave in one piece, so the body has arrived with the head.
  const server = await serve((request, answer) => {
    if (request.url === '/') answer.end('{"rows":[]}')
  })
  const door = client()
  const open = (path: string) => door.open({ ...post(`http://127.0.0.1:${server.port}${path}`), idleTimeoutMs: 20 })
  const { body } = await open('/')
  // Its silence began later: when it is too long, that of the answer is.
  expect((await faultOf(open('/silent'))).fault).toBe('timeout')
  expect(await text(body)).toBe('{"rows":[]}')
})
