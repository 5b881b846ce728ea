import { startOf } from './dates.js'
import { compareNumbers } from './decimal.js'
import { textOf } from './filter.js'
import { tokensOf, type Token } from './tokens.js'
import type { Explore, SourceRow } from './world.js'

/** What a Looker expression says of a row; null where SQL says UNKNOWN, which lets no row through. */
export type Condition = (row: SourceRow) => boolean | null

/**
 * Reads a custom filter in Looker's expression language, as far as its documents describe it for any data type: fields of the
 * Explore, texts in double quotes, numbers, `date`, `date_time`, `yes`, `no`, `is_null`, the six comparisons (`=` and `!=` for
 * all types, the others for numbers, dates and strings), `AND` before `OR`, `NOT`, brackets. All else is refused.
 * @throws ExpressionFault
 */
export function readExpression(text: string, explore: Explore): Condition {
  const reader = createReader(tokensOf(text, refuse), explore)
  const value = reader.or()
  reader.end()
  return asCondition(value)
}

/** Why Looker refuses a query's custom filter; null when it does not. */
export function expressionFault(text: string | undefined, explore: Explore): string | null {
  try {
    if (text !== undefined && text.trim() !== '') readExpression(text, explore)
    return null
  } catch (error) {
    if (error instanceof ExpressionFault) return error.message
    throw error
  }
}

class ExpressionFault extends Error {}

type Kind = 'yesno' | 'string' | 'number' | 'date'

/** An operand: its type, and what it is in a row. Dates are milliseconds of naive local time. */
interface Value {
  readonly kind: Kind
  readonly of: (row: SourceRow) => string | number | boolean | null
}

function createReader(tokens: readonly Token[], explore: Explore) {
  let at = 0
  const is = (...texts: string[]) => {
    const token = tokens[at]
    return token !== undefined && token.kind !== 'text' && token.kind !== 'field' && texts.includes(token.text)
  }
  const next = (): Token => tokens[at++] ?? refuse('it ends too early')
  const expect = (text: string) => void (is(text) ? at++ : refuse(`${text} is missing before ${shown(tokens[at])}`))

  function or(): Value {
    let left = and()
    while (is('OR'))
      left = joined(left, (at++, and()), (a, b) => (a === true || b === true ? true : strict(a, b, false)))
    return left
  }

  function and(): Value {
    let left = not()
    while (is('AND'))
      left = joined(left, (at++, not()), (a, b) => (a === false || b === false ? false : strict(a, b, true)))
    return left
  }

  function not(): Value {
    if (!is('NOT')) return comparison()
    at++
    const inner = asCondition(not())
    return { kind: 'yesno', of: (row) => negated(inner(row)) }
  }

  function comparison(): Value {
    const left = operand()
    if (!is('=', '!=', '>', '>=', '<', '<=')) return left
    return compared(left, next().text, operand())
  }

  function operand(): Value {
    const token = next()
    if (token.kind === 'field') return fieldOf(token.text, explore)
    if (token.kind === 'text') return constant('string', token.text)
    if (token.kind === 'number') return constant('number', token.text)
    if (token.text === 'yes' || token.text === 'no') return constant('yesno', token.text === 'yes')
    if (token.text === '(') return bracketed()
    if (token.text === 'is_null') return isNull()
    if (token.text === 'date') return dateOf(3)
    if (token.text === 'date_time') return dateOf(6)
    return refuse(`${shown(token)} is not known here`)
  }

  function bracketed(): Value {
    const inner = or()
    expect(')')
    return inner
  }

  function isNull(): Value {
    expect('(')
    const inner = or()
    expect(')')
    return { kind: 'yesno', of: (row) => inner.of(row) === null }
  }

  function dateOf(count: number): Value {
    expect('(')
    const parts: number[] = []
    while (parts.length < count) {
      if (parts.length > 0) expect(',')
      const token = next()
      if (token.kind !== 'number' || !/^\d+$/.test(token.text)) refuse(`${shown(token)} is no part of a date`)
      parts.push(Number(token.text))
    }
    expect(')')
    return constant('date', instant(parts))
  }

  return { or, end: () => void (at < tokens.length && refuse(`${shown(tokens[at])} is not expected`)) }
}

function fieldOf(name: string, explore: Explore): Value {
  const field = explore.fields.find((each) => each.name === name)
  if (field === undefined) return refuse(`unknown field ${name}`)
  if (field.kind !== 'dimension') return refuse(`${name} is a measure`)
  const kind = kindOf(field.type)
  return { kind, of: (row) => valueOf(kind, row[field.column] ?? null) }
}

function kindOf(type: string): Kind {
  if (type === 'yesno' || type === 'number') return type
  return type.startsWith('date') ? 'date' : 'string'
}

function valueOf(kind: Kind, cell: SourceRow[string] | null): string | number | boolean | null {
  if (cell === null || cell === undefined) return null
  if (kind === 'yesno') return cell === true || cell === 'Yes'
  return kind === 'date' ? startOf(textOf(cell)) : textOf(cell)
}

function constant(kind: Kind, value: string | number | boolean | null): Value {
  return { kind, of: () => value }
}

/** Null where there is no such day, as the documents have it. */
function instant([year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0]: readonly number[]): number | null {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(ms)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 ? ms : null
}

function compared(left: Value, sign: string, right: Value): Value {
  if (left.kind !== right.kind) refuse(`a ${left.kind} is compared with a ${right.kind}`)
  if (left.kind === 'yesno' && sign !== '=' && sign !== '!=') refuse(`${sign} is not for yes and no`)
  const test = TESTS[sign] ?? refuse(`${sign} is not known`)
  return {
    kind: 'yesno',
    of: (row) => {
      const [a, b] = [left.of(row), right.of(row)]
      return a === null || b === null ? null : test(order(left.kind, a, b))
    },
  }
}

const TESTS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
}

/** Texts by code unit, as the sandbox sorts them. */
function order(kind: Kind, a: string | number | boolean, b: string | number | boolean): number {
  if (kind === 'number') return compareNumbers(String(a), String(b))
  return a < b ? -1 : a > b ? 1 : 0
}

function asCondition(value: Value): Condition {
  if (value.kind !== 'yesno') return refuse(`a ${value.kind} stands where yes or no is wanted`)
  return (row) => value.of(row) as boolean | null
}

function joined(left: Value, right: Value, join: (a: boolean | null, b: boolean | null) => boolean | null): Value {
  const [first, second] = [asCondition(left), asCondition(right)]
  return { kind: 'yesno', of: (row) => join(first(row), second(row)) }
}

function strict(a: boolean | null, b: boolean | null, both: boolean): boolean | null {
  return a === null || b === null ? null : both
}

function negated(value: boolean | null): boolean | null {
  return value === null ? null : !value
}

function shown(token: Token | undefined): string {
  return token === undefined ? 'the end' : token.text
}

function refuse(why: string): never {
  throw new ExpressionFault(why)
}
