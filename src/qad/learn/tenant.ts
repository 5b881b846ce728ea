import type { Exchange } from './har.js'

/** A QAD tenant as a capture shows it. */
export interface Tenant {
  /** Context root and environment segment included, without a slash at its end. */
  readonly baseUrl: string
  readonly exchanges: readonly Exchange[]
}

/** Paths that QAD's Enterprise Platform serves below the context root, as public programs call them. */
const QAD_PATH =
  /^(.*?)\/(?:api\/(?:qracore|erp|bdoc|bsvc|postapi|login)(?:\/|$)|oauth\/token$|resources\/login\.jsp|j_spring_security_check)/

/** The tenants that a capture has requests of, the one with most of them first. */
export function tenantsOf(exchanges: readonly Exchange[]): readonly Tenant[] {
  const found = new Map<string, number>()
  for (const { url } of exchanges) {
    const base = baseOf(url)
    if (base !== null) found.set(base, (found.get(base) ?? 0) + 1)
  }
  const bases = [...found].sort(([, a], [, b]) => b - a).map(([base]) => base)
  return bases.map((baseUrl) => ({
    baseUrl,
    exchanges: exchanges.filter(({ url }) => nearestBase(url, bases) === baseUrl),
  }))
}

function baseOf(url: URL): string | null {
  const root = QAD_PATH.exec(withoutParameters(url.pathname))?.[1]
  return root === undefined ? null : `${url.origin}${root}`
}

/** `/clouderp/test` is another tenant than `/clouderp`. */
function nearestBase(url: URL, bases: readonly string[]): string | null {
  const here = `${url.origin}${withoutParameters(url.pathname)}`
  const holding = bases.filter((base) => here === base || here.startsWith(`${base}/`))
  return holding.sort((a, b) => b.length - a.length)[0] ?? null
}

/** Session ids stand behind a semicolon. */
function withoutParameters(path: string): string {
  return path.replace(/;[^/]*/g, '')
}

/** The path below the base URL, without query, parameters and a slash at its end. */
export function pathOf({ baseUrl }: Pick<Tenant, 'baseUrl'>, url: URL): string {
  const whole = `${url.origin}${withoutParameters(url.pathname)}`
  return whole.startsWith(baseUrl) ? whole.slice(baseUrl.length).replace(/\/+$/, '') : ''
}

/** Hosts and context roots whose requests are left out, and how many there are. */
export function ignoredBeside(exchanges: readonly Exchange[], chosen: Tenant): ReadonlyMap<string, number> {
  const ignored = new Map<string, number>()
  const ours = new Set(chosen.exchanges)
  for (const exchange of exchanges) {
    if (ours.has(exchange)) continue
    const name =
      exchange.url.host === new URL(chosen.baseUrl).host
        ? `${exchange.url.host} outside of the tenant`
        : exchange.url.host
    ignored.set(name, (ignored.get(name) ?? 0) + 1)
  }
  return ignored
}
