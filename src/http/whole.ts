import { isUtf8 } from 'node:buffer'
import { TransportError } from './http.js'

/** No answer that is read as a whole may be larger; row streams have no such cap. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024

/** A server that sends a byte now and then is never silent, so silence alone does not bound an answer. */
export const WHOLE_TIMEOUT_MS = 300_000

type Bytes = AsyncIterable<Uint8Array>

/** The body as text. @throws TransportError too-large, encoding */
export async function readWhole(body: Bytes): Promise<string> {
  return decode(await gather(body))
}

/** The body, ended with a fault when it is not complete after so long. */
export async function* boundedBy(timeoutMs: number, body: Bytes): AsyncGenerator<Uint8Array> {
  const source = body[Symbol.asyncIterator]()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const fault = new TransportError('timeout', true, `the answer was not complete after ${timeoutMs / 1000} seconds`)
    timer = setTimeout(() => reject(fault), timeoutMs)
  })
  try {
    for (;;) {
      const next = await Promise.race([source.next(), late])
      if (next.done) return
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    // Not awaited: the source may be waiting for a byte that never comes.
    late.catch(() => undefined)
    void source.return?.()?.catch(() => undefined)
  }
}

/** The body with what `redact` takes out of it, in one piece: a credential may lie across two chunks. */
export async function* redacted(body: Bytes, redact: (text: string) => string): AsyncGenerator<Uint8Array> {
  const whole = await gather(body)
  const encoding = isUtf8(whole) ? 'utf8' : 'latin1'
  yield Buffer.from(redact(whole.toString(encoding)), encoding)
}

async function gather(body: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > MAX_TEXT_BYTES)
      throw new TransportError('too-large', true, `the answer is larger than ${MAX_TEXT_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new TransportError('encoding', true, 'the answer is not valid UTF-8')
  }
}
