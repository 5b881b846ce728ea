/** A fault planned on demand: which requests it hits, how often, and what it does. */
export type LookerFault = Aim & (ExchangeFault | RunFault)

export interface Aim {
  /** Matched against `GET /looks/1/run/json` (below /api/4.0): a part of it, or a pattern. Default: every run and every task result. */
  readonly on?: string | RegExp
  /** Default 1. */
  readonly times?: number | 'always'
  /** Lets so many matching requests pass first. Default 0. */
  readonly after?: number
}

/** Replaces or breaks the answer. */
export type ExchangeFault =
  /** A refusal in JSON, such as 400, 403, 422, 429, 500, 503. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** The load balancer's HTML; 502 unless told. */
  | { readonly kind: 'nginx'; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  /** The HTML of a dead instance; 404 unless told. */
  | { readonly kind: 'instance-page'; readonly status?: number; readonly contentType?: string }
  /** Looker's own answer with more headers. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** 202 and an empty body, as an unfinished task answers. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  /** Status 200, then the connection dies after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Status 200 and a clean end, but the text stops after so many bytes. */
  | { readonly kind: 'short'; readonly afterBytes: number }
  /** The answer is held back for `ms` of the injected delay. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The body comes in pieces of `bytes`, each held back for `ms` of the injected delay. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly ms: number }
  /** Every live token ends now, before this request is looked at. */
  | { readonly kind: 'tokens-expire' }

/** Changes the rows, or what is told about them; the answer stays a 200. */
export type RunFault =
  /** first: nothing but the error; last: after every row; middle: after `afterRows` (2) rows, then the end. */
  | {
      readonly kind: 'looker-error'
      readonly where: 'first' | 'middle' | 'last'
      readonly afterRows?: number
      readonly message?: string
    }
  /** Runs as if the filter had not been asked for: the figure widens. */
  | { readonly kind: 'ignored-filter'; readonly field: string }
  /** Runs as if there were no custom filter. */
  | { readonly kind: 'ignored-expression' }
  /** Number literals of the custom filter pass through a double. */
  | { readonly kind: 'rounded-literals' }
  /** Runs as if the field had not been asked for. */
  | { readonly kind: 'ignored-field'; readonly field: string }
  /** The cells of the field are left out; the metadata still names it. */
  | { readonly kind: 'missing-column'; readonly field: string }
  /** More members in the metadata of json_bi. */
  | { readonly kind: 'metadata'; readonly members: Readonly<Record<string, unknown>> }
  /** One row is left out; counted within the answer, from 0. */
  | { readonly kind: 'missing-row'; readonly row: number }
  /** One row (the first unless told) comes twice. */
  | { readonly kind: 'duplicate-row'; readonly row?: number }
  /** The offset is ignored: the first page comes again. */
  | { readonly kind: 'repeat-page' }
  /** Rows with equal sort keys come in another order. */
  | { readonly kind: 'unstable-order' }
  | { readonly kind: 'duplicate-key'; readonly field: string }
  /** The field's cells, of one row or of all, in another form. */
  | { readonly kind: 'cells'; readonly field: string; readonly as: CellForm; readonly row?: number }
  | { readonly kind: 'columns-truncated'; readonly value?: string }
  /** Remarks in `errors[]` with good rows. */
  | { readonly kind: 'warnings'; readonly messages: readonly string[] }
  | { readonly kind: 'empty' }
  /** Ends silently after so many rows. */
  | { readonly kind: 'cap'; readonly rows: number }
  /** An unlabelled row with the totals comes last. */
  | { readonly kind: 'total-row' }
  /** A plain array of rows where json_bi was asked for. */
  | { readonly kind: 'plain-json' }
  /** Statuses that a new query task goes through, one a look at it; the last one stays. Aim it at `POST /query_tasks`. */
  | { readonly kind: 'task'; readonly statuses: readonly string[] }
  /** A query that is made comes back with these members. Aim it at `POST /queries`. */
  | { readonly kind: 'made'; readonly members: Readonly<Record<string, unknown>> }
  /** The results endpoint serves the task object instead of rows, as some 23.20 to 24.16 releases did. */
  | { readonly kind: 'task-object' }
  /** The results of a task that ended with `error` are its rows, with status 200. */
  | { readonly kind: 'rows-of-failed' }

export type CellForm =
  | 'text'
  | 'currency'
  | 'parentheses'
  | 'thousands'
  | 'NaN'
  | 'Infinity'
  | 'blank'
  | 'null'
  | 'huge'
  | 'exponent'
  /** The JSON text itself, valid or not. */
  | { readonly raw: string }

export interface FaultBook {
  plan(fault: LookerFault): void
  clear(): void
  /** The faults that hit this request; each use is counted. At most one exchange fault: the one planned first. */
  strike(line: string): { readonly exchange: ExchangeFault | null; readonly run: readonly RunFault[] }
}

export function createFaultBook(planned: readonly LookerFault[] = []): FaultBook {
  let plans: Plan[] = []
  const plan = (fault: LookerFault) => {
    const left = fault.times === 'always' ? Infinity : (fault.times ?? 1)
    plans.push({ fault, left, skip: fault.after ?? 0 })
  }
  planned.forEach(plan)
  const strike = (line: string) => {
    const hit = plans.filter((each) => matches(each.fault, line)).filter(pass)
    const exchange = hit.find((each) => isExchange(each.fault))
    const run = hit.filter((each) => !isExchange(each.fault))
    for (const each of exchange === undefined ? run : [exchange, ...run]) each.left--
    plans = plans.filter((each) => each.left > 0)
    return {
      exchange: exchange === undefined ? null : (exchange.fault as ExchangeFault),
      run: run.map((each) => each.fault as RunFault),
    }
  }
  return { plan, strike, clear: () => (plans = []) }
}

interface Plan {
  readonly fault: LookerFault
  left: number
  skip: number
}

function pass(plan: Plan): boolean {
  return plan.skip-- <= 0
}

function matches(fault: LookerFault, line: string): boolean {
  if (fault.on === undefined)
    return fault.kind === 'task' ? line === 'POST /query_tasks' : /\/run\/|\/results$/.test(line)
  return typeof fault.on === 'string' ? line.includes(fault.on) : fault.on.test(line)
}

const EXCHANGE: ReadonlySet<string> = new Set<ExchangeFault['kind']>([
  'status',
  'nginx',
  'instance-page',
  'redirect',
  'headers',
  'accepted',
  'hang',
  'reset',
  'cut',
  'short',
  'slow',
  'drip',
  'tokens-expire',
])

function isExchange(fault: ExchangeFault | RunFault): fault is ExchangeFault {
  return EXCHANGE.has(fault.kind)
}
