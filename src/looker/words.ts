/** Looker's own text as it may stand in a message: one line, no control characters, shortened. */
export function quote(text: string, longest = 300): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
  return line.length <= longest ? line : `${line.slice(0, longest)}…`
}

/** What the body of an error says: Looker's message, then each entry of errors[]. Empty when it is not Looker's JSON. */
export function errorText(body: string): string {
  const parsed = parseObject(body)
  if (parsed === null) return ''
  const details = Array.isArray(parsed['errors']) ? parsed['errors'].map((detail) => detailText(detail)) : []
  return [asText(parsed['message']), ...details].filter((part) => part !== '').join('; ')
}

/** Takes credentials out of a text: a server may repeat them in an answer that is good, too. */
export type Redact = (text: string) => string

/** One entry of an errors[] list, whatever its shape; without credentials before it is shortened. */
export function detailText(detail: unknown, redact: Redact = (text) => text): string {
  if (typeof detail === 'string') return quote(redact(detail))
  if (!isObject(detail)) return quote(redact(JSON.stringify(detail) ?? 'nothing'))
  const { field, message, message_details: more, error } = detail
  const [where, ...parts] = [field, message, more, error].map((part) => asText(part, redact))
  const said = parts.filter((part) => part !== '').join(': ')
  return where ? `${where}: ${said}` : said
}

/** The JSON object that a text is; null when it is anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  const parsed = parseText(text)
  return isObject(parsed) ? parsed : null
}

/** What a JSON text says; undefined when it is not JSON. */
export function parseText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asText(value: unknown, redact: Redact = (text) => text): string {
  return typeof value === 'string' ? quote(redact(value)) : ''
}
