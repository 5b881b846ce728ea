import type { RunLines } from '../../audit/trace.js'
import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import type { MapLine } from '../../mapping/map-file.js'
import { createLineFinder, createResolver } from '../../mapping/resolve.js'
import { fold } from '../../model/fold.js'
import type { FigureSpec } from '../../model/job.js'
import { formatPeriod, parsePeriod } from '../../model/period.js'
import type { Reference } from '../../model/reference.js'
import type { Row } from '../../model/row.js'
import { figuresOfRow } from '../../pipeline/figures.js'
import type { RunHead } from '../../pipeline/ports.js'
import { mapsIn, textIn } from './read.js'

/** One of the job's maps, as the run used it. */
export interface MapUsed {
  readonly dimension: 'account' | 'costCentre'
  /** Column of the Looker answer that it maps. */
  readonly column: string
  /** Null: codes are taken as they are. */
  readonly file: string | null
  /** Of the file as the run read it. */
  readonly hash: string | null
  /** Whether the file is today what it was; null when it cannot be told. */
  readonly unchanged: boolean | null
  /** Its lines, where they are the ones that the run read. */
  readonly lines: readonly MapLine[] | null
}

/** Looker's value, what it became, and the line of the map that says so. */
export interface MappedValue {
  readonly looker: string
  readonly qad: string
  /** 1-based; null: the file has changed since, or there is none. */
  readonly line: number | null
}

/** The maps of a run. mlc keeps no copies of them: a line can be named as long as the file is the one that the run read. */
export async function mapsOf(
  spec: FigureSpec,
  job: string | null,
  mapped: RunLines['mapped'][number] | undefined,
  context: Context,
): Promise<readonly MapUsed[]> {
  const files = mapsIn(mapped?.data) ?? (job === null ? null : await context.job(job).then(({ map }) => map, asAbsent))
  const [accountsHash = null, costCentresHash = null] = textIn(mapped?.data, 'mapHash')?.split('+') ?? []
  const used: MapUsed[] = []
  const columns = [
    { dimension: 'account', column: spec.account, file: files?.accounts ?? null, hash: accountsHash },
    { dimension: 'costCentre', column: spec.costCentre, file: files?.costCentres ?? null, hash: costCentresHash },
  ] as const
  for (const { dimension, column, file, hash } of columns) {
    if (column === null) continue
    used.push({ dimension, column, file, ...(await asToday(file, hash === 'none' ? null : hash, context)) })
  }
  return used
}

async function asToday(
  file: string | null,
  hash: string | null,
  context: Context,
): Promise<Pick<MapUsed, 'hash' | 'unchanged' | 'lines'>> {
  if (file === null || hash === null) return { hash, unchanged: null, lines: null }
  const today = await context
    .maps()
    .then((maps) => maps.read(file))
    .catch(asAbsent)
  if (today === null) return { hash, unchanged: null, lines: null }
  const unchanged = today.hash === hash
  return { hash, unchanged, lines: unchanged ? today.lines : null }
}

/** What the map made of these rows: each value once. */
export function valuesOf(map: MapUsed, rows: readonly Row[], reference: Reference): readonly MappedValue[] {
  const find = map.lines && createLineFinder(map.lines)
  const values = new Set(rows.map((row) => row[map.column]).filter((cell) => typeof cell !== 'boolean'))
  return [...values].map((value) => {
    const found = find?.(value ?? null, reference).lines ?? []
    return {
      looker: value ?? '',
      qad: reference[map.dimension],
      line: found.length === 1 ? (found[0]?.line ?? null) : null,
    }
  })
}

/**
 * Whether a row of the run became part of the reference, told by resolving it again. QAD's chart is not asked, so codes are compared
 * as a reader would; null when a map is no longer what it was.
 */
export function belongingTo(
  reference: Reference,
  { figure: spec, period, scope }: RunHead,
  maps: readonly MapUsed[],
): ((row: Row, number: number) => boolean) | null {
  if (maps.some(({ file, lines }) => file !== null && lines === null)) return null
  const resolvers = new Map(maps.map((map) => [map.dimension, createResolver(map.lines, null, map.file)]))
  const text = formatPeriod(reference)
  // Where the run was asked for this period alone, its rows were checked against QAD's calendar when they came.
  const isOfPeriod = (found: string) => found === text || (scope === 'period' && period === text)
  const asked = spec.period === null && period !== null ? parsePeriod(period) : null
  const becomes = (dimension: MapUsed['dimension'], value: string | null) => {
    const found = resolvers.get(dimension)?.(value, reference)
    return found === undefined || (found.kind === 'mapped' && fold(found.code) === fold(reference[dimension]))
  }
  return (row, number) =>
    figuresOfRow(row, number, spec, { asked, within: scope, calendar: [] }).some(
      (figure) =>
        figure.measure === reference.measure &&
        figure.currency === reference.currency &&
        isOfPeriod(figure.period) &&
        OTHERS.every((name) => fold(figure[name] ?? '') === fold(reference[name])) &&
        becomes('account', figure.account) &&
        becomes('costCentre', figure.costCentre),
    )
}

const OTHERS = ['subAccount', 'project', 'site'] as const

/** Without mlc.yaml, or with a map that is gone, the rest is told all the same. */
function asAbsent(error: unknown): null {
  if (error instanceof MlcError) return null
  throw error
}
