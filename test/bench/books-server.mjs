import { createServer } from 'node:http'
import { sent } from './sent.mjs'

// A process of its own, so that its work is nobody's: a Looker with one Look of a month's figures, and a QAD with as many balances
// of that month in another order, page by page. Of a thousand, one differs and one stands at another cost centre.
// Argument: how many. A line of JSON with the port on stdout.
const count = Number(process.argv[2])
const digits = (n, width) => String(n).padStart(width, '0')
const account = (n) => digits(n % 1000, 5)
const centre = (n) => `C${digits(Math.floor(n / 1000), 5)}`
const amount = (n) => `${n % 3 === 0 ? '-' : ''}${(n * 104_729) % 100_000_000}.${digits(n % 100, 2)}`

const FIELDS = ['month.period', 'month.account', 'month.centre', 'month.net']
const query = { id: '1', model: 'month', view: 'month', fields: FIELDS, filters: {}, sorts: [], limit: '500' }
const named = (name) => ({ name, label: name, type: name === 'month.net' ? 'sum' : 'string' })
const explore = { fields: { dimensions: FIELDS.slice(0, 3).map(named), measures: FIELDS.slice(3).map(named) } }

function figure(n) {
  return `{"month.period":"2026-07","month.account":"${account(n)}","month.centre":"${centre(n)}","month.net":${amount(n)}}`
}

function balance(at) {
  const n = (at * 7919 + 17) % count
  const [place, net] = [n % 1000 === 501 ? `X${centre(n)}` : centre(n), n % 1000 === 502 ? `${n % 89}.17` : amount(n)]
  return `{"b.year":2026,"b.per":7,"b.acc":"${account(n)}","b.cc":"${place}","b.curr":"USD","b.amt":${net}}`
}

/** @param url of a page of a browse: those of other periods have none */
function balances(url) {
  const [page, size] = ['page', 'pageSize'].map((name) => Number(url.searchParams.get(name)))
  const isAsked = url.searchParams.getAll('filter').includes('b.per,eq,7,literal')
  const rows = isAsked ? Math.max(0, Math.min(size, count - (page - 1) * size)) : 0
  const data = Array.from({ length: rows }, (_, index) => balance((page - 1) * size + index))
  return `{"data":[${data.join(',')}],"auxillaryData":{"HasMoreParams":"false"}}`
}

async function stream(answer, format) {
  const metadata = { fields: { dimensions: [], measures: [] }, filters: {}, errors: [] }
  await sent(answer, format === 'json_bi' ? `{"metadata":${JSON.stringify(metadata)},"rows":[` : '[')
  for (let from = 0; from < count && !answer.destroyed; from += 10_000) {
    const rows = Array.from({ length: Math.min(10_000, count - from) }, (_, index) => figure(from + index))
    await sent(answer, `${from === 0 ? '' : ','}${rows.join(',\n')}\n`)
  }
  answer.end(format === 'json_bi' ? ']}' : ']')
}

function answerOf(path, url) {
  if (path === '/login') return JSON.stringify({ access_token: 'T', token_type: 'Bearer', expires_in: 3600 })
  if (path === '/versions') return JSON.stringify({ looker_release_version: '26.12.0' })
  if (path === '/looks/1') return JSON.stringify({ id: '1', title: 'Month', query })
  if (path.startsWith('/lookml_models/')) return JSON.stringify(explore)
  return path.endsWith('/browses') ? balances(url) : null
}

const server = createServer((request, answer) => {
  const url = new URL(request.url, 'http://localhost')
  const path = url.pathname.replace('/api/4.0', '')
  request.resume()
  if (path === '/logout') return answer.writeHead(204).end()
  const format = /\/run\/(\w+)$/.exec(path)?.[1]
  const body = format === undefined ? answerOf(path, url) : ''
  answer.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' })
  if (format !== undefined) return stream(answer, format)
  answer.end(body ?? '{"message":"Not found"}')
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`))
process.on('SIGTERM', () => process.exit(0))
