import { MlcError, type ErrorCode } from '../../errors.js'
import { shown } from '../exact.js'

/** One rule that mlc counts on, and what was seen of it. */
export interface Fact {
  /** `login`, `workspace`, `reads.posted`, `write`. */
  readonly subject: string
  readonly rule: string
  readonly verdict: Verdict
  /** What was seen, or why nothing can be. Fit to be shown. */
  readonly evidence: string
  /** What hangs on it for figures that are posted once and are right; null where it is as it should be. */
  readonly meaning: string | null
  /** What to change in mlc.yaml or in QAD; null where there is nothing to change. */
  readonly change: string | null
  /** Of what contradicts mlc.yaml; null otherwise. */
  readonly code: ErrorCode | null
}

/** confirmed: seen now. assumed: not to be seen, or not without writing. contradicted: QAD was seen to do otherwise. */
export type Verdict = 'confirmed' | 'assumed' | 'contradicted'

/** What mlc.yaml does not name and QAD seems to have. */
export interface Candidate {
  /** `reads.glAccounts`, `write.path`. */
  readonly for: string
  readonly evidence: string
  /** A line for mlc.yaml. */
  readonly config: string
}

interface Bearing {
  readonly meaning: string
  readonly change?: string
}

/** Facts of one subject. */
export function factsOf(subject: string) {
  const of = (rule: string, evidence: string) => ({ subject, rule, evidence: shown(evidence) })
  return {
    confirmed: (rule: string, evidence: string): Fact => ({
      ...of(rule, evidence),
      ...{ verdict: 'confirmed', meaning: null, change: null, code: null },
    }),
    assumed: (rule: string, evidence: string, { meaning, change }: Bearing): Fact => ({
      ...of(rule, evidence),
      ...{ verdict: 'assumed', meaning, change: change ?? null, code: null },
    }),
    contradicted: (
      rule: string,
      evidence: string,
      { meaning, change }: Bearing,
      code: ErrorCode = 'MLC-Q048',
    ): Fact => ({
      ...of(rule, evidence),
      ...{ verdict: 'contradicted', meaning, change: change ?? null, code },
    }),
    /** A read that fails, as a sync would fail with it. */
    failed: (rule: string, error: MlcError, meaning: string): Fact => ({
      ...of(rule, error.message),
      ...{ verdict: 'contradicted', meaning, change: error.fix, code: error.code },
    }),
  }
}

/** The error of one read as a value: the others are looked at all the same. @throws what concerns QAD as a whole */
export function refusalOf(error: unknown): MlcError {
  if (!(error instanceof MlcError) || !OF_ONE_READ.has(error.category) || error.code === 'MLC-Q004') throw error
  return error
}

/** `auth`: the user may not do this one thing. */
const OF_ONE_READ: ReadonlySet<string> = new Set(['guard', 'usage', 'auth'])

/** `01010, 02010, 03010 …` */
export function sampleOf(codes: readonly string[], most = 3): string {
  const some = codes.slice(0, most).map((code) => (code === '' ? '""' : code))
  return `${some.join(', ')}${codes.length > most ? ' …' : ''}`
}
