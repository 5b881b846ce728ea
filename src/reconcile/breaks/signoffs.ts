import {
  breakKeyOf,
  isSameView,
  ROLES,
  type NoteShown,
  type ReportHash,
  type Role,
  type SignOff,
  type View,
} from '../../model/break.js'
import { canonicalHash } from '../../model/canonical.js'
import { MlcError } from '../../errors.js'
import { fold } from '../../model/fold.js'
import type { Variance } from '../../model/variance.js'

/** A sign-off as a later reconciliation finds it: what was signed is the same, or the figures moved, or what they are judged by. */
export interface SignOffShown extends Omit<SignOff, keyof View> {
  readonly state: 'standing' | 'suspended'
  readonly moved: 'figures' | 'settings or notes' | null
}

/** @param settings all that decides what the lines are and how they are judged */
export function hashOf(
  lines: Iterable<Variance & { readonly note: NoteShown | null }>,
  settings: Readonly<Record<string, unknown>>,
): ReportHash {
  const figures = each(lines, (line) => ({ key: breakKeyOf(line), looker: line.looker, ledger: line.ledger }))
  const judged = each(lines, ({ variance, verdict, note }) => {
    const explained =
      note?.state === 'explains' ? { text: note.text, until: note.until, variance: note.variance } : null
    return { variance, verdict, note: explained }
  })
  return { hash: canonicalHash({ settings, figures, judged }), figures: canonicalHash(figures) }
}

/** As a list is hashed, without there being one: the lines may be millions. */
function each<T>(lines: Iterable<T>, change: (line: T) => unknown): Iterable<unknown> {
  return {
    *[Symbol.iterator]() {
      for (const line of lines) yield change(line)
    },
  }
}

/**
 * The newest sign-off of each role on a period.
 * @param signoffs of one job, oldest first @param now what a sign-off would be bound to today
 */
export function signOffsOf(
  signoffs: readonly SignOff[],
  period: string,
  view: View,
  now: ReportHash,
): readonly SignOffShown[] {
  const ofPeriod = signoffs.filter((one) => one.period === period && isSameView(one, view))
  return ROLES.flatMap((role) => {
    const newest = ofPeriod.filter((one) => one.role === role).at(-1)
    if (newest === undefined) return []
    const { hash, figures, open, by, at } = newest
    const isSame = hash === now.hash
    const moved = isSame ? null : figures === now.figures ? ('settings or notes' as const) : ('figures' as const)
    return [{ role, period, hash, figures, open, by, at, state: isSame ? 'standing' : 'suspended', moved }]
  })
}

export interface Signing extends View {
  readonly role: Role
  readonly user: string
  readonly period: string
  readonly hash: string
  /** Who signs in one role may not sign the same in the other. */
  readonly secondPerson: boolean
}

/**
 * A reviewer signs what a preparer has signed, to the last cent.
 * @param signoffs of the job, oldest first @throws MLC-C022, MLC-C023
 */
export function requireMaySign(signoffs: readonly SignOff[], signing: Signing): void {
  const { role, user, period, hash, secondPerson } = signing
  const same = signoffs.filter((one) => one.period === period && isSameView(one, signing) && one.hash === hash)
  if (role === 'reviewer' && !same.some((one) => one.role === 'preparer')) {
    const was = signoffs.some((one) => one.period === period && isSameView(one, signing) && one.role === 'preparer')
    const found = was ? 'what the preparer signed has changed since' : 'no preparer has signed it'
    throw new MlcError('MLC-C022', `${period}: ${found}`)
  }
  // A name is the same person whatever its case, as it is to Windows.
  const other = same.find((one) => one.role !== role && fold(one.by) === fold(user))
  if (secondPerson && other !== undefined)
    throw new MlcError('MLC-C023', `${user} has signed ${period} as ${other.role} already`)
}
