import { dateSpan, startOf } from './dates.js'
import type { SourceValue } from './world.js'

export type Test = (value: SourceValue) => boolean

/**
 * What a Looker filter expression lets through, by the type of the field. Null: Looker leaves the filter out
 * (blank, or `Y` on a yesno). An expression that does not fit the type lets nothing through, as `NOT NULL` on a string.
 */
export function filterTest(type: string, expression: string, now: number): Test | null {
  if (expression.trim() === '') return null
  if (type === 'yesno') return yesNo(expression)
  if (type.startsWith('date')) return dates(expression, now)
  if (NUMERIC.test(type)) return numbers(expression)
  return strings(expression)
}

const NUMERIC = /^(number|sum|count|count_distinct|average|max|min|sum_distinct|tier|int)/

function yesNo(expression: string): Test | null {
  const wanted = { yes: true, true: true, no: false, false: false }[expression.trim().toLowerCase()]
  return wanted === undefined ? null : (value) => (value === true || value === 'Yes') === wanted
}

/** `%` any text, `_` one character, `^` takes the next as it is, quotes keep commas and blanks, a leading `-` is NOT. */
function strings(expression: string): Test {
  const terms = stringTerms(expression).map(toTest)
  return anyOf(terms)
}

interface StringTerm {
  readonly negative: boolean
  /** The words NULL and EMPTY stand for themselves only when nothing was quoted or escaped. */
  readonly plain: string | null
  readonly pattern: string
}

function stringTerms(expression: string): StringTerm[] {
  const terms: StringTerm[] = []
  for (const raw of splitTerms(expression)) {
    const text = raw.trim()
    if (text === '') continue
    const negative = text.startsWith('-') && text.length > 1
    const body = negative ? text.slice(1) : text
    terms.push({ negative, plain: /[\^"]/.test(body) ? null : body, pattern: toPattern(body) })
  }
  return terms
}

/** At the commas that are neither quoted nor escaped. */
function splitTerms(expression: string): string[] {
  return [...expression.matchAll(/(?:\^.|"(?:\^.|[^"])*"|[^,])+/gs)].map((match) => match[0])
}

function toPattern(body: string): string {
  const pieces = body.matchAll(/\^(.)|"((?:\^.|[^"])*)"|([%_])|(.)/gs)
  return [...pieces]
    .map(([, escaped, quoted, wild, other]) => {
      if (quoted !== undefined) return toPattern(quoted)
      if (wild !== undefined) return wild === '%' ? '.*' : '.'
      return (escaped ?? other ?? '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    })
    .join('')
}

interface Term {
  readonly negative: boolean
  readonly test: Test
}

function toTest(term: StringTerm): Term {
  const { negative, plain } = term
  if (plain?.toUpperCase() === 'NULL') return { negative, test: (value) => value === null }
  if (plain?.toUpperCase() === 'EMPTY') return { negative, test: (value) => value === null || value === '' }
  const pattern = new RegExp(`^${term.pattern}$`, 'su')
  return { negative, test: (value) => value !== null && pattern.test(textOf(value)) }
}

/** One of the positive terms, if there are any, and none of the negative ones. */
function anyOf(terms: readonly Term[]): Test {
  const wanted = terms.filter((term) => !term.negative)
  const refused = terms.filter((term) => term.negative)
  return (value) =>
    (wanted.length === 0 || wanted.some((term) => term.test(value))) && !refused.some((term) => term.test(value))
}

export function textOf(value: Exclude<SourceValue, null>): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  return typeof value === 'string' ? value : value.n
}

function dates(expression: string, now: number): Test {
  const startIn = rememberingStarts()
  const terms = expression.split(',').map((raw): Term => {
    const text = raw.trim()
    const negative = /^not /i.test(text)
    const body = negative ? text.slice(4).trim() : text
    if (body.toLowerCase() === 'null') return { negative, test: (value) => value === null }
    const span = body.toLowerCase() === 'any time' ? { from: -Infinity, to: Infinity } : dateSpan(body, now)
    return { negative: negative && span !== null, test: (value) => span !== null && isWithin(startIn(value), span) }
  })
  return anyOf(terms)
}

function isWithin(start: number | null, span: { readonly from: number; readonly to: number }): boolean {
  return start !== null && start >= span.from && start < span.to
}

/** A column of dates repeats a few: each is read once. */
function rememberingStarts(): (value: SourceValue) => number | null {
  const known = new Map<string, number | null>()
  return (value) => {
    if (value === null) return null
    const text = textOf(value)
    const start = known.get(text) ?? startOf(text)
    known.set(text, start)
    return start
  }
}

/** `5`, `1, 3`, `NOT 5, 7`, `>=5 AND <10`, `5 to 10`, `[0,9)`, `NULL`, `NOT NULL`; a comma and OR mean either. */
function numbers(expression: string): Test {
  const branches = [...expression.matchAll(/(?:[[(][^\])]*[\])]|[^,])+/g)].flatMap((match) => match[0].split(/ or /i))
  let negative = false
  const terms = branches.map((branch): Term => {
    const text = branch.trim()
    // NOT holds for the plain numbers that follow it: NOT 66, 99, 4.
    if (/^not /i.test(text)) negative = true
    else if (!PLAIN_NUMBER.test(text)) negative = false
    const tests = text.replace(/^not /i, '').split(/ and /i).map(numberTest)
    return { negative, test: (value) => tests.every((test) => test(value)) }
  })
  return anyOf(terms)
}

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/

function numberTest(condition: string): Test {
  const text = condition.trim()
  if (/^null$/i.test(text)) return (value) => value === null
  if (PLAIN_NUMBER.test(text)) return compare('=', text)
  const sign = /^(<>|!=|>=|<=|>|<|=) ?(.+)$/.exec(text)
  if (sign !== null && PLAIN_NUMBER.test(sign[2] ?? '')) return compare(sign[1] ?? '=', sign[2] ?? '')
  const range = /^([[(])? ?(-?inf|[\d.+-]+)(?:,| to ) ?(inf|[\d.+-]+) ?([\])])?$/i.exec(text.replace(/, +/g, ','))
  if (range === null) return () => false
  const [, open, from = '', to = '', close] = range
  const above = /inf/i.test(from) ? null : compare(open === '(' ? '>' : '>=', from)
  const below = /inf/i.test(to) ? null : compare(close === ')' ? '<' : '<=', to)
  return (value) => value !== null && (above?.(value) ?? true) && (below?.(value) ?? true)
}

/** A warehouse compares its doubles; so does this one. */
function compare(sign: string, bound: string): Test {
  const right = Number(bound)
  return (value) => {
    if (value === null) return false
    const left = Number(textOf(value))
    if (sign === '=') return left === right
    if (sign === '<>' || sign === '!=') return left !== right
    if (sign === '>') return left > right
    if (sign === '>=') return left >= right
    return sign === '<' ? left < right : left <= right
  }
}
