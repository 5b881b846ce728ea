const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The first `length` characters of the bytes in Crockford's base32 (5 bits a character, most significant first, no padding). */
export function crockford(bytes: Uint8Array, length: number): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5 && text.length < length) {
      bits -= 5
      text += CROCKFORD[(held >> bits) & 31] ?? ''
    }
    held &= (1 << bits) - 1
  }
  if (text.length < length) throw new RangeError(`${bytes.length} bytes do not fill ${length} characters`)
  return text
}
