import { CATALOGUE, MlcError, type ErrorCode } from '../errors.js'
import { fileFault } from '../model/fault.js'

export type Status = 'ok' | 'warn' | 'fail' | 'skip'

/** What one check came to. */
export interface Finding {
  readonly status: Status
  /** Null for ok and skip, and for a warning that no error stands behind. */
  readonly code: ErrorCode | null
  /** What was found, the value with it, never a secret. */
  readonly detail: string
  /** What to do next; null when there is nothing to do. */
  readonly fix: string | null
}

export function ok(detail: string): Finding {
  return { status: 'ok', code: null, detail, fix: null }
}

export function skip(detail: string): Finding {
  return { status: 'skip', code: null, detail, fix: null }
}

/** Works, but will hurt some day: does not count for the exit code unless --strict. */
export function warn(detail: string, fix: string, code: ErrorCode | null = null): Finding {
  return { status: 'warn', code, detail, fix }
}

export function fail(code: ErrorCode, detail: string, fix: string = CATALOGUE[code].fix): Finding {
  return { status: 'fail', code, detail, fix }
}

/**
 * An error of an adapter as a finding. What nobody foresaw is told as such and stops no other check.
 * @throws what stops the whole command, such as Ctrl-C
 */
export function failure(error: unknown): Finding {
  if (error instanceof MlcError) {
    if (error.category === 'interrupted' || error.category === 'terminated') throw error
    return fail(error.code, error.message, error.fix)
  }
  if (!(error instanceof Error)) return fail('MLC-X001', String(error))
  // The one timer that aborts everything is that of --timeout.
  if (error.name === 'TimeoutError') return fail('MLC-C030', 'no answer before the deadline of --timeout passed')
  return fail('MLC-X001', fileFault(error) ?? `${error.name}: ${error.message}`)
}
