/** One value of a Looker row. A number is its own text, digit for digit; yes/no dimensions may be booleans. */
export type Cell = string | boolean | null

/** One row, by field name (`gl.net_amount`). Has no prototype surprises: built from own keys only. */
export type Row = Readonly<Record<string, Cell>>

export interface Field {
  readonly name: string
  readonly label: string
  /** Looker's type: `string`, `number`, `sum`, `date_month`, `yesno`, … */
  readonly type: string
  readonly kind: 'dimension' | 'measure' | 'table_calculation'
}
