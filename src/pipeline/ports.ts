import type { KnownDelivery } from '../audit/deliveries.js'
import type { Journal } from '../audit/event.js'
import type { Disputed, OpenKey } from '../audit/history.js'
import type { Names } from '../audit/names.js'
import type { Outcome } from '../audit/outcomes.js'
import type { Pulled } from '../audit/runs.js'
import type { Rest, Standing } from '../audit/unfinished.js'
import type { FigureSource, PullResult, SourceDefinition } from '../looker/source.js'
import type { Clock } from '../model/clock.js'
import type { FigureSpec } from '../model/job.js'
import type { MapLine } from '../mapping/map-file.js'
import type { Plan } from '../model/plan.js'
import type { Reference } from '../model/reference.js'
import type { Row } from '../model/row.js'
import type { Ledger } from '../qad/ledger.js'

/** What the stages need of the world. Built once by context.ts; tests and simulations bring their own. */
export interface Ports {
  readonly clock: Clock
  readonly journal: Journal
  /** What --reason says; it goes into the audit with the run. */
  readonly reason: string | null
  /** Job that the audit lines of this run carry. */
  readonly jobName: string
  readonly store: RunStore
  readonly source: () => Pick<FigureSource, 'describe' | 'rows'>
  readonly ledger: () => Ledger
  readonly maps: MapStore
  readonly history: History
  readonly newRunId: () => string
  readonly signal: AbortSignal
  /** Says what goes on, for people; never data. */
  readonly say: (line: string) => void
  readonly progress: (done: number, of: number) => void
}

/** The folder of runs: what a run pulled, and the plan made from it. */
export interface RunStore {
  /** Opens the rows file of a new run; nothing is visible until `commit`. */
  begin(run: string): Promise<RowSink>
  commit(head: RunHead): Promise<void>
  /** @throws MLC-C010 when there is no such run */
  head(run: string): Promise<RunHead>
  rows(run: string): AsyncIterable<readonly Row[]>
  /** Rows that belong to no run: gone when disposed of. */
  scratch(): Promise<Scratch>
  savePlan(plan: Plan, hash: string): Promise<string>
  /** @throws MLC-C010 when the run has no plan */
  plan(run: string): Promise<{ plan: Plan; hash: string; file: string }>
  /** The source of a run that asked exactly this (`sha256:…`); null when no run here did. */
  pinned(definition: string): Promise<SourceDefinition | null>
  /** Newest run of the job; @throws MLC-C010 when it has none. */
  newest(job: string): Promise<RunHead>
}

export interface RowSink {
  write(rows: readonly Row[]): void
  /** Forgets what was written: the answer broke off and is asked for again. */
  restart(): void
  /** Makes the rows durable; `sha256:…` over the file. */
  finish(): Promise<string>
}

export interface Scratch {
  readonly sink: RowSink
  rows(): AsyncIterable<readonly Row[]>
  dispose(): Promise<void>
}

/** What is known of a run after its pull: enough to map it again, or to explain it in a year. */
export interface RunHead {
  readonly schema: 'mlc/run/1'
  readonly run: string
  readonly job: string
  readonly period: string | null
  readonly scope: 'period' | 'year'
  readonly startedAt: string
  readonly figure: FigureSpec
  readonly source: SourceDefinition
  readonly filters: Readonly<Record<string, string>>
  readonly pull: PullResult
  readonly rowsHash: string
}

export interface MapFile {
  readonly lines: readonly MapLine[]
  /** `sha256:…` over the file's bytes. */
  readonly hash: string
}

export interface MapStore {
  /** @throws MLC-C011 when the file cannot be read, MLC-P020 when it is not a map */
  read(path: string): Promise<MapFile>
}

/** What the audit remembers, folded: who posted a key last, and which records still wait for an outcome. */
export interface History {
  /** Base key → job that last sent or held it. */
  owners(): Promise<ReadonlyMap<string, string>>
  /** Keys whose last word is `sent` or `unknown`. */
  open(): Promise<ReadonlyMap<string, OpenKey>>
  /** Whoever asks has waited until QAD can no longer be committing what was sent under these keys before. */
  waited(keys: Iterable<string>): void
  /** Keys under which QAD holds something else than was sent, with the amount that was sent. A person decides on them. */
  conflicts(): Promise<ReadonlyMap<string, string>>
  /** References that QAD was seen to hold, or said it took, in the period `YYYY-PP`. */
  known(period: string): Promise<readonly Reference[]>
  /** Keys that QAD showed or said it took. */
  taken(): Promise<ReadonlySet<string>>
  /** References of the period that QAD does not show and a person said it holds. */
  accepted(period: string): Promise<readonly Reference[]>
  /** References of the period that QAD holds otherwise than was sent, or no longer shows. */
  disputed(period: string): Promise<readonly Disputed[]>
  /** Keys that mlc saw in QAD (posted or same) for the period `YYYY-PP`. */
  held(period: string): Promise<ReadonlySet<string>>
  /** What is known of one key, whatever its state; null when no line speaks of it. */
  outcome(key: string): Promise<Outcome | null>
  /** What earlier runs left undone. */
  rest(): Promise<Rest>
  /** What the runs of the job want in QAD for the period `YYYY-PP`, and no later run has left out. */
  standing(job: string, period: string): Promise<readonly Standing[]>
  /** Deliveries of the job whose figures were posted, oldest first. */
  deliveries(job: string): Promise<readonly KnownDelivery[]>
  /** `sha256:…` of the newest plan that the run made; null when no line tells. */
  plan(run: string): Promise<string | null>
  /** What the pull of the run came to, and the period `YYYY-PP` it was asked for; null when no line tells. */
  pulled(run: string): Promise<(Pulled & { readonly period: string | null }) | null>
  /** All that the audit speaks of by name. */
  names(): Promise<Names>
}
