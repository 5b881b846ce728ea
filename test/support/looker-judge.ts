import type { Core, Reply } from '../../src/sandbox/core.js'
import { createJudge, hasSpecification, type Judge, type Sent } from '../sandbox/looker/openapi.js'

/** One request and what came of it. */
export interface Exchange {
  readonly sent: Sent
  readonly status: number | null
  /** The answer when it is an object of the API; null for rows, errors below HTTP, and what is not JSON. */
  readonly answer: unknown
}

/** A Looker whose exchanges are noted. Rows are not read twice: a copy of them would hold them all. */
export function recorded(core: Core, note: (exchange: Exchange) => void): Core {
  return {
    async handle(request) {
      const sent = await sentIn(request.clone())
      const reply = await core.handle(request)
      note({ sent, status: 'broken' in reply ? null : reply.status, answer: await objectIn(reply, sent.path) })
      return reply
    },
  }
}

async function sentIn(request: Request): Promise<Sent> {
  const url = new URL(request.url)
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    contentType: request.headers.get('content-type'),
    authorization: request.headers.get('authorization'),
    body: await request.text(),
  }
}

async function objectIn(reply: Reply, path: string): Promise<unknown> {
  if ('broken' in reply || /\/run\/|\/results$/.test(path)) return null
  if (!(reply.headers.get('content-type') ?? '').includes('json')) return null
  return reply
    .clone()
    .json()
    .catch(() => null)
}

/**
 * What Looker's specification has against these requests; nothing when it does not lie beside the repository. What is not below
 * /api/ the sandbox refuses anyway: it comes when a test takes Looker's address for QAD's.
 */
export function complaints(exchanges: readonly Exchange[]): readonly string[] {
  if (!hasSpecification) return []
  const asked = exchanges.map(({ sent }) => sent).filter(({ path }) => path.startsWith('/api/'))
  return [...new Set(asked.flatMap((sent) => judge().request(asDocumented(sent))))]
}

/** The specification's judge, made once a test file. */
export function judge(): Judge {
  return (made ??= createJudge())
}

let made: Judge | null = null

/**
 * The one thing mlc sends that Looker's documents do not have: `offset` of a run, with which it finds out whether a server
 * pages after all, once a count looks like a limit.
 */
function asDocumented(sent: Sent): Sent {
  if (!sent.path.includes('/run/')) return sent
  const query = new URLSearchParams(sent.query)
  query.delete('offset')
  return { ...sent, query: query.toString() }
}
