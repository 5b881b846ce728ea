/** What a new mlc.yaml is made of: the answers to the questions of `mlc init`. */
export interface Project {
  readonly environment: string
  readonly lookerUrl: string
  readonly qadUrl: string
  readonly domain: string
  readonly entity: string
  /** Number of the Look, as text. */
  readonly look: string
  readonly columns: ProjectColumns
  readonly hasMapFiles: boolean
}

/** The questions whose answer is one text; each has a variable for `mlc init --from-env`. */
export type Answer = 'lookerUrl' | 'qadUrl' | 'domain' | 'entity' | 'look'

/** Which column of the Look is what. */
export interface ProjectColumns {
  readonly account: Chosen
  /** Null: the figures have no cost centre. */
  readonly costCentre: Chosen | null
  /** A column, or a constant such as USD. */
  readonly currency: Chosen
  /** Null: the rows do not say their period. */
  readonly period: Chosen | null
  readonly filter: PeriodFilter
  /** At least one; the first is reconciled with the ledger. */
  readonly measures: readonly Chosen[]
}

/** What narrows the Look to one period. */
export interface PeriodFilter extends Chosen {
  /** A Looker filter expression with the placeholders of mlc.yaml. */
  readonly expression: '{period}' | '{start} to {end}'
}

export interface Chosen {
  readonly column: string
  /** person: said so; look: taken from the Look's fields, to be checked; example: a spelling of the demo, to be changed. */
  readonly by: 'person' | 'look' | 'example'
}
