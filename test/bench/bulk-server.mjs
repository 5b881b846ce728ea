import { createServer } from 'node:http'
import { sent } from './sent.mjs'

// A process of its own, so that its work is nobody's: a Looker with one Look of so many rows, held ready in memory.
// Argument: rows. A line of JSON with its port and the size of the body on stdout. `?rate=` of the address throttles.
const ROWS_HELD = 1_000_000
const rows = Number(process.argv[2])
const explore = { model: 'bulk', name: 'bulk' }
const FIELDS = [
  ['bulk.period', 'string'],
  ['bulk.plant', 'string'],
  ['bulk.account', 'string'],
  ['bulk.centre', 'string'],
  ['bulk.currency', 'string'],
  ['bulk.net', 'sum'],
  ['bulk.budget', 'sum'],
  ['bulk.lines', 'count'],
]
const isMeasure = ([, type]) => type !== 'string'
const names = FIELDS.map(([name]) => name)
const query = { id: '1', model: explore.model, view: explore.name, fields: names, filters: {}, sorts: [], limit: '500' }
const digits = (n, width) => String(n).padStart(width, '0')
const started = { held: null, marks: null }

function rowText(n) {
  const amount = `${n % 3 === 0 ? '-' : ''}${(n * 7919) % 100_000_000}.${digits(n % 100, 2)}`
  const exact = n % 1000 === 0 ? '865036070123456.78' : amount
  const text = [
    `2026-${digits((n % 12) + 1, 2)}`,
    `Plant ${n % 40}`,
    digits(n % 100_000, 5),
    `C${digits(n % 997, 4)}`,
    'USD',
  ]
  const cells = [...text.map((cell) => JSON.stringify(cell)), exact, `${n % 5000}.00`, String((n % 90) + 1)]
  return `{${cells.map((cell, at) => `"${names[at]}":${cell}`).join(',')}}`
}

/** The rows as one block; their first figures (`2026`) are changed from pass to pass, so that no two rows are alike. */
function hold() {
  const count = Math.min(rows, ROWS_HELD)
  const parts = []
  const marks = new Uint32Array(count)
  let at = 0
  for (let n = 0; n < count; n++) {
    const text = `${n === 0 ? '' : ','}${rowText(n)}\n`
    marks[n] = at + text.indexOf('2026')
    at += text.length
    parts.push(text)
  }
  return { block: Buffer.from(parts.join(''), 'latin1'), marks }
}

function* slices(sizeBytes) {
  started.held ??= hold()
  const { block, marks } = started.held
  for (let pass = 0, left = rows; left > 0; pass++) {
    const count = Math.min(left, marks.length)
    const year = Buffer.from(digits(2026 + pass, 4), 'latin1')
    for (const mark of marks) year.copy(block, mark)
    const end = count < marks.length ? block.indexOf('\n', marks[count - 1]) + 1 : block.length
    if (pass > 0) yield Buffer.from(',')
    for (let at = 0; at < end; at += sizeBytes) yield block.subarray(at, Math.min(end, at + sizeBytes))
    left -= count
  }
}

async function stream(answer, format, rate) {
  answer.writeHead(200, { 'content-type': 'application/json' })
  const metadata = { fields: { dimensions: [], measures: [] }, filters: {}, errors: [] }
  if (format === 'json_bi') answer.write(`{"metadata":${JSON.stringify(metadata)},"rows":`)
  answer.write('[')
  const began = performance.now()
  let bytes = 0
  for (const slice of slices(rate === null ? 1 << 20 : 1 << 16)) {
    await sent(answer, slice)
    if (answer.destroyed) return
    bytes += slice.length
    const dueMs = rate === null ? 0 : (bytes / (rate * bytesPerRow)) * 1000 - (performance.now() - began)
    if (dueMs > 1) await new Promise((resolve) => setTimeout(resolve, dueMs))
  }
  answer.end(format === 'json_bi' ? ']}' : ']')
}

const rate = { now: null }
const counts = { queries: 0, logins: 0 }
const exploreAnswer = {
  fields: {
    dimensions: FIELDS.filter((field) => !isMeasure(field)).map(([name, type]) => ({ name, label: name, type })),
    measures: FIELDS.filter(isMeasure).map(([name, type]) => ({ name, label: name, type })),
  },
}

/** QAD's masters, whole: every centre is an account here. */
function masters(url) {
  const browse = url.searchParams.get('browseId')
  const many = (count, row) => Array.from({ length: count }, (_, n) => row(n))
  const rows = {
    'urn:accounts': () => many(997, (n) => ({ code: `C${digits(n, 4)}` })),

    'urn:periods': () => many(24, (n) => ({ year: 2026 + Math.floor(n / 12), period: (n % 12) + 1 })),
  }
  const isFirst = Number(url.searchParams.get('page')) === 1
  return { data: isFirst ? rows[browse]() : [], auxillaryData: { HasMoreParams: 'false' } }
}

function reply(request, answer, json) {
  request.resume()
  answer.writeHead(200, { 'content-type': 'application/json' })
  answer.end(JSON.stringify(json))
}

const server = createServer((request, answer) => {
  const url = new URL(request.url, 'http://localhost')
  const path = url.pathname.replace('/api/4.0', '')
  if (path === '/bench/rate') rate.now = Number(url.searchParams.get('rows')) || null
  if (path.startsWith('/bench/')) return reply(request, answer, counts)
  if (path === '/login') counts.logins++
  if (path === '/login') return reply(request, answer, { access_token: 'T', token_type: 'Bearer', expires_in: 3600 })
  if (path === '/logout') return answer.writeHead(204).end()
  if (path === '/versions') return reply(request, answer, { looker_release_version: '26.12.0' })
  if (path === '/looks/1') return reply(request, answer, { id: '1', title: 'Bulk', query })
  if (path.endsWith('/browses')) return reply(request, answer, masters(url))
  if (path.startsWith('/lookml_models/')) return reply(request, answer, exploreAnswer)
  const format = /\/run\/(\w+)$/.exec(path)?.[1]
  if (format === undefined)
    return answer.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not found"}')
  counts.queries++
  request.resume()
  stream(answer, format, rate.now)
})
started.held = hold()
const bytesPerRow = started.held.block.length / started.held.marks.length
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ port: server.address().port, bytesPerRow })}\n`),
)
process.on('SIGTERM', () => process.exit(0))
