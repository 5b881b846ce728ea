import { expect, test } from 'vitest'
import { withoutMark } from '../../src/looker/mark.js'
import { client, failure, fakeClock, listen, pull, KEY } from './harness.js'

const MARK = [0xef, 0xbb, 0xbf]

test.each([
  ['a mark', [...MARK, 1, 2], [1, 2]],
  ['no mark', [1, 2], [1, 2]],
  ['nothing but a mark', MARK, []],
  ['half a mark', [0xef, 0xbb, 1], [0xef, 0xbb, 1]],
  ['another mark behind it', [...MARK, ...MARK, 1], [...MARK, 1]],
  ['a mark further on', [1, ...MARK], [1, ...MARK]],
])('%s, in chunks of every size', (_, bytes, expected) => {
  for (let size = 1; size <= bytes.length; size++) {
    const take = withoutMark()
    const taken: number[] = []
    for (let at = 0; at < bytes.length; at += size) taken.push(...take(Uint8Array.from(bytes.slice(at, at + size))))
    expect(taken).toEqual(expected)
  }
})

/** A Looker whose rows are this text, byte for byte. */
async function answering(rows: string, explore?: unknown) {
  const json = (value: unknown) => JSON.stringify(value)
  const fields = { dimensions: [{ name: 'gl.account', type: 'string' }], measures: [{ name: 'gl.net', type: 'sum' }] }
  const query = { model: 'm', view: 'gl', fields: ['gl.account', 'gl.net'] }
  const url = await listen((request, response) => {
    const path = request.url ?? ''
    response.setHeader('content-type', 'application/json')
    // Some say of what a POST makes that it was created.
    if (request.method === 'POST') response.statusCode = 201
    if (path.endsWith('/login')) response.end(json({ access_token: KEY.name, expires_in: 3600 }))
    else if (path.endsWith('/versions')) response.end(json({ looker_release_version: '26.4.1' }))
    else if (path.includes('/explores/')) response.end(json(explore ?? { fields, null_sort_treatment: 'low' }))
    else if (path.includes('/run/') || path.endsWith('/results')) response.end(rows)
    else if (path.includes('/query_tasks')) response.end(json({ id: 7, status: 'Complete' }))
    else if (path.endsWith('/queries')) response.end(json({ id: 8 }))
    else response.end(`\ufeff${json({ id: '42', query })}`)
  })
  return client(url, fakeClock())
}

test.each([
  ['a list', '\ufeff[{"gl.account":"A","gl.net":1.10}]'],
  ['an object', '\ufeff{"metadata":{},"rows":[{"gl.account":"A","gl.net":1.10}]}'],
])('rows that begin with a byte-order mark are read: %s', async (_, text) => {
  const { rows } = await pull(await answering(text))
  expect(rows).toEqual([{ 'gl.account': 'A', 'gl.net': '1.10' }])
})

test('a byte-order mark elsewhere is no JSON', async () => {
  const text = '[\ufeff{"gl.account":"A","gl.net":1.10}]'
  expect(await failure(pull(await answering(text)))).toMatch(/^MLC-L0(09|15) /)
})

test('what is JSON and no object is no broken answer: it is not asked for again', async () => {
  const failed = await failure(pull(await answering('[]', [])))
  expect(failed).toBe('MLC-L015 Looker was asked for an object and sent something else')
})

test('a server that answers a POST with 201 is understood', async () => {
  const { result } = await pull(await answering('[{"gl.account":"A","gl.net":1.10}]'), { paging: 'task' })
  expect(result).toMatchObject({ rows: 1, paging: 'task', requests: 4 })
})
