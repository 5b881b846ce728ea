import { deflateRawSync } from 'node:zlib'
import { MlcError } from '../../../src/errors.js'
import { readDelivery } from '../../../src/looker/delivery/delivery.js'
import type { LabelledField } from '../../../src/looker/delivery/columns.js'
import { deliveredSource } from '../../../src/looker/delivery/source.js'
import type { Row } from '../../../src/model/row.js'

/** What the job wants: its columns, and what an Explore would tell of their labels. */
export interface Wanted {
  readonly measures?: readonly string[]
  readonly dimensions?: readonly string[]
  readonly fields?: readonly LabelledField[]
  /** What Looker answers instead of fields. */
  readonly denied?: MlcError
  readonly filters?: Readonly<Record<string, string>>
  readonly explore?: { readonly model: string; readonly explore: string }
}

/** The rows that a delivery gives for a job, or the code it is refused with. */
export async function take(body: string | Uint8Array, wanted: Wanted = {}): Promise<readonly Row[] | string> {
  try {
    return await rowsOf(body, wanted)
  } catch (error) {
    if (error instanceof MlcError) return error.code
    throw error
  }
}

/** As `take`, with what the refusal says. */
export async function refusal(body: string | Uint8Array, wanted: Wanted = {}): Promise<string> {
  try {
    await rowsOf(body, wanted)
    return 'taken'
  } catch (error) {
    if (error instanceof MlcError) return `${error.code} ${error.message}`
    throw error
  }
}

async function rowsOf(body: string | Uint8Array, wanted: Wanted): Promise<readonly Row[]> {
  const { measures = ['gl.net'], dimensions = ['gl.account'], fields, filters = {}, explore = null } = wanted
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const labels = async () => {
    if (fields) return fields
    if (wanted.denied) throw wanted.denied
    throw new MlcError('MLC-C012', 'mlc.yaml has no section looker')
  }
  const source = deliveredSource(readDelivery(bytes), { measures, dimensions, explore, labels, receivedAt: NOW })
  const spec = {
    look: null,
    query: null,
    slug: null,
    filters,
    sorts: [],
    timeZone: null,
    paging: 'auto',
    limit: 'all',
  } as const
  const rows: Row[] = []
  const stream = source.rows(spec, await source.describe(spec))
  for await (const batch of stream) rows.push(...batch)
  if (stream.result().rows !== rows.length) throw new Error('the count of rows is another than the rows')
  return rows
}

const NOW = '2026-08-03T06:15:07Z'

export interface ZipOptions {
  readonly method?: 0 | 8
  readonly flags?: number
  /** Unix mode, as a zip made on Unix tells it. */
  readonly mode?: number
  readonly comment?: string
  /** The size that its directory claims of each file. */
  readonly claims?: number
}

/** A zip of files, packed as Looker packs them. */
export function zipOf(files: Readonly<Record<string, string | Buffer>>, options: ZipOptions = {}): Buffer {
  const { method = 8, flags = 0x0808, mode = 0o100644, comment = '', claims } = options
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content)
    const packed = method === 8 ? deflateRawSync(bytes) : bytes
    const sizes = [word(crc(bytes)), word(packed.length), word(claims ?? bytes.length)]
    const about = fields(flags, method, sizes, Buffer.byteLength(name))
    const local = Buffer.concat([word(0x04034b50), about, Buffer.from(name), packed])
    const tail = Buffer.concat([half(0), half(0), half(0), word((mode << 16) >>> 0), word(offset)])
    directory.push(Buffer.concat([word(0x02014b50), half(0x031e), about, half(0), tail.subarray(2), Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const counts = [half(0), half(0), half(directory.length), half(directory.length)]
  const end = [
    word(0x06054b50),
    ...counts,
    word(central.length),
    word(offset),
    half(comment.length),
    Buffer.from(comment),
  ]
  return Buffer.concat([...locals, central, ...end])
}

function fields(flags: number, method: number, sizes: readonly Buffer[], name: number): Buffer {
  return Buffer.concat([half(20), half(flags), half(method), half(0), half(0), ...sizes, half(name), half(0)])
}

function half(value: number): Buffer {
  return Buffer.from([value & 255, (value >>> 8) & 255])
}

function word(value: number): Buffer {
  return Buffer.concat([half(value & 0xffff), half(value >>> 16)])
}

/** CRC-32 bit by bit, by another way than the code under test. */
function crc(bytes: Buffer): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}
