import type { Cause } from '../../model/cause.js'
import { fold } from '../../model/fold.js'
import type { Level, Variance } from '../../model/variance.js'
import { groupBy } from '../../model/table.js'
import { placeAt } from '../place.js'
import { decimalsOf, size, textOf, unitsOf, type Sides } from './amounts.js'

/** Figures that the map does not place, or leaves out: of one pair of Looker values. */
export interface LeftOut {
  readonly kind: 'unmapped' | 'ignored'
  readonly dimension: 'account' | 'costCentre'
  /** Of that dimension, as Looker spells it. */
  readonly value: string | null
  readonly reason: string | null
  /** The codes of the other dimension, or of both where a value is ignored that has one; null: none. */
  readonly qadAccount: string | null
  readonly qadCostCentre: string | null
  /** Where its figures stand as a line of their own; null when they stand nowhere. */
  readonly shownAt: { readonly account: string; readonly costCentre: string } | null
  readonly currency: string
  readonly measure: string
  readonly amount: string
  readonly rows: number
}

/** A master list or a map, asked for one code. */
export interface Codes {
  /** Null where there is no such read. */
  isActive(dimension: Dimension, code: string): { readonly known: boolean; readonly active: boolean } | null
  /** Whether any value of Looker leads to it; `ignored`: only a line that leaves it out does. Null where there is no map. */
  isMapped(dimension: Dimension, code: string): { readonly mapped: boolean; readonly reason: string | null } | null
}

type Dimension = 'account' | 'costCentre'

/** Asked line by line: looking through all that is left out for each of a million lines would take hours. */
export type MissingCauses = (line: Variance, sides: Sides) => Cause[]

/** Why one side has nothing, or too little: not mapped, left out on purpose, or a code that QAD has closed. */
export function createMissingCauses(known: MissingKnown): MissingCauses {
  const byAmount = groupBy(known.leftOut, ({ amount }) => plainText(amount))
  const shown = known.leftOut.filter(({ shownAt }) => shownAt !== null)
  const byPlace = groupBy(shown, ({ shownAt, currency }) =>
    placeText(known.level, { ...NOWHERE, ...shownAt, currency }),
  )
  return (line, sides) => {
    const same = byAmount.get(plainText(textOf(-sides.variance, sides.decimals))) ?? []
    const here = (byPlace.get(placeText(known.level, line)) ?? []).filter((one) => !same.includes(one))
    return causesOf(line, sides, { ...known, leftOut: [...same, ...here] })
  }
}

/** Whether what is left out may explain any of these lines: by its amount, or where it stands. */
export function createInterest(lines: readonly Variance[], level: Level): (one: LeftOut) => boolean {
  const amounts = new Set(
    lines.map(({ variance }) => plainText(variance.startsWith('-') ? variance.slice(1) : `-${variance}`)),
  )
  const places = new Set(lines.map((line) => placeText(level, line)))
  return ({ amount, shownAt, currency }) =>
    amounts.has(plainText(amount)) || (shownAt !== null && places.has(placeText(level, { ...shownAt, currency })))
}

interface MissingKnown {
  readonly leftOut: readonly LeftOut[]
  readonly codes: Codes
  readonly level: Level
  /** Decimals of the job. */
  readonly scale: number
}

const NOWHERE = { account: '', costCentre: '' }

/** Without the zeros that change nothing. */
function plainText(amount: string): string {
  const decimals = decimalsOf(amount)
  return textOf(unitsOf(amount, decimals), decimals)
}

function placeText(level: Level, place: Pick<Variance, 'account' | 'costCentre' | 'currency'>): string {
  const { account, costCentre } = placeAt(level, place)
  return JSON.stringify([account, costCentre, place.currency].map(fold))
}

