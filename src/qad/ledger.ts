import type { Balance, Chart } from '../model/chart.js'
import type { Period } from '../model/period.js'
import type { Posted, Reference } from '../model/reference.js'

/** QAD as the pipeline sees it, whichever edition and transport. What an adapter cannot do, it says by a capability. */
export interface Ledger {
  /** False where the site offers no read of our references: then a post can only be `posted_unverified`. */
  readonly canReadBack: boolean
  /** True: what is read back are our own records, so that what is not shown is not there. */
  readonly ownRecords?: boolean
  /** Whether `mlc qad probe` has seen rows through the very read of references that is configured now. */
  isReadProven?(): Promise<boolean>
  /** True: there is no QAD whose masters could be looked at. */
  readonly noMasters?: boolean
  /** References that one `post` call may carry. */
  readonly batchSize: number
  /** Accounts, cost centres and periods: what may be posted to. @throws MLC-Q010 when a configured master read is empty */
  chart(): Promise<Chart>
  /** Official ledger movement of the period. `onStray` is called for each row of another one, which counts for nothing. @throws MLC-Q016 when no balances read is configured */
  balances(period: Period, onStray?: () => void): AsyncIterable<Balance>
  /** Our references already there, all revisions, in any order. One bulk read. Empty is not proof of absence. */
  posted(period: Period): AsyncIterable<Posted>
  /**
   * Posts references; answers in the same order, one each. Never re-sends after an ambiguous ending.
   * @throws MLC-Q004, MLC-Q006 when credentials or rights are refused: the run must stop
   */
  post(references: readonly Reference[]): Promise<readonly Answer[]>
  /**
   * Asks QAD whether what mlc.yaml names for writing is there and may be written to: the daybook and its layer, the offset account,
   * the paths and fields. Before the first write of a command, and nothing is sent when it throws.
   * @throws MLC-Q041, MLC-Q043, MLC-Q044
   */
  ready?(): Promise<Readiness>
  /** A person has typed yes to what `ready` cautions of. */
  consent?(): void
  /** Ends the session. */
  close(): Promise<void>
}

export interface Readiness {
  /** What a person must type yes to before anything is posted: entries that count in the books. Null: nothing. */
  readonly caution: string | null
  /** What nobody could look up, in words: it is believed as mlc.yaml has it. */
  readonly unchecked?: string
}

export type Answer =
  /** `remark`: what QAD had to say about it all the same. */
  | { readonly status: 'posted'; readonly qadRef: string | null; readonly remark?: string }
  /** Same key, same content: as good as posted. */
  | { readonly status: 'exists'; readonly posted: Posted }
  /** Same key, other content: a person decides. */
  | { readonly status: 'conflict'; readonly posted: Posted; readonly message: string }
  /** QAD refused it; unchanged, it will refuse again. `code` is ours, `message` quotes QAD. */
  | { readonly status: 'rejected'; readonly code: string; readonly message: string }
  /** Certainly did not arrive: safe to send again. */
  | { readonly status: 'unsent'; readonly code: string; readonly reason: string }
  /** Sent, no trustworthy answer: ask before sending again. `isAnswered`: QAD is there, and said something about this very record. */
  | { readonly status: 'unknown'; readonly code: string; readonly reason: string; readonly isAnswered?: true }
