import { textOf } from './filter.js'
import type { CellForm } from './faults.js'
import type { SourceValue } from './world.js'

/** The cell as a badly set up field or a formatted run would show it. */
export function reform(value: SourceValue, form: CellForm): SourceValue {
  if (typeof form === 'object') return { n: form.raw }
  const fixed = FIXED[form]
  return fixed === undefined ? written(value, form) : fixed
}

const FIXED: Readonly<Partial<Record<string, SourceValue>>> = {
  NaN: 'NaN',
  Infinity: 'Infinity',
  blank: '',
  null: null,
  huge: { n: '12345678901234567890.12' },
}

function written(value: SourceValue, form: string): SourceValue {
  if (value === null || typeof value !== 'object') return value
  if (form === 'text') return value.n
  if (form === 'exponent') return { n: Number(value.n).toExponential() }
  const negative = value.n.startsWith('-')
  const grouped = thousands(value.n.replace('-', ''))
  if (form === 'thousands') return negative ? `-${grouped}` : grouped
  if (form === 'parentheses') return `(${grouped})`
  return negative ? `($${grouped})` : `$${grouped}`
}

/** `1234.5` as `1,234.50`: what LookML's value formats make of a number. */
function thousands(literal: string): string {
  const [whole = '', fraction = ''] = Number(literal).toFixed(2).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return `${grouped}.${fraction}`
}

/** `apply_formatting=true`: every number of a measure becomes text. */
export function formatted(value: SourceValue): SourceValue {
  return value !== null && typeof value === 'object' ? textOf(written(value, 'currency') ?? '') : value
}
