/** A call as the sandbox remembers it: nothing of it is a credential. */
export interface LoggedRequest {
  readonly method: string
  /** After the mount. */
  readonly path: string
  readonly query: string
  readonly browseId: string | null
  /** As sent; null when the call carried none. */
  readonly workspace: string | null
  readonly contentType: string | null
  /** Of business documents only: a login's body is never kept. */
  readonly body: string | null
  /** Milliseconds since 1970. */
  readonly at: number
}

export function logged(
  request: Request,
  path: string,
  body: string,
  workspaceHeader: string,
  at: number,
): LoggedRequest {
  const { search, searchParams } = new URL(request.url)
  const isSecret = [...searchParams.keys()].some((name) => /password|secret|token/i.test(name))
  return {
    method: request.method,
    path,
    query: isSecret ? '(redacted)' : search,
    browseId: browseOf(path, searchParams),
    workspace: request.headers.get(workspaceHeader),
    contentType: request.headers.get('content-type'),
    body: request.method === 'POST' && /^\/api\/(bdoc|erp)\//.test(path) ? body : null,
    at,
  }
}

function browseOf(path: string, query: URLSearchParams): string | null {
  return path.includes('/browses') ? query.get('browseId') : null
}
