/** The dimensions that place a figure, as Looker names them (before mapping). Null: the row has no value there. */
export interface FigurePlace {
  readonly account: string | null
  readonly costCentre: string | null
  readonly subAccount: string | null
  readonly project: string | null
  readonly site: string | null
}

/** One number that Looker reported, and where it came from. */
export interface Figure extends FigurePlace {
  /** 1-based row of the Looker answer. */
  readonly row: number
  /** Our name of the measure (`net_amount`), from `figure.measures`. */
  readonly measure: string
  /** Plain decimal text, exactly as Looker sent it: Looker's sign, unrounded. */
  readonly amount: string
  /** ISO 4217, upper case. */
  readonly currency: string
  /** `YYYY-PP`. */
  readonly period: string
}
