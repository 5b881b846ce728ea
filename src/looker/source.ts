import type { Field, Row } from '../model/row.js'

/** Where figures come from: the port that the pipeline sees. One adapter: the Looker API. */
export interface FigureSource {
  /** What the source asks: its fields, filters and hash, read from Looker before anything runs. @throws MLC-L010 … MLC-L013 */
  describe(source: SourceSpec): Promise<SourceDefinition>
  /**
   * Runs the source. Rows come in batches, numbers as the exact text Looker sent. The stream throws rather than end short.
   * @param definition what describe() returned for this source: the very object
   */
  rows(source: SourceSpec, definition: SourceDefinition): RowStream
  /**
   * What a pull would cost: at most one query call finds it out.
   * @param source as described, or with other values of its filters: another period
   * @param known of an earlier pull; null: not known
   */
  estimate(source: SourceSpec, definition: SourceDefinition, known: KnownRows | null): Promise<Estimate>
  /** The tiles of a dashboard, each with a source of its own. @throws MLC-L010, MLC-L012 */
  dashboard(
    id: string,
    filters: Readonly<Record<string, string>>,
    how: Pick<SourceSpec, 'paging' | 'timeZone'>,
  ): Promise<Dashboard>
  /** Ends the session. */
  close(): Promise<void>
}

export interface Dashboard {
  readonly id: string
  readonly title: string | null
  readonly tiles: readonly Tile[]
}

/** A tile without a query is skipped, one whose figures cannot be had as Looker shows them is refused; both say why. */
export interface Tile {
  readonly id: string
  readonly title: string | null
  readonly look: string | null
  readonly query: string | null
  readonly status: 'pulled' | 'skipped' | 'refused'
  readonly reason: string | null
  /** Null unless it can be pulled. */
  readonly spec: SourceSpec | null
}

/** Rows of an earlier pull. */
export interface KnownRows {
  readonly rows: number
  /** True when it was the very same pull; else it is about as many. */
  readonly isExact: boolean
}

export interface Estimate {
  /** About; null when nobody can tell. */
  readonly rows: number | null
  /** True when Looker was asked how many records there are, for one query call: then rows are at most so many. */
  readonly isCounted: boolean
  /** Query calls that the pull would send. */
  readonly calls: { readonly least: number; readonly most: number }
}

export type Paging = 'auto' | 'single' | 'stream' | 'offset' | 'keyset' | 'task'

/** Exactly one of look, query, slug. Filter values are Looker filter expressions with placeholders already filled in. */
export interface SourceSpec {
  readonly look: string | null
  readonly query: QuerySpec | null
  /** Slug of a saved query, or the whole Explore URL (`…/explore/model/view?qid=…`, `?fields=…`, `/x/slug`). */
  readonly slug: string | null
  /** Override the filters of the Look or query. */
  readonly filters: Readonly<Record<string, string>>
  readonly sorts: readonly string[]
  readonly timeZone: string | null
  readonly paging: Paging
  /** Whether Looker is asked what the measures come to over everything, and the rows are compared with that; absent: never. */
  readonly control?: ControlTotal
  /** Whether a query call more is spent to learn which filters Looker applied, where its answers do not tell; absent: no. */
  readonly learnsFilters?: boolean
  /** Rows wanted; `all` is the default and the only value allowed for figures that will be posted. */
  readonly limit: number | 'all'
}

/**
 * needed: where the rows were put together from several answers, between which they may have changed, and where they are as
 * many as answers are cut at. always: in any case, for one query call more. never: only in the latter case, which no answer tells.
 */
export type ControlTotal = 'never' | 'needed' | 'always'

export interface QuerySpec {
  readonly model: string
  readonly explore: string
  readonly fields: readonly string[]
}

export interface SourceDefinition {
  readonly look: string | null
  readonly title: string | null
  readonly model: string
  readonly explore: string
  readonly queryId: string | null
  readonly exploreUrl: string | null
  readonly fields: readonly Field[]
  readonly filters: Readonly<Record<string, string>>
  readonly sorts: readonly string[]
  /** The limit saved with the Look or query; mlc overrides it. */
  readonly savedLimit: number | null
  readonly timeZone: string | null
  /** What the Explore filters by itself; null when it could not be read. */
  readonly ownFilters: OwnFilters | null
  /** `sha256:…` over the canonical query (model, explore, fields, filters, sorts, pivots, dynamic fields, time zone, filled fields). */
  readonly definition: string
  /** The same as lines that a person reads, to show what changed. */
  readonly definitionLines: readonly string[]
}

/** Filters that nobody asked for, by field. */
export interface OwnFilters {
  /** Applied unless the query filters that field itself: their expressions. */
  readonly always: Readonly<Record<string, string>>
  readonly conditionally: Readonly<Record<string, string>>
  /** Applied in any case: the user attribute whose value decides which rows this API user sees. */
  readonly access: Readonly<Record<string, string>>
}

/**
 * Batches of rows, to be iterated once. An empty batch `[]` means "forget every row received so far": the answer broke off,
 * or has to be asked for in another order, and all rows come again from the first. No other batch is empty.
 */
export interface RowStream extends AsyncIterable<readonly Row[]> {
  /** What the pull came to. Call it after the iteration has ended; before that it throws. */
  result(): PullResult
}

export interface PullResult {
  readonly rows: number
  /** False only when an explicit limit cut the result. Anything else that is not complete is an error, not a result. */
  readonly complete: boolean
  readonly paging: Exclude<Paging, 'auto'> | 'delivery'
  /** Query calls sent (the ones that Looker's monthly quota counts). */
  readonly requests: number
  /** Sum of every column that is a number, as exact decimal text, by field name. */
  readonly totals: Readonly<Record<string, string>>
  readonly fields: readonly Field[]
  /** The totals of Looker itself with which the rows were compared, by measure; null when they were not. */
  readonly control: Readonly<Record<string, string>> | null
  /** Filters that Looker says it applied; null when the format does not tell. */
  readonly appliedFilters: Readonly<Record<string, string>> | null
  /** ISO time at which the run was answered. */
  readonly ranAt: string
  /** Harmless remarks of Looker, for the audit. */
  readonly notes: readonly string[]
  /** Remarks that nobody may miss, said already; none: absent. */
  readonly warnings?: readonly string[]
}
