import { crockford } from './base32.js'

/**
 * A run's id: a ULID, 10 characters of milliseconds and 16 of randomness, so ids sort by time.
 * @param random 10 random bytes
 */
export function runId(timeMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(17)
  // 26 characters hold 130 bits: two leading zero bits, 48 bits of time, 80 bits of randomness.
  let bits = BigInt(timeMs) << 80n
  for (const [index, byte] of random.entries()) bits |= BigInt(byte) << BigInt(8 * (9 - index))
  bits <<= 6n
  for (let index = 16; index >= 0; index--) {
    bytes[index] = Number(bits & 255n)
    bits >>= 8n
  }
  return crockford(bytes, 26)
}

export function isRunId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
}
