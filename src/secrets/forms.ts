import { Buffer } from 'node:buffer'

/**
 * The forms in which a secret travels: as it is, percent- and form-encoded (percent twice), escaped in JSON (also in JSON within JSON) and in
 * XML, in base64 (also in the middle of a longer text, as in a Basic header) and hexadecimal. Each once.
 */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const encoded = [...base64Forms(bytes), bytes.toString('hex'), bytes.toString('hex').toUpperCase()]
  // Encoded forms of a very short text occur by chance everywhere.
  const telling = encoded.filter((form) => form.length >= 6)
  return [...new Set([secret, ...percentForms(secret, bytes), ...jsonForms(secret), ...xmlForms(secret), ...telling])]
}

function percentForms(secret: string, bytes: Buffer): string[] {
  if (/\p{Cs}/u.test(secret)) return []
  const component = encodeURIComponent(secret)
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const strict = component.replace(/[!'()*]/g, (character) => `%${hex(character.charCodeAt(0), 2).toUpperCase()}`)
  const everyByte = [...bytes].map((byte) => `%${hex(byte, 2)}`).join('')
  const once = [component, form, strict, everyByte].flatMap((one) => [
    one,
    escapesIn(one, lower),
    escapesIn(one, upper),
  ])
  return [...once, ...once.map((one) => one.replaceAll('%', '%25'))]
}

function jsonForms(secret: string): string[] {
  const plain = inJson(secret)
  const ascii = plain.replace(/[^\x20-\x7e]/g, unit)
  // Gson and others write what means something to HTML so, in small letters or capitals.
  const forHtml = ascii.replace(/[<>&'=]/g, unit)
  const once = [plain, ascii, forHtml, forHtml.replace(/\\u[0-9a-f]{4}/g, (one) => `\\u${upper(one.slice(2))}`)]
  const slashed = once.flatMap((form) => [form, form.replaceAll('/', '\\/')])
  return [...slashed, ...slashed.map(inJson)]
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function unit(character: string): string {
  return `\\u${hex(character.charCodeAt(0), 4)}`
}

function xmlForms(secret: string): string[] {
  const few = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const more = few.replaceAll('>', '&gt;')
  const quoted = more.replaceAll('"', '&quot;')
  const named = [few, more, quoted, quoted.replaceAll("'", '&apos;')]
  const numbered = [quoted.replaceAll("'", '&#39;'), quoted.replaceAll("'", '&#x27;'), more.replaceAll('"', '&#34;').replaceAll("'", '&#39;')] // prettier-ignore
  const once = [...named, ...numbered]
  return [...once, ...once.map((one) => one.replaceAll('&', '&amp;'))]
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
    const forUrl = form.replaceAll('+', '-').replaceAll('/', '_')
    return [form, forUrl, form.replaceAll('/', '\\/'), encodeURIComponent(form)]
  })
}

function escapesIn(text: string, change: (digits: string) => string): string {
  return text.replace(/%[0-9A-Fa-f]{2}/g, change)
}

function lower(text: string): string {
  return text.toLowerCase()
}

function upper(text: string): string {
  return text.toUpperCase()
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
