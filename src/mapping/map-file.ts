import { parse } from 'csv-parse/sync'
import { MlcError } from '../errors.js'
import { comparePeriods, formatPeriod, parsePeriod, type Period } from '../model/period.js'

/** One line of a map file: what Looker's value is in QAD, or why it is left out. */
export interface MapLine extends NewMapLine {
  /** 1-based line of the file, for messages. */
  readonly line: number
}

export interface NewMapLine {
  /** The value exactly as Looker has it; empty text stands for "no value". */
  readonly looker: string
  /** QAD's code: text, with its leading zeros. Empty only on a line that is ignored. */
  readonly qad: string
  readonly ignore: boolean
  /** Never empty on a line that is ignored. */
  readonly reason: string
  /** First and last period in which the line holds, both inside; null: without bound. */
  readonly from: Period | null
  readonly to: Period | null
}

/**
 * Reads a map file: CSV in UTF-8 with the header `looker,qad[,ignore,reason,from,to]`.
 * @throws MLC-P020 naming the file, the line and the value
 */
export function readMap(text: string, path: string): readonly MapLine[] {
  const [header, ...records] = parseRecords(text, path)
  const columns = readHeader(header, path)
  const lines = records.map((record) => readLine(record, columns, path))
  refuseOverlaps(lines, path)
  return lines
}

/** The whole file: header and lines, RFC 4180, line feeds. */
export function writeMap(lines: readonly NewMapLine[]): string {
  return [ALL_COLUMNS, ...lines.map((line) => cellsOf(line, ALL_COLUMNS))].map((cells) => `${toCsv(cells)}\n`).join('')
}

/**
 * The file's text with lines added at its end; what was there stays as it was, character for character. Only when the file
 * lacks a column that an addition needs is the whole file written anew. An empty text becomes a new file.
 * @throws MLC-P020 when the text is no map file
 */
export function addLines(text: string, additions: readonly NewMapLine[]): string {
  if (text.replace(/^\uFEFF/, '').trim() === '') return writeMap(additions)
  const columns = readHeader(parseRecords(text, 'the map file')[0], 'the map file')
  const needed = (column: Column) => additions.some((addition) => cellsOf(addition, [column])[0] !== '')
  if (ALL_COLUMNS.some((column) => !columns.includes(column) && needed(column))) {
    return writeMap([...readMap(text, 'the map file'), ...additions])
  }
  const ending = text.includes('\r\n') ? '\r\n' : '\n'
  const start = /[\r\n]$/.test(text) ? text : `${text}${ending}`
  return start + additions.map((addition) => `${toCsv(cellsOf(addition, columns))}${ending}`).join('')
}

const ALL_COLUMNS = ['looker', 'qad', 'ignore', 'reason', 'from', 'to'] as const

type Column = (typeof ALL_COLUMNS)[number]

interface CsvRecord {
  readonly cells: readonly string[]
  readonly line: number
}

function parseRecords(text: string, path: string): readonly CsvRecord[] {
  refuseBrokenText(text, path)
  try {
    const parsed = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      // All three at once: a file that was edited on two systems may mix them.
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as unknown as readonly { record: readonly string[]; info: { lines: number } }[]
    return parsed
      .map(({ record, info }) => ({ cells: record, line: firstLine(record, info.lines) }))
      .filter(({ cells }) => cells.length > 1 || cells[0]?.trim() !== '')
  } catch (cause) {
    throw invalid(
      path,
      lineOfCsvError(cause),
      'quotes do not match: a value with a quote is written "a ""quoted"" b"',
      cause,
    )
  }
}

/** Text that was decoded from another encoding than UTF-8 carries the replacement character. */
function refuseBrokenText(text: string, path: string): void {
  const at = text.search(/[\uFFFD\0]/)
  if (at < 0) return
  throw invalid(path, text.slice(0, at).split(/\r\n|\n|\r/).length, 'holds bytes that are not UTF-8 text')
}

/** csv-parse counts the line a record ends on. */
function firstLine(cells: readonly string[], lastLine: number): number {
  return lastLine - cells.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
}

