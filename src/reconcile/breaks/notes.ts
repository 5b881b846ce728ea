import { breakKeyOf, foldKey, isSameView, type BreakNote, type NoteShown, type View } from '../../model/break.js'
import { groupBy } from '../../model/table.js'
import type { Variance } from '../../model/variance.js'
import { sameAmount } from '../causes/amounts.js'

/**
 * The note that a break of a period has: the newest that speaks of the period, else the newest of an earlier one.
 * @param notes of one job, oldest first
 */
export function createNotes(
  notes: readonly BreakNote[],
  view: View,
): (line: Variance, period: string) => NoteShown | null {
  const byKey = groupBy(
    notes.filter((note) => isSameView(note, view)),
    ({ key }) => foldKey(key),
  )
  return (line, period) => {
    const earlier = (byKey.get(foldKey(breakKeyOf(line))) ?? []).filter((note) => note.period <= period)
    const speaking = earlier.filter((note) => period <= (note.until ?? note.period))
    const note = speaking.at(-1) ?? earlier.at(-1)
    if (note === undefined) return null
    const { text, by, at, until, variance } = note
    const isOf = sameAmount(variance, line.variance)
    const state = speaking.length === 0 ? ('lapsed' as const) : isOf ? ('explains' as const) : ('moved' as const)
    return { text, by, at, until, period: note.period, variance, state }
  }
}
