import { Buffer } from 'node:buffer'

/** Replaces every secret in a text by `[secret]`, as it is and in the forms in which it travels (see `formsOf`). */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length)
  if (forms.length === 0) return (text) => text
  const pattern = new RegExp(forms.map(escapeForPattern).join('|'), 'g')
  return (text) => text.replace(pattern, '[secret]')
}

/** Raw, percent-encoded, form-encoded, JSON-escaped, base64 (also in the middle of a longer text, as in a Basic header), hexadecimal. */
function formsOf(secret: string): string[] {
  if (secret === '') return []
  const bytes = Buffer.from(secret, 'utf8')
  const percent = percentEncodings(secret, bytes)
  const encoded = [...base64Forms(bytes), bytes.toString('hex'), bytes.toString('hex').toUpperCase()]
  // Encoded forms of a very short text occur by chance everywhere.
  return [secret, ...percent, ...jsonForms(secret), ...encoded.filter((form) => form.length >= 6)]
}

function percentEncodings(secret: string, bytes: Buffer): string[] {
  if (/\p{Cs}/u.test(secret)) return []
  const component = encodeURIComponent(secret)
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const strict = component.replace(/[!'()*]/g, (character) => `%${hex(character.charCodeAt(0), 2).toUpperCase()}`)
  const everyByte = [...bytes].map((byte) => `%${hex(byte, 2)}`).join('')
  return [component, form, strict, everyByte].flatMap((one) => [one, lowerEscapes(one), upperEscapes(one)])
}

function jsonForms(secret: string): string[] {
  const plain = JSON.stringify(secret).slice(1, -1)
  const ascii = plain.replace(/[^\x20-\x7e]/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
  return [plain, ascii].flatMap((form) => [form, form.replaceAll('/', '\\/')])
}

/** Base64 depends on where in the text the secret begins: three offsets, without the characters its neighbours share. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const first = Math.ceil((offset * 8) / 6)
    const last = Math.floor(((offset + bytes.length) * 8) / 6)
    const form = whole.slice(first, last)
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-Fa-f]{2}/g, (escape) => escape.toLowerCase())
}

function upperEscapes(text: string): string {
  return text.replace(/%[0-9A-Fa-f]{2}/g, (escape) => escape.toUpperCase())
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