function causesOf(line: Variance, sides: Sides, known: MissingKnown): Cause[] {
  const leftOut: Cause[] = []
  for (const one of known.leftOut) {
    if (leftOut.length === MOST_CAUSES) break
    leftOut.push(...leftOutCause(line, sides, one, known))
  }
  const isOneSided = line.looker === null || line.ledger === null
  const atCodes = isOneSided ? DIMENSIONS.flatMap((dimension) => codeCauses(line, dimension, known.codes, leftOut)) : []
  return [...leftOut, ...atCodes]
}

/** Of values left out that have one amount, more tell nobody which it is. */
const MOST_CAUSES = 20

const DIMENSIONS = ['account', 'costCentre'] as const

function leftOutCause(
  line: Variance,
  { variance, decimals }: Sides,
  one: LeftOut,
  { level, scale }: { readonly level: Level; readonly scale: number },
): Cause[] {
  if (fold(one.currency) !== fold(line.currency) || one.measure !== line.measure) return []
  const standsHere = one.shownAt !== null && isAt(line, one.shownAt.account, one.shownAt.costCentre, level)
  const fine = Math.max(decimals, decimalsOf(one.amount))
  const gap = variance * 10n ** BigInt(fine - decimals)
  const isGap = unitsOf(one.amount, fine) === -gap && size(gap) >= LEAST * 10n ** BigInt(fine - scale)
  const fits = one.shownAt === null || !standsHere ? isGap && couldBeAt(line, one, level) : line.ledger === null
  if (!fits) return []
  const { kind, dimension, value, reason, amount, rows } = one
  const what = `${WORDS[dimension]} ${value === null || value === '' ? 'blank' : JSON.stringify(value)}`
  const why = kind === 'ignored' ? `the map leaves out ${what} (${reason ?? ''})` : `${what} is not mapped`
  return [{ kind, text: `${why}: ${amount}`, dimension, value, amount, rows, reason }]
}

/** In units of the job's scale: a few cents are somewhere among what is left out. */
const LEAST = 100n

const WORDS = { account: 'account', costCentre: 'cost centre' } as const

function isAt(line: Variance, account: string, costCentre: string, level: Level): boolean {
  const sameAccount = level === 'costCentre' || level === 'total' || fold(account) === fold(line.account)
  const sameCentre = level === 'account' || level === 'total' || fold(costCentre) === fold(line.costCentre)
  return sameAccount && sameCentre
}

/** The codes that are known agree, and at least one is. */
function couldBeAt(line: Variance, { qadAccount, qadCostCentre }: LeftOut, level: Level): boolean {
  if (level === 'total') return true
  if (qadAccount === null && qadCostCentre === null) return false
  return isAt(line, qadAccount ?? line.account, qadCostCentre ?? line.costCentre, level)
}

function codeCauses(line: Variance, dimension: Dimension, codes: Codes, found: readonly Cause[]): Cause[] {
  const code = line[dimension]
  if (code === '') return []
  const isUnmapped = found.some((cause) => cause.kind === 'unmapped' && cause.dimension === dimension)
  const state = codes.isActive(dimension, code)
  if (state !== null && !state.active && !isUnmapped) {
    const said = state.known ? 'is inactive in QAD' : 'is not in QAD'
    return [{ kind: 'inactive', text: `${WORDS[dimension]} ${code} ${said}`, dimension, code, isKnown: state.known }]
  }
  return line.looker === null ? unmappedCode(code, dimension, codes, found) : []
}

/** The ledger alone has something at a code that no value of Looker leads to. */
function unmappedCode(code: string, dimension: Dimension, codes: Codes, found: readonly Cause[]): Cause[] {
  const state = codes.isMapped(dimension, code)
  if (state === null || state.mapped || found.some((cause) => 'dimension' in cause && cause.dimension === dimension))
    return []
  const { reason } = state
  const kind = reason === null ? 'unmapped' : 'ignored'
  const why = reason === null ? 'no value of Looker is mapped to' : 'the map leaves out'
  const text = `${why} ${WORDS[dimension]} ${code}${reason === null ? '' : ` (${reason})`}`
  return [{ kind, text, dimension, value: code, amount: null, rows: 0, reason }]
}
