import type { Words } from './cells.js'
import type { Entry } from './entries.js'

/**
 * What goes wrong with a call. `committed`: QAD does the work first and only the answer is lost or replaced. Several faults
 * may meet on one call: `late` and a committed `hang` make the record that appears after the client gave up.
 */
export type Fault =
  // Instead of the answer.
  | { readonly is: 'unauthorized' } // 401, and the token or session is dead from now on
  | { readonly is: 'loginPage'; readonly committed?: boolean } // 200 with login HTML
  | { readonly is: 'toLogin' | 'notFound' } // 302 to the login page, 404 page
  | { readonly is: 'forbidden'; readonly committed?: boolean } // 403 bare errors[]
  | { readonly is: 'conflict' } // 409
  | { readonly is: 'unprocessable'; readonly committed?: boolean } // 422
  | { readonly is: 'throttled'; readonly retryAfter?: string } // 429
  | { readonly is: 'stackTrace'; readonly committed?: boolean } // 500 HTML
  | { readonly is: 'gateway'; readonly status: 502 | 503 | 504; readonly committed?: boolean }
  | { readonly is: 'hang' | 'reset'; readonly committed?: boolean }
  // To the answer. truncated: a whole HTTP answer with half the JSON; cut: the connection dies in the body.
  | { readonly is: 'truncated' | 'cut' | 'noSubmitResult' | 'emptyBody' | 'lowerCase' }
  | { readonly is: 'clockSkew'; readonly ms: number }
  // To a browse.
  | { readonly is: 'emptyBrowse' | 'repeatPage' | 'alwaysMore' }
  | { readonly is: 'wrongCount'; readonly by: number }
  // To what is stored. alter: in the sandbox's words, `{amount: {n: '1.00'}}`; drop: stored blank.
  | { readonly is: 'alter'; readonly words: Words }
  | { readonly is: 'drop'; readonly word: string }
  | { readonly is: 'twice' | 'defaultWorkspace' }
  | { readonly is: 'lag'; readonly reads: number } // invisible for the next n browse reads
  // To a QDoc, in place of its answer: a SOAP Fault, or an error with these words; remark: a warning beside what was done.
  | {
      readonly is: 'soapFault'
      readonly code: 'Client' | 'Server'
      readonly words: string
      readonly committed?: boolean
    }
  | { readonly is: 'exception'; readonly words: string; readonly committed?: boolean }
  | { readonly is: 'remark'; readonly words: string }
  // To the entry that is stored.
  | { readonly is: 'alterEntry'; readonly change: Partial<Entry> }
  | { readonly is: 'late'; readonly ms: number } // committed when the clock has passed that much

export interface FaultSpec {
  readonly fault: Fault
  /** Part of the path after the mount, or of the browse id, or a pattern for them; absent: every call. */
  readonly on?: string | RegExp
  readonly method?: string
  /** Matching calls that pass unharmed first. */
  readonly skip?: number
  /** Matching calls that are hit; 1 unless told, Infinity for always. */
  readonly times?: number
}

export interface PlannedFault {
  /** Calls hit so far. */
  hits(): number
  cancel(): void
}

export interface FaultPlan {
  plan(spec: FaultSpec): PlannedFault
  /** The faults of this call, in the order planned; each counts as used. */
  take(call: { readonly method: string; readonly path: string; readonly browseId: string | null }): readonly Fault[]
  clear(): void
}

export function createFaultPlan(): FaultPlan {
  const planned: { readonly spec: FaultSpec; skips: number; hits: number }[] = []

  return {
    plan(spec) {
      const entry = { spec, skips: spec.skip ?? 0, hits: 0 }
      planned.push(entry)
      return { hits: () => entry.hits, cancel: () => void planned.splice(planned.indexOf(entry) >>> 0, 1) }
    },
    take({ method, path, browseId }) {
      const due = planned.filter(({ spec, hits }) => {
        if (spec.method !== undefined && spec.method !== method) return false
        return hits < (spec.times ?? 1) && touches(spec.on, path, browseId)
      })
      const hitting = due.filter((entry) => entry.skips-- <= 0)
      for (const entry of hitting) entry.hits++
      return hitting.map(({ spec }) => spec.fault)
    },
    clear: () => void planned.splice(0),
  }
}

function touches(on: string | RegExp | undefined, path: string, browseId: string | null): boolean {
  if (on === undefined) return true
  const names = browseId === null ? [path] : [path, browseId]
  return names.some((name) => (typeof on === 'string' ? name.includes(on) : on.test(name)))
}

/** The first fault of that kind. */
export function faultOf<K extends Fault['is']>(
  faults: readonly Fault[],
  kind: K,
): Extract<Fault, { is: K }> | undefined {
  return faults.find((fault): fault is Extract<Fault, { is: K }> => fault.is === kind)
}
