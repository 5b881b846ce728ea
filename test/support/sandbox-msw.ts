import { delay, http, HttpResponse, type HttpHandler } from 'msw'
import type { Broken, Core } from '../../src/sandbox/core.js'

/** Mounts a core of the sandbox in this process: every request below `baseUrl` is answered by it. */
export function mountOnMsw(baseUrl: string, core: Core): HttpHandler[] {
  return [
    http.all(`${baseUrl}/*`, async ({ request }) => {
      const reply = await core.handle(request)
      return 'broken' in reply ? breakDown(reply) : reply
    }),
  ]
}

async function breakDown(reply: Broken): Promise<Response> {
  if (reply.broken === 'hang') await delay('infinite')
  if (reply.broken === 'reset' || reply.response === undefined) return HttpResponse.error()
  const { status, headers, body } = reply.response
  return new Response(cutAfter(body, reply.afterBytes ?? 0), { status, headers })
}

function cutAfter(body: ReadableStream<Uint8Array> | null, bytes: number): ReadableStream<Uint8Array> {
  const reader = body?.getReader()
  let left = bytes
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = left > 0 ? await reader?.read() : undefined
      if (next?.value === undefined) {
        await reader?.cancel()
        controller.error(new TypeError('terminated'))
        return
      }
      const chunk = next.value.subarray(0, left)
      left -= chunk.length
      controller.enqueue(chunk)
    },
  })
}
