import type { MasterCode } from '../model/chart.js'
import { fold } from '../model/fold.js'
import { comparePeriods, type Period } from '../model/period.js'
import { groupBy } from '../model/table.js'
import type { MapLine } from './map-file.js'

/** What a value of Looker is in QAD. `path` is the map file, null when codes are taken as they are. */
export type Resolution =
  | { readonly kind: 'mapped'; readonly code: string; readonly how: 'map' | 'map-normalised' | 'exact' | 'normalised' }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unmapped'; readonly path: string | null }
  | { readonly kind: 'ambiguous'; readonly path: string | null; readonly lines: readonly number[] }

export type Resolver = (value: string | null, period: Period) => Resolution

/**
 * Resolves Looker's values to QAD's codes, by a map file or, without one, as they are. A code that the chart has is spelled as
 * the chart spells it; one that it has not stays as it is, for the checks to report.
 * @param codes the chart's accounts or cost centres; null where the tenant's config names no such read
 */
export function createResolver(
  map: readonly MapLine[] | null,
  codes: readonly MasterCode[] | null,
  path: string | null,
): Resolver {
  const spell = createSpelling(codes)
  const resolve = map === null ? asItIs(spell) : byMap(map, spell, path)
  return memoised(resolve, map?.some(({ from, to }) => from !== null || to !== null) ?? false)
}

function asItIs(spell: Spelling): Resolver {
  return (value) => {
    if (value === null || value.trim() === '') return { kind: 'unmapped', path: null }
    // Blanks around a code are no part of it; QAD would drop them.
    const code = spell(value.trim())
    return { kind: 'mapped', code, how: code === value ? 'exact' : 'normalised' }
  }
}

function byMap(map: readonly MapLine[], spell: Spelling, path: string | null): Resolver {
  const find = createLineFinder(map)
  return (value, period) => {
    const { lines, isExact } = find(value, period)
    const [line, another] = lines
    if (line === undefined) return { kind: 'unmapped', path }
    if (another) return { kind: 'ambiguous', path, lines: lines.map((each) => each.line) }
    if (line.ignore) return { kind: 'ignored', reason: line.reason }
    return { kind: 'mapped', code: spell(line.qad), how: isExact ? 'map' : 'map-normalised' }
  }
}

/** The lines of a map that speak of a value in a period: those that spell it exactly, else those that do but for case and blanks. */
export function createLineFinder(
  map: readonly MapLine[],
): (value: string | null, period: Period) => { readonly lines: readonly MapLine[]; readonly isExact: boolean } {
  const exact = groupBy(map, ({ looker }) => looker)
  const folded = groupBy(map, ({ looker }) => fold(looker))
  return (value, period) => {
    const text = value ?? ''
    const inEffect = (line: MapLine) => isInEffect(line, period)
    const same = (exact.get(text) ?? []).filter(inEffect)
    if (same.length > 0) return { lines: same, isExact: true }
    return { lines: (folded.get(fold(text)) ?? []).filter(inEffect), isExact: false }
  }
}

function isInEffect({ from, to }: MapLine, period: Period): boolean {
  return (from === null || comparePeriods(from, period) <= 0) && (to === null || comparePeriods(period, to) <= 0)
}

/** The code as the chart spells it; a code the chart has not, or has several times but for case, comes back as given. */
type Spelling = (code: string) => string

function createSpelling(codes: readonly MasterCode[] | null): Spelling {
  // By NFC, because keys are: two spellings of one character must not become two references.
  const exact = new Map<string, string>()
  for (const { code } of codes ?? []) if (!exact.has(code.normalize('NFC'))) exact.set(code.normalize('NFC'), code)
  const folded = groupBy(exact.values(), fold)
  return (given) => {
    const plain = given.normalize('NFC')
    const known = exact.get(plain)
    if (known !== undefined) return known
    const [alike, another] = folded.get(fold(given)) ?? []
    return alike !== undefined && another === undefined ? alike : plain
  }
}

/** A million figures hold few distinct values: each is resolved once, or once a period when lines are effective-dated. */
function memoised(resolve: Resolver, dated: boolean): Resolver {
  const byPeriod = new Map<number, Map<string | null, Resolution>>()
  return (value, period) => {
    const slot = dated ? period.year * 100 + period.period : 0
    const known = byPeriod.get(slot) ?? new Map<string | null, Resolution>()
    byPeriod.set(slot, known)
    let resolution = known.get(value)
    if (!resolution) known.set(value, (resolution = resolve(value, period)))
    return resolution
  }
}
