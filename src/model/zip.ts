import { crc32 } from 'node:zlib'

export interface ZipEntry {
  /** Relative, with `/`. */
  readonly name: string
  /** Bytes are stored as they are. */
  readonly text: string | Uint8Array
}

/**
 * A ZIP archive of a few small texts, stored and not compressed, so that any unpacker reads it and anybody can look through it.
 * (PKWARE APPNOTE.TXT 6.3: 4.3.7 local header, 4.3.12 central directory, 4.3.16 its end)
 * @param at the time of all entries, UTC
 * @param limits of the format without ZIP64
 * @throws RangeError for more than can be told in it: a reader would take what wraps around for another archive
 */
export function zip(entries: readonly ZipEntry[], at: Date, limits: ZipLimits = CLASSIC): Buffer {
  if (entries.length > limits.entries) throw tooLarge(`${entries.length} files, more than ${limits.entries}`)
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, text } of entries) {
    const path = Buffer.from(name, 'utf8')
    const body = typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text)
    const about = fieldsOf(path, body, at)
    const end = offset + LOCAL_BYTES + path.length + body.length
    if (end > limits.bytes) throw tooLarge(`more than ${limits.bytes} bytes up to ${name}`)
    const local = Buffer.concat([uint32(LOCAL), about, path, body])
    directory.push(Buffer.concat([uint32(CENTRAL), uint16(VERSION), about, centralTail(offset), path]))
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  if (offset + central.length > limits.bytes) throw tooLarge(`more than ${limits.bytes} bytes`)
  const counts = [uint16(0), uint16(0), uint16(entries.length), uint16(entries.length)]
  const end = [uint32(END), ...counts, uint32(central.length), uint32(offset), uint16(0)]
  return Buffer.concat([...parts, central, ...end])
}

export interface ZipLimits {
  readonly bytes: number
  readonly entries: number
}

/** Sizes and places have 32 bits, the count of files 16; the highest value of each says that ZIP64 is meant. */
const CLASSIC: ZipLimits = { bytes: 0xffff_fffe, entries: 0xfffe }

function tooLarge(found: string): RangeError {
  return new RangeError(`the archive would hold ${found}, which a zip cannot`)
}

/** Of a local header before its name. */
const LOCAL_BYTES = 30
const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
/** 2.0, made on MS-DOS: no Unix permissions are told. */
const VERSION = 20
const NAMES_ARE_UTF8 = 0x0800

/** The fields that the local header and the central directory have in common, in this order. */
function fieldsOf(path: Buffer, body: Buffer, at: Date): Buffer {
  const { time, day } = dosTime(at)
  const stored = uint16(0)
  const sizes = [uint32(body.length), uint32(body.length)]
  const lengths = [uint16(path.length), uint16(0)]
  const flags = [uint16(VERSION), uint16(NAMES_ARE_UTF8), stored, uint16(time), uint16(day)]
  return Buffer.concat([...flags, uint32(crc32(body)), ...sizes, ...lengths])
}

/** Comment length, disk, internal and external attributes, then where the local header stands. */
function centralTail(offset: number): Buffer {
  return Buffer.concat([uint16(0), uint16(0), uint16(0), uint32(0), uint32(offset)])
}

/** Two-second steps from 1980 on. */
function dosTime(at: Date): { readonly time: number; readonly day: number } {
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  const day = (Math.max(0, at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  return { time, day }
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}
