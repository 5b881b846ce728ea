/** What a sandbox Looker serves. Written from the facts about Looker alone; knows nothing of the client. */
export interface LookerWorld {
  /** `looker_release_version`, such as `26.12.3`. */
  readonly release: string
  readonly keys: readonly ApiKey[]
  readonly explores: readonly Explore[]
  readonly looks: readonly Look[]
  readonly dashboards?: readonly Dashboard[]
  /** The instance's one static token, sent with every webhook. */
  readonly webhookToken?: string
}

export interface ApiKey {
  readonly clientId: string
  readonly clientSecret: string
  readonly name: string
  /** All that reading needs when absent. Without `see_sql` no SQL is shown; without `download_without_limit` rows end silently at the cap. */
  readonly permissions?: readonly string[]
}

export interface Explore {
  readonly model: string
  readonly name: string
  readonly label: string
  readonly fields: readonly ExploreField[]
  /** The fact table: grouped by the dimensions of a query, measures summed. A function for large or generated tables. */
  readonly rows: readonly SourceRow[] | (() => Iterable<SourceRow>)
  /** True: each row is unique by its dimensions, so a query that takes them all is served row by row, without memory. */
  readonly flat?: boolean
  /** Filters that Looker adds to every query of this Explore. */
  readonly alwaysFilter?: Readonly<Record<string, string>>
  /** Filters by the API user's attributes, by field: applied in silence, whatever is asked. */
  readonly accessFilters?: Readonly<Record<string, { readonly attribute: string; readonly value: string }>>
  /** The key of a flat Explore: its rows come in ascending order of these fields and no two are alike in them. */
  readonly sortedBy?: readonly string[]
  /** Where nulls sort: below all values unless told. Null: the metadata does not tell, and they sort low. */
  readonly nullSort?: 'low' | 'high' | 'first' | 'last' | null
  /** What Looker says of it, where that is wrong. */
  readonly saidNullSort?: 'low' | 'high' | 'first' | 'last'
}

export interface ExploreField {
  /** `view.field` */
  readonly name: string
  readonly label: string
  /** Looker's type: string, number, date_month, date_date, yesno for dimensions; sum, count for measures. */
  readonly type: string
  readonly kind: 'dimension' | 'measure'
  /** Column of the source row. */
  readonly column: string
  readonly hidden?: boolean
  /** False: Looker does not filter on it. */
  readonly canFilter?: boolean
  /** LookML `case`: sorted as its cases are listed, not by its value. */
  readonly isCase?: boolean
}

/** A number is given as `{n: '78096.899999999994'}`: its literal as Looker would print it. */
export type SourceValue = string | boolean | null | { readonly n: string }
export type SourceRow = Readonly<Record<string, SourceValue>>

export interface Look {
  readonly id: string
  readonly title: string
  readonly query: LookQuery
}

export interface Dashboard {
  readonly id: string
  readonly title: string
  readonly filters: readonly { readonly name: string; readonly value: string | null; readonly required?: boolean }[]
  readonly tiles: readonly DashboardTile[]
}

/** A Look, a query, merged results or a text. */
export interface DashboardTile {
  readonly id: string
  readonly title: string
  readonly look?: string
  readonly query?: LookQuery
  readonly merges?: boolean
  readonly text?: string
  /** Which field of the tile a filter of the dashboard is for, by the filter's name. */
  readonly listens?: Readonly<Record<string, string>>
}

export interface LookQuery {
  readonly model: string
  readonly view: string
  readonly fields: readonly string[]
  readonly filters: Readonly<Record<string, string>>
  readonly sorts: readonly string[]
  /** Saved limit, as text, as Looker keeps it. */
  readonly limit: string
  readonly pivots?: readonly string[]
  readonly total?: boolean
  readonly filterExpression?: string
  /** A JSON string, as Looker keeps it: table calculations and custom fields. Their columns never appear in a run. */
  readonly dynamicFields?: string
  readonly timeZone?: string
}
