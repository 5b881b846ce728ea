import { isUtf8 } from 'node:buffer'
import { escapedText, type Span } from './json.js'
import { unreadable } from './unfit.js'

/** The bytes without a byte-order mark. @throws MLC-I010 for another encoding than UTF-8 */
export function asUtf8(bytes: Uint8Array): Buffer {
  const all = bufferOf(bytes)
  const wide = [
    [0xff, 0xfe],
    [0xfe, 0xff],
  ].some((mark) => mark.every((byte, at) => all[at] === byte))
  if (wide) throw unreadable('it is UTF-16, not UTF-8')
  if (!isUtf8(all)) throw unreadable('it is not UTF-8')
  // No format has one, and a text of UTF-16 without its mark is half of them.
  if (all.includes(0)) throw unreadable('it holds zero bytes')
  return all[0] === 0xef && all[1] === 0xbb && all[2] === 0xbf ? all.subarray(3) : all
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * The bytes that a JSON text stands for. An attachment may be hundreds of megabytes: byte by byte, since a JavaScript string of
 * it would take twice as much, and of the largest there is none.
 */
export function decodeText(bytes: Buffer, { start, end }: Span): Buffer {
  // No escape is shorter than what it stands for.
  const decoded = Buffer.allocUnsafe(end - start)
  const last = end - 1
  let length = 0
  for (let at = start + 1; at < last;) {
    const found = bytes.indexOf(BACKSLASH, at)
    const escape = found === -1 || found > last ? last : found
    length += bytes.copy(decoded, length, at, escape)
    if (escape === last) break
    const short = SHORT.get(bytes[escape + 1] as number)
    at = short === undefined ? unicodeEnd(bytes, escape, last) : escape + 2
    if (short !== undefined) decoded[length++] = short
    else length += decoded.write(escapedText(bytes.toString('latin1', escape, at)), length, 'utf8')
  }
  return decoded.subarray(0, length)
}

/** Index after the `\\uXXXX` that follow each other: half of a pair needs its other half. */
function unicodeEnd(bytes: Buffer, start: number, last: number): number {
  let at = start
  while (at < last && bytes[at] === BACKSLASH && bytes[at + 1] === SMALL_U) at += 6
  return Math.min(at === start ? start + 2 : at, last)
}

const [BACKSLASH, SMALL_U] = [0x5c, 0x75]
const SHORT: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, meant]) => [letter.charCodeAt(0), meant.charCodeAt(0)],
  ),
)
