import { MlcError } from '../../errors.js'
import type { SavedQuery } from '../query.js'
import { quote } from '../words.js'
import { asUtf8, bufferOf, decodeText } from './bytes.js'
import { csvTable } from './csv-table.js'
import { readEnvelope, type Attachment, type DeliveredPlan, type Envelope } from './envelope.js'
import { createJsonReader } from './json.js'
import { jsonTable } from './json-table.js'
import type { Table } from './table.js'
import { unreadable } from './unfit.js'
import { readZip } from './zip.js'

/** What a scheduled plan delivered: by webhook with an envelope around it, or as a bare file. */
export interface Delivery {
  /** `inline_json`, `json`, `json_detail`, `csv`, `csv_zip`, or the name of one that cannot be posted, such as `pdf`. */
  readonly format: string
  readonly plan: DeliveredPlan
  /** The query that the plan ran; null when the delivery does not tell it. */
  readonly query: SavedQuery | null
  /** Nothing was delivered and no query is told: the test button of Looker. */
  readonly isEmpty: boolean
  /** The tables delivered: one, or as many as a zip has. @throws MLC-I010, MLC-I011, MLC-I014 */
  tables(): Promise<readonly Table[]>
}

/**
 * Reads one delivered body, whatever Looker put it into. Only the envelope is looked at; the rows are read by `tables`, so that
 * a delivery that merely says that a plan ran need not have any.
 * @throws MLC-I010 when it is broken, or in another encoding than UTF-8
 */
export function readDelivery(bytes: Uint8Array): Delivery {
  const raw = bufferOf(bytes)
  const binary = SIGNATURES.find(({ begins }) => raw.subarray(0, begins.length).equals(begins))
  if (binary) return fileOf(binary.format, raw)
  const text = asUtf8(raw)
  const first = text.toString('latin1', 0, 64).trimStart()[0] ?? ''
  const envelope = first === '{' ? readEnvelope(text) : null
  if (envelope !== null) return deliveryOf(envelope, text)
  const format = formatOfText(text, first)
  if (format === 'csv') refuseCut(text)
  return fileOf(format, text)
}

const NO_PLAN: DeliveredPlan = { id: null, title: null, kind: null, url: null, differsFromLook: false }

function fileOf(format: string, bytes: Buffer): Delivery {
  return { format, plan: NO_PLAN, query: null, isEmpty: false, tables: async () => tablesOf(format, bytes) }
}

/** How files begin that are no text. */
const SIGNATURES = [
  { format: 'csv_zip', begins: Buffer.from('PK\x03\x04', 'latin1') },
  { format: 'csv_zip', begins: Buffer.from('PK\x05\x06', 'latin1') },
  { format: 'pdf', begins: Buffer.from('%PDF', 'latin1') },
  { format: 'png', begins: Buffer.from('\x89PNG', 'latin1') },
  { format: 'gzip', begins: Buffer.from('\x1f\x8b', 'latin1') },
  { format: 'xls', begins: Buffer.from('\xd0\xcf\x11\xe0', 'latin1') },
]

function formatOfText(text: Buffer, first: string): string {
  if (first === '<') return 'html'
  if (first === '[' || first === '"') return 'json'
  if (first === '{') return 'json_detail'
  if (text.length === 0) throw unreadable('it is empty')
  return 'csv'
}

/**
 * Of a bare file nothing else tells where it ends: cut within an amount it would be another figure. Looker ends every line, the
 * last one as well.
 */
function refuseCut(csv: Buffer): void {
  if (csv.at(-1) === LINE_FEED) return
  throw new MlcError('MLC-I014', 'the delivery is not whole: its last line has no end, as of a file that was cut', {
    fix: 'Wait until it is copied, or have it delivered again; a CSV ends with a line end.',
  })
}

const LINE_FEED = 0x0a

