import { MlcError } from '../../errors.js'
import { readJson, type Json } from './json.js'

/** A request of the capture with its answer. What is missing from the capture is empty. */
export interface Exchange {
  /** From 1, in order of time. */
  readonly number: number
  readonly method: string
  readonly url: URL
  /** Names in lower case; the values of one name joined as HTTP does. Without the pseudo headers of HTTP/2. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly bodyType: string
  /** 0: the browser got no answer. */
  readonly status: number
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly answer: string
  /** The answer as JSON; null when it is none. Read when first asked for. */
  json(): Json | null
  /** The request's body as JSON; null when it is none. */
  bodyJson(): Json | null
  /** Values of the capture's own lists of cookies. */
  readonly cookies: readonly string[]
}

/**
 * The exchanges of an HTTP archive (HAR 1.2) as Chrome, Edge, Firefox and Safari save it. Bodies are decoded; what is no http
 * address is left out.
 * @throws MLC-Q017 when it is no such archive; nothing of it is quoted
 */
export function readHar(text: string, file: string): readonly Exchange[] {
  const log = member(parseHar(text, file), 'log')
  const entries = member(log, 'entries')
  if (!Array.isArray(entries)) {
    throw new MlcError('MLC-Q017', `${file} is JSON, but no HTTP archive: it has no log.entries`)
  }
  const found = (entries as readonly unknown[]).flatMap(exchangeOf)
  const isTimed = found.every(({ at }) => !Number.isNaN(at))
  const ordered = isTimed ? [...found].sort((a, b) => a.at - b.at) : found
  return ordered.map(({ exchange }, index) => ({ ...exchange, number: index + 1 }))
}

function parseHar(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  } catch {
    // Its message quotes the text.
    throw new MlcError('MLC-Q017', `${file} is not valid JSON, or breaks off`)
  }
}

interface Timed {
  readonly at: number
  readonly exchange: Exchange
}

function exchangeOf(entry: unknown): readonly Timed[] {
  const [request, response] = [member(entry, 'request'), member(entry, 'response')]
  const address = word(member(request, 'url'))
  if (!URL.canParse(address)) return []
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return []
  const headers = headersOf(member(request, 'headers'))
  const post = member(request, 'postData')
  const body = bodyOf(post, headers['content-type'] ?? '')
  const answer = answerOf(member(response, 'content'))
  const status = member(response, 'status')
  const exchange: Exchange = {
    ...{ number: 0, url, headers, body, answer },
    method: word(member(request, 'method')).toUpperCase(),
    bodyType: (word(member(post, 'mimeType')) || (headers['content-type'] ?? '')).toLowerCase(),
    status: typeof status === 'number' ? status : 0,
    answerHeaders: headersOf(member(response, 'headers')),
    json: once(answer),
    bodyJson: once(body),
    cookies: [request, response].flatMap((side) => listed(member(side, 'cookies')).map(({ value }) => value)),
  }
  return [{ at: Date.parse(word(member(entry, 'startedDateTime'))), exchange }]
}

function once(text: string): () => Json | null {
  let read: { readonly value: Json } | null | undefined
  return () => (read ??= /^\uFEFF?\s*[[{]/.test(text) ? readJson(text) : null)?.value ?? null
}

function headersOf(list: unknown): Readonly<Record<string, string>> {
  const found = new Map<string, string>()
  for (const { name, value } of listed(list)) {
    if (name.startsWith(':')) continue
    const before = found.get(name.toLowerCase())
    // Several cookies may be set by one answer; a comma may stand inside one.
    found.set(name.toLowerCase(), before === undefined ? value : `${before}\n${value}`)
  }
  return Object.fromEntries(found)
}

function listed(list: unknown): readonly { readonly name: string; readonly value: string }[] {
  if (!Array.isArray(list)) return []
  return (list as readonly unknown[]).map((one) => ({
    name: word(member(one, 'name')),
    value: word(member(one, 'value')),
  }))
}

/** Forms are kept as a list by some browsers, and older ones put the headers of the form before it. */
function bodyOf(post: unknown, contentType: string): string {
  const text = decoded(word(member(post, 'text')), member(post, 'encoding'))
  if (text === '')
    return new URLSearchParams(
      listed(member(post, 'params')).map(({ name, value }): [string, string] => [name, value]),
    ).toString()
  const isForm = /x-www-form-urlencoded/i.test(word(member(post, 'mimeType')) || contentType)
  return isForm && /^content-/i.test(text) ? text.slice(text.lastIndexOf('\r\n\r\n') + 4) : text
}

function answerOf(content: unknown): string {
  return decoded(word(member(content, 'text')), member(content, 'encoding'))
}

function decoded(text: string, encoding: unknown): string {
  return encoding === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text
}

function member(value: unknown, name: string): unknown {
  const isHolder = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
  return isHolder ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