function lineOfCsvError(cause: unknown): number {
  return typeof cause === 'object' && cause !== null && 'lines' in cause ? Number(cause.lines) : 1
}

function readHeader(header: CsvRecord | undefined, path: string): readonly Column[] {
  const cells = header?.cells ?? []
  const known = cells.filter((cell): cell is Column => (ALL_COLUMNS as readonly string[]).includes(cell))
  const sound = known.length === cells.length && new Set(cells).size === cells.length
  if (sound && cells[0] === 'looker' && cells[1] === 'qad') return known
  const isSemicolon = /^looker *;/.test(cells[0] ?? '')
  throw invalid(
    path,
    header?.line ?? 1,
    `the header is ${quote(cells.join(','))}, not looker,qad[,ignore,reason,from,to]${isSemicolon ? '; save the file with commas, not semicolons' : ''}`,
  )
}

function readLine({ cells, line }: CsvRecord, columns: readonly Column[], path: string): MapLine {
  const refuse = (message: string) => invalid(path, line, message)
  if (cells.length !== columns.length) {
    throw refuse(`has ${cells.length} values where the header has ${columns.length}: ${quote(cells.join(','))}`)
  }
  const cell = (column: Column) => cells[columns.indexOf(column)] ?? ''
  const looker = cell('looker')
  const [qad, ignore, reason] = [cell('qad').trim(), cell('ignore').trim(), cell('reason').trim()]
  const [from, to] = [cell('from').trim(), cell('to').trim()].map((text) => {
    const period = text === '' ? null : parsePeriod(text)
    if (text !== '' && period === null) throw refuse(`${quote(text)} is not a period YYYY-PP`)
    return period
  })
  if (!['', 'yes', 'no'].includes(ignore)) throw refuse(`ignore is ${quote(ignore)}, not yes, no or empty`)
  if (ignore === 'yes' && reason === '') throw refuse(`${quote(looker)} is ignored without a reason`)
  if (ignore !== 'yes' && qad === '') throw refuse(`${quote(looker)} has no QAD code and is not ignored`)
  if (hasControlCharacter(qad)) throw refuse(`the QAD code ${quote(qad)} holds a control character`)
  if (from && to && comparePeriods(from, to) > 0) {
    throw refuse(`from ${formatPeriod(from)} is later than to ${formatPeriod(to)}`)
  }
  return { line, looker, qad, ignore: ignore === 'yes', reason, from: from ?? null, to: to ?? null }
}

/** Two lines for one value must not hold in one period: the file would say two things. */
function refuseOverlaps(lines: readonly MapLine[], path: string): void {
  const latest = new Map<string, MapLine>()
  for (const line of lines.toSorted(byStart)) {
    const before = latest.get(line.looker)
    if (before && startsBeforeEnd(line, before)) {
      const [first, second] = before.line < line.line ? [before, line] : [line, before]
      throw invalid(path, second.line, `${quote(line.looker)} is already on line ${first.line} for the same periods`)
    }
    latest.set(line.looker, line)
  }
}

function byStart(a: MapLine, b: MapLine): number {
  return start(a) - start(b) || a.line - b.line
}

function start({ from }: MapLine): number {
  return from === null ? 0 : from.year * 100 + from.period
}

function startsBeforeEnd({ from }: MapLine, { to }: MapLine): boolean {
  return from === null || to === null || comparePeriods(from, to) <= 0
}

function cellsOf(line: NewMapLine, columns: readonly Column[]): readonly string[] {
  const texts: Record<Column, string> = {
    looker: line.looker,
    qad: line.qad,
    ignore: line.ignore ? 'yes' : '',
    reason: line.reason,
    from: line.from ? formatPeriod(line.from) : '',
    to: line.to ? formatPeriod(line.to) : '',
  }
  return columns.map((column) => texts[column])
}

function toCsv(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
}

function invalid(path: string, line: number, message: string, cause?: unknown): MlcError {
  return new MlcError('MLC-P020', `${path} line ${line}: ${message}`, cause === undefined ? {} : { cause })
}
