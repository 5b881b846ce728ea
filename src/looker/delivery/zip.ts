import { crc32, inflateRawSync } from 'node:zlib'
import { quote } from '../words.js'
import { unreadable } from './unfit.js'

/** A file of a zip. Its name is text to be shown, never a path. */
export interface ZippedFile {
  readonly name: string
  /** Unpacks it. @throws MLC-I010 when it is not what the directory promises */
  readonly bytes: () => Buffer
}

const MAX_ENTRIES = 50
const MAX_BYTES = 100 * 1024 * 1024
const MAX_RATIO = 100

/**
 * The files of a zip, by its central directory, which is believed only where it holds together: nothing is unpacked before
 * count, sizes and places of all entries have been looked at. (PKWARE APPNOTE.TXT 6.3, 4.3.12 and 4.3.16)
 * @throws MLC-I010
 */
export function readZip(zip: Buffer): readonly ZippedFile[] {
  const end = endOf(zip)
  const count = zip.readUInt16LE(end + 10)
  const [size, start] = [zip.readUInt32LE(end + 12), zip.readUInt32LE(end + 16)]
  const isSplit = zip.readUInt16LE(end + 4) !== 0 || zip.readUInt16LE(end + 6) !== 0
  if (isSplit || zip.readUInt16LE(end + 8) !== count) throw broken('it is one part of several')
  if (count === 0xffff || size === HUGE || start === HUGE) throw broken('it is a zip64')
  if (count > MAX_ENTRIES) throw broken(`it has ${count} entries, more than ${MAX_ENTRIES}`)
  if (start + size !== end) throw broken('its directory is not where it should be')
  const entries = readEntries(zip, start, end, count)
  checkSizes(entries)
  checkPlaces(entries, start)
  if (new Set(entries.map(({ name }) => name)).size !== entries.length) throw broken('two entries have one name')
  const files = entries.filter(({ name }) => !name.endsWith('/'))
  return files.map((entry) => ({ name: entry.name, bytes: () => unpack(zip, entry) }))
}

interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  /** Of its local header. */
  readonly offset: number
  /** Of its bytes, which follow that header. */
  readonly from: number
}

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50]
const [LOCAL_LENGTH, CENTRAL_LENGTH, END_LENGTH] = [30, 46, 22]
const [STORED, DEFLATED] = [0, 8]
const HUGE = 0xffffffff
/** Encrypted, patched, strongly encrypted, masked. */
const UNFIT_FLAGS = 0x0001 | 0x0020 | 0x0040 | 0x2000
const NAME_IS_UTF8 = 0x0800
const [UNIX, LINK, KIND] = [3, 0o120000, 0o170000]

/** Its comment may be up to 65,535 bytes, and ends where the zip does. */
function endOf(zip: Buffer): number {
  const lowest = Math.max(0, zip.length - END_LENGTH - 0xffff)
  for (let at = zip.length - END_LENGTH; at >= lowest; at--) {
    if (zip.readUInt32LE(at) === END && at + END_LENGTH + zip.readUInt16LE(at + 20) === zip.length) return at
  }
  throw broken('it has no end, or something follows it')
}

function readEntries(zip: Buffer, start: number, end: number, count: number): readonly Entry[] {
  const entries: Entry[] = []
  let at = start
  for (let index = 0; index < count; index++) {
    if (at + CENTRAL_LENGTH > end || zip.readUInt32LE(at) !== CENTRAL) throw broken('its directory is broken')
    const length = CENTRAL_LENGTH + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
    if (at + length > end) throw broken('its directory is broken')
    entries.push(readEntry(zip, at))
    at += length
  }
  if (at !== end) throw broken('its directory holds more than its entries')
  return entries
}

function readEntry(zip: Buffer, at: number): Entry {
  const [flags, method] = [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10)]
  const [packed, size, offset] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 42)]
  const name = nameOf(zip, at + CENTRAL_LENGTH, zip.readUInt16LE(at + 28), flags)
  const says = (what: string) => broken(`its entry ${quote(name, 80)} ${what}`)
  if ((flags & UNFIT_FLAGS) !== 0) throw says('is encrypted or patched')
  if (method !== STORED && method !== DEFLATED) throw says(`is packed by method ${method}`)
  if ([packed, size, offset].includes(HUGE)) throw says('is of a zip64')
  if (zip[at + 5] === UNIX && ((zip.readUInt32LE(at + 38) >>> 16) & KIND) === LINK) throw says('is a link')
  const header = offset + LOCAL_LENGTH
  if (header > zip.length || zip.readUInt32LE(offset) !== LOCAL) throw says('is not where the directory says')
  const named = zip.readUInt16LE(offset + 26)
  const isSame = zip.subarray(header, header + named).equals(zip.subarray(at + CENTRAL_LENGTH).subarray(0, named))
  if (named !== zip.readUInt16LE(at + 28) || !isSame) throw says('has another name at its place')
  if (zip.readUInt16LE(offset + 8) !== method) throw says('is packed otherwise than the directory says')
  const from = header + named + zip.readUInt16LE(offset + 28)
  return { name, method, crc: zip.readUInt32LE(at + 16), packed, size, offset, from }
}

function nameOf(zip: Buffer, at: number, length: number, flags: number): string {
  const name = zip.toString((flags & NAME_IS_UTF8) === 0 ? 'latin1' : 'utf8', at, at + length)
  const isStep = name.split(/[/\\]/).includes('..')
  if (name === '' || isStep || /^[/\\]|^[A-Za-z]:|[\0\\]/.test(name))
    throw broken(`it has an entry named ${quote(name, 80) || 'nothing'}`)
  return name
}

function checkSizes(entries: readonly Entry[]): void {
  const total = entries.reduce((sum, { size }) => sum + size, 0)
  if (total > MAX_BYTES) throw broken(`it unpacks to ${total} bytes, more than 100 MiB`)
  const bomb = entries.find(({ packed, size }) => size > packed * MAX_RATIO)
  if (bomb) throw broken(`its entry ${quote(bomb.name, 80)} is packed more than ${MAX_RATIO} to 1`)
}

/** One place may not be the bytes of two entries: that is how a small zip unpacks to millions of times its size. */
function checkPlaces(entries: readonly Entry[], directory: number): void {
  let free = 0
  for (const { name, offset, from, packed } of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (offset < free) throw broken(`its entry ${quote(name, 80)} overlaps another one`)
    free = from + packed
    if (free > directory) throw broken(`its entry ${quote(name, 80)} ends behind its directory begins`)
  }
}

function unpack(zip: Buffer, { name, method, crc, packed, size, from }: Entry): Buffer {
  const stored = zip.subarray(from, from + packed)
  const bytes = method === STORED ? stored : inflated(stored, size, name)
  if (bytes.length !== size || crc32(bytes) !== crc)
    throw broken(`its entry ${quote(name, 80)} unpacks to something else than the directory says`)
  return bytes
}

function inflated(stored: Buffer, size: number, name: string): Buffer {
  try {
    return inflateRawSync(stored, { maxOutputLength: Math.max(1, size) })
  } catch {
    throw broken(`its entry ${quote(name, 80)} cannot be unpacked to the size that the directory says`)
  }
}

function broken(what: string): Error {
  return unreadable(`of the zip, ${what}`)
}
