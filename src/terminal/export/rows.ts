import type { Field, Row } from '../../model/row.js'
import { csvLine, jsonText } from '../formats.js'
import type { Terminal } from '../output.js'
import type { TableColumn } from './layout.js'
import { csvRows, jsonRows } from './lines.js'
import { openSpool, type Spool } from './spool.js'
import { createTableRows } from './table.js'

export type RowFormat = 'table' | 'json' | 'ndjson' | 'csv'

/** Rows on their way to stdout or a file. Nobody sees any of them before finish(), or ever, when that is not reached. */
export interface RowOutput {
  /** Takes a batch at once, so that its bytes may be used again. */
  write(batch: readonly Row[]): void
  /** Forgets every row so far. */
  restart(): void
  /** @returns what a person should know about what is shown */
  finish(ending: Ending): Promise<readonly string[]>
  /** Leaves nothing behind; after finish() it does nothing. */
  discard(): void
}

export interface Ending {
  /** Further members of the JSON object, which come after its rows. */
  readonly members: Readonly<Record<string, unknown>>
  /** Sums by field name, for the last line of a table; none when they would say nothing. */
  readonly totals: Readonly<Record<string, string>>
}

export interface RowOutputOptions {
  readonly format: RowFormat
  /** What --output says. */
  readonly path: string | undefined
  readonly fields: readonly Field[]
  /** First members of the JSON object. */
  readonly head: Readonly<Record<string, unknown>>
}

type Screen = Pick<Terminal, 'data' | 'isClosed' | 'isPerson' | 'columns'>

/** @throws MLC-C006 when the file cannot be written */
export function openRows(options: RowOutputOptions, terminal: Screen): RowOutput {
  const spool = openSpool(options.path, terminal)
  if (options.format === 'table') return tableOutput(options, spool, terminal)
  if (options.format === 'json') return jsonOutput(options, spool)
  return lineOutput(options, spool)
}

function lineOutput({ format, fields }: RowOutputOptions, spool: Spool): RowOutput {
  const names = fields.map(({ name }) => name)
  const writeRows = format === 'csv' ? csvRows(names, fields.map(mayBeNumber)) : jsonRows('', '\n').write
  const begin = () => (format === 'csv' ? spool.pen.text(csvLine(names)) : undefined)
  begin()
  return {
    write: (batch) => writeRows(batch, spool.pen),
    restart() {
      spool.restart()
      begin()
    },
    async finish() {
      await spool.finish()
      return []
    },
    discard: () => spool.discard(),
  }
}

function jsonOutput({ head }: RowOutputOptions, spool: Spool): RowOutput {
  const rows = jsonRows(',\n', '')
  const begin = () => spool.pen.text(`${jsonText(head).slice(0, -1)},"data":[\n`)
  begin()
  return {
    write: (batch) => rows.write(batch, spool.pen),
    restart() {
      spool.restart()
      rows.reset()
      begin()
    },
    async finish({ members }) {
      spool.pen.text(`\n],${jsonText(members).slice(1)}\n`)
      await spool.finish()
      return []
    },
    discard: () => spool.discard(),
  }
}

function tableOutput({ fields, path }: RowOutputOptions, spool: Spool, terminal: Screen): RowOutput {
  const isScreen = terminal.isPerson && (path === undefined || path === '-')
  const shown = {
    names: fields.map(({ name }) => name),
    columns: fields.map(columnOf),
    screen: isScreen ? (terminal.columns ?? 80) : null,
  }
  const rows = createTableRows(shown)
  return {
    write: (batch) => rows.take(batch),
    restart: () => rows.restart(),
    async finish({ totals }) {
      const remarks = rows.write(spool.pen, totals)
      rows.discard()
      await spool.finish()
      return remarks
    },
    discard() {
      rows.discard()
      spool.discard()
    },
  }
}

function columnOf({ label, type, kind }: Field): TableColumn {
  if (kind === 'dimension') return { title: label, style: NUMBERS.has(type) ? 'plain' : 'text' }
  return { title: label, style: COUNTS.has(type) ? 'count' : 'amount' }
}

const NUMBERS: ReadonlySet<string> = new Set(['number', 'int'])
const COUNTS: ReadonlySet<string> = new Set(['count', 'count_distinct', 'int'])

/** Where the Explore could not be read, a plain decimal is taken for a number rather than for a formula. */
function mayBeNumber({ kind, type }: Field): boolean {
  return kind !== 'dimension' || type === 'unknown'
}