function deliveryOf(envelope: Envelope, json: Buffer): Delivery {
  const { plan, query, attachment, data } = envelope
  if (attachment?.data && data) throw unreadable('it has figures at two places, in attachment and in data')
  const about = { plan, query }
  if (attachment?.data) {
    const { data: span } = attachment
    const format = formatOf(attachment, json[span.start] === QUOTE)
    const content = () => (json[span.start] === QUOTE ? decodeText(json, span) : json.subarray(span.start, span.end))
    const bytes = () => (isBase64(attachment, format) ? fromBase64(content()) : content())
    return { ...about, format, isEmpty: false, tables: async () => tablesOf(format, bytes()) }
  }
  if (data) {
    const isText = json[data.start] === QUOTE
    const content = () => (isText ? decodeText(json, data) : json.subarray(data.start, data.end))
    const format = isText ? 'json' : json[data.start] === OPEN ? 'json_detail' : 'inline_json'
    return { ...about, format, isEmpty: false, tables: async () => tablesOf(format, content()) }
  }
  return { ...about, format: 'inline_json', isEmpty: query === null, tables: async () => [NO_ROWS] }
}

const [QUOTE, OPEN] = [0x22, 0x7b]
const NO_ROWS: Table = { name: null, columns: [], first: null, fields: null, notes: [], rows: () => [] }

/** By what the attachment says it is; an extension of its own that is not known is named as it is. */
function formatOf({ mimetype, extension }: Attachment, isText: boolean): string {
  const told = `${extension} ${mimetype}`
  const known = KNOWN.find(([pattern]) => pattern.test(told))
  if (known) return known[1]
  if (!isText || told.trim() === '') return 'json'
  return quote(extension || mimetype, 40)
}

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/xls|spreadsheet|excel/, 'xlsx'],
  [/zip/, 'csv_zip'],
  [/csv/, 'csv'],
  [/json/, 'json'],
  [/pdf/, 'pdf'],
  [/html/, 'html'],
  [/png|image/, 'png'],
  [/txt|text\/plain/, 'txt'],
]

function isBase64({ mimetype }: Attachment, format: string): boolean {
  return mimetype.endsWith(';base64') || format === 'csv_zip'
}

function fromBase64(content: Buffer): Buffer {
  // Looker breaks its lines every 60 characters.
  const text = content.toString('latin1').replace(/[\r\n]+/g, '')
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw unreadable('its attachment is no base64')
  return Buffer.from(text, 'base64')
}

async function tablesOf(format: string, bytes: Buffer): Promise<readonly Table[]> {
  if (format === 'csv') return [await csvTable(asUtf8(bytes), null)]
  if (format === 'csv_zip') return zipTables(bytes)
  if (format === 'json' || format === 'json_detail' || format === 'inline_json') return [jsonTable(innerJson(bytes))]
  throw notPostable(format)
}

/** A list of rows may come as a text that holds the list. */
function innerJson(bytes: Buffer): Buffer {
  const json = asUtf8(bytes)
  const reader = createJsonReader(json)
  if (reader.peek() !== '"') return json
  const span = reader.skip()
  reader.end()
  return asUtf8(decodeText(json, span))
}

async function zipTables(bytes: Buffer): Promise<readonly Table[]> {
  const files = readZip(bytes)
  if (files.some(({ name }) => name === '[Content_Types].xml')) throw notPostable('xlsx')
  const sheets = files.filter(({ name }) => /\.csv$/i.test(name))
  if (sheets.length === 0) throw unreadable(`of the zip, no file is a .csv (${files.length} files)`)
  const tables: Table[] = []
  for (const { name, bytes: unpacked } of sheets) {
    const csv = asUtf8(unpacked())
    // A tile without rows is delivered as a file without text.
    if (csv.length > 0) tables.push(await csvTable(csv, name))
  }
  return tables
}

function notPostable(format: string): MlcError {
  return new MlcError('MLC-I011', `the delivery is ${format}, from which no figure can be taken`)
}
