import { expect, test } from 'vitest'
import { client, fakeClock, listen } from './harness.js'

const QUERY = { id: '7', client_id: 'slug7' }

test.each<[string, object, string | null, string]>([
  ['filters it listens to', { query: QUERY, filterables: [] }, '2026-07', 'pulled'],
  ['no list of filters, and the dashboard has one', { query: QUERY }, '2026-07', 'refused'],
  ['no list of filters, and the dashboard has none that is set', { query: QUERY }, null, 'pulled'],
])('a tile that tells %s', async (_, maker, value, status) => {
  const dashboard = {
    title: 'Plants',
    dashboard_filters: [{ name: 'Period', default_value: value }],
    dashboard_elements: [{ id: '1', result_maker: maker }],
  }
  const url = await listen((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (request.url?.endsWith('/login')) return void response.end('{"access_token":"t","expires_in":3600}')
    response.end(JSON.stringify(dashboard))
  })
  const { tiles } = await client(url, fakeClock()).dashboard('9', {}, { paging: 'auto', timeZone: null })
  expect(tiles.map((tile) => tile.status)).toEqual([status])
})
