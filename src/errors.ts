import { CATALOGUE, type ErrorCode } from './catalogue.js'

export { CATALOGUE, type ErrorCode } from './catalogue.js'

/** Exit codes of the CLI contract. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  variances: 3,
  auth: 4,
  partial: 5,
  guard: 6,
  locked: 7,
  audit: 8,
  stale: 9,
  unavailable: 75,
  interrupted: 130,
  terminated: 143,
} as const

export type Category =
  | 'usage'
  | 'auth'
  | 'partial'
  | 'guard'
  | 'lock'
  | 'audit'
  | 'unavailable'
  | 'interrupted'
  | 'terminated'
  | 'unexpected'

export const CATEGORY_EXIT: Record<Category, number> = {
  usage: EXIT.usage,
  auth: EXIT.auth,
  partial: EXIT.partial,
  guard: EXIT.guard,
  lock: EXIT.locked,
  audit: EXIT.audit,
  unavailable: EXIT.unavailable,
  interrupted: EXIT.interrupted,
  terminated: EXIT.terminated,
  unexpected: EXIT.unexpected,
}

/** What stops a stage. Expected answers are values; only this is thrown. The message names the value found, never a secret. */
export class MlcError extends Error {
  override readonly name = 'MlcError'
  readonly code: ErrorCode
  /** One line of what to do; the catalogue's unless this place knows better. */
  readonly fix: string

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; fix?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.fix = options.fix ?? CATALOGUE[code].fix
  }

  get category(): Category {
    return CATALOGUE[this.code].category
  }

  get retryable(): boolean {
    return this.category === 'unavailable' || this.category === 'lock'
  }

  get exitCode(): number {
    return CATEGORY_EXIT[this.category]
  }

  /** The object that `--json` prints. */
  toJSON(): ErrorObject {
    const { code, category, message, fix, retryable } = this
    return { schema: 'mlc/error/1', code, category, message, fix, retryable, exit_code: this.exitCode }
  }
}

export interface ErrorObject {
  readonly schema: 'mlc/error/1'
  readonly code: string
  readonly category: string
  readonly message: string
  readonly fix: string
  readonly retryable: boolean
  readonly exit_code: number
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(CATALOGUE, text)
}

/** The code that a person wrote, in any case; `q031` is what one remembers of MLC-Q031. Null: there is none such. */
export function namedCode(text: string): ErrorCode | null {
  const code = text
    .trim()
    .toUpperCase()
    .replace(/^(?=[A-Z]\d{3}$)/, 'MLC-')
  return isErrorCode(code) ? code : null
}
