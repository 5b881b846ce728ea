import { MlcError } from '../../../src/errors.js'
import { createEnvelopeJudge } from '../../../src/ingest/envelope.js'
import { take, zipOf } from './take.js'
import { seeded } from '../../support/seeded.js'

/** What became of bodies that were changed at random. */
export interface Mutated {
  readonly tried: number
  /** Whose rows were figures all the same. */
  readonly taken: number
  readonly slowestMs: number
  /** Seed and fault of each that ended otherwise than taken or refused, took a second, or changed a prototype. */
  readonly faults: readonly string[]
}

/**
 * Changes bodies of every shape that Looker delivers, and gives each to the two who read it: the endpoint while it arrives, and
 * the reader of deliveries after that. The same seed makes the same bodies.
 */
export async function mutate(count: number, firstSeed = 1): Promise<Mutated> {
  const before = prototypes()
  const faults: string[] = []
  let [taken, slowestMs] = [0, 0]
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const body = mutated(seed)
    const started = performance.now()
    try {
      readInPieces(body, seed)
      if (Array.isArray(await take(body, WANTED))) taken++
    } catch (error) {
      if (!(error instanceof MlcError)) faults.push(`${seed}: ${String(error)}`)
    }
    const ms = performance.now() - started
    slowestMs = Math.max(slowestMs, ms)
    if (ms > 1_000) faults.push(`${seed}: took ${Math.round(ms)} ms`)
    if (seed % 1_000 === 0 && prototypes() !== before) faults.push(`${seed}: a prototype is another`)
  }
  if (prototypes() !== before) faults.push('a prototype is another')
  return { tried: count, taken, slowestMs, faults }
}

const WANTED = { fields: [{ name: 'gl.account', labels: ['Account'] }] }

/** As it arrives: in pieces that end anywhere. */
function readInPieces(body: Buffer, seed: number): void {
  const judge = createEnvelopeJudge()
  const at = seed % (body.length + 1)
  if (judge.push(body.subarray(0, at)) === null && judge.push(body.subarray(at)) === null) judge.end()
}

export function mutated(seed: number): Buffer {
  const random = seeded(seed)
  const pick = (below: number) => Math.floor(random() * below)
  let body: Buffer = SHAPES[pick(SHAPES.length)] ?? Buffer.alloc(0)
  for (let changes = 1 + pick(4); changes > 0; changes--) body = changed(body, pick)
  return body
}

type Pick = (below: number) => number

function changed(body: Buffer, pick: Pick): Buffer {
  const at = pick(body.length + 1)
  const length = pick(pick(4) === 0 ? body.length : 8)
  const [head, part, tail] = [body.subarray(0, at), body.subarray(at, at + length), body.subarray(at + length)]
  const other = SHAPES[pick(SHAPES.length)] ?? part
  switch (pick(7)) {
    case 0:
      return Buffer.concat([head, Buffer.from([pick(256)]), body.subarray(at + 1)])
    case 1:
      return Buffer.concat([head, tail])
    case 2:
      return Buffer.concat([head, part, part, tail])
    case 3:
      return Buffer.concat([head, Buffer.from(TOKENS[pick(TOKENS.length)] ?? ''), tail])
    case 4:
      return Buffer.concat([head, Buffer.from(TOKENS[pick(TOKENS.length)] ?? ''), body.subarray(at)])
    case 5:
      return head
    default:
      return Buffer.concat([head, other.subarray(pick(other.length), pick(other.length)), tail])
  }
}

const TOKENS: readonly string[] = [
  ...['"', '{', '}', '[', ']', ',', ':', '\\', '\n', '\r\n', '\u0000', '\ufeff', '\ufffd', 'null', 'true', '-', '""'],
  ...['"__proto__":{"polluted":1},', '"constructor":{"prototype":{"polluted":1}},', '__proto__', 'toString', '\\u0000'],
  ...['\\ud800', '1e999', '-0', '1e-999', '00', '9'.repeat(400), '['.repeat(100), '{"a":'.repeat(100), '\\"', '=cmd()'],
  ...[
    '1.234,56',
    '$1',
    '(5)',
    'NaN',
    'Infinity',
    '"data":[],',
    '"attachment":null,',
    'é',
    '🔑',
    'PK\u0003\u0004',
    ';base64',
  ],
]

const ROWS = [
  { 'gl.account': '5010', 'gl.net': 412880.15 },
  { 'gl.account': '5020', 'gl.net': -198402.6 },
]
const CSV = 'Account,gl.net\n5010,412880.15\n5020,-198402.60\n'
const PLAN = {
  scheduled_plan_id: '12',
  title: 'GL',
  type: 'Look',
  url: 'https://acme.looker.com/looks/42',
  query_id: 7,
}
const QUERY = {
  id: '7',
  model: 'finance',
  view: 'gl',
  fields: ['gl.account', 'gl.net'],
  filters: { a: 'b' },
  limit: '500',
}
const DETAIL = {
  fields: { dimensions: [{ name: 'gl.account', label: 'Account' }], measures: [{ name: 'gl.net', label: 'Net' }] },
  data: [{ 'gl.account': { value: '5010' }, 'gl.net': { value: 412880.15, rendered: '$412,880.15' } }],
}
const attached = (mimetype: string, extension: string, data: unknown) => ({ mimetype, extension, data })
const envelope = (attachment: unknown, data: unknown, query: unknown = QUERY, type = 'query') =>
  JSON.stringify({ type, scheduled_plan: { ...PLAN, query }, attachment, data, form_params: {} })
const ZIP = zipOf({ 'dashboard-gl/tile.csv': CSV, 'dashboard-gl/other.csv': 'a\n1\n' })

/** Those of Looker's webhooks and files: rows as list or text, at both places, with and without a query. */
const TEXTS: readonly string[] = [
  envelope(null, ROWS),
  envelope(null, JSON.stringify(ROWS)),
  envelope(null, DETAIL),
  envelope(attached('application/json', 'json', JSON.stringify(ROWS)), null),
  envelope(attached('application/json', 'json', ROWS), null),
  envelope(attached('application/json', 'json', JSON.stringify(DETAIL)), null),
  envelope(attached('text/csv', 'csv', CSV), null),
  envelope(attached('application/zip;base64', 'zip', ZIP.toString('base64')), null, null, 'dashboard'),
  envelope(attached('application/pdf;base64', 'pdf', 'JVBERi0xLjQ='), null),
  envelope(null, null, null),
  JSON.stringify(ROWS),
  JSON.stringify(DETAIL),
  CSV,
]

const SHAPES: readonly Buffer[] = [...TEXTS.map((text) => Buffer.from(text)), ZIP]

/** All that objects of this process inherit. */
function prototypes(): string {
  const all = [Object, Array, String, Number, Boolean, Function, Map, Set, RegExp, Promise, Buffer]
  return all.map(({ prototype }) => Object.getOwnPropertyNames(prototype).sort().join()).join('\n')
}
