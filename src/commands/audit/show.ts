import type { AuditLine } from '../../audit/read.js'
import type { Context } from '../../context.js'
import { EXIT, MlcError } from '../../errors.js'
import { asMlcError } from '../../pipeline/sync.js'
import { groupDigits } from '../../terminal/amount.js'
import { csvLine } from '../../terminal/formats.js'
import { visible } from '../../terminal/sanitise.js'
import type { Output } from '../../terminal/sink.js'
import { table } from '../../terminal/table.js'
import { fileFormatFlag } from '../flags.js'
import { columnsOf, CSV_COLUMNS, TABLE_COLUMNS, type Column } from './columns.js'
import { requireNamed, withMeaning } from './named.js'
import { selectRecords, selectRows, type AuditRow, type SelectFlags } from './select.js'
import { showTotals } from './totals.js'

export interface ShowFlags extends SelectFlags {
  readonly columns?: string
  /** Sums instead of records. */
  readonly totals?: boolean
}

/** `mlc audit show`: the records that meet all flags, oldest first. */
export async function runShow(flags: ShowFlags, context: Context): Promise<number> {
  return show(flags, fileFormatFlag(flags, ['table', 'json', 'ndjson', 'csv']), context)
}

/** `mlc audit export`: the same for another program: the lines as they were hashed, or a table for a spreadsheet. */
export async function runExport(flags: ShowFlags, context: Context): Promise<number> {
  return show(flags, fileFormatFlag(flags, ['ndjson', 'csv', 'json']), context)
}

type Format = 'table' | 'json' | 'ndjson' | 'csv'

async function show(flags: ShowFlags, format: Format, context: Context): Promise<number> {
  if (flags.columns !== undefined && format !== 'table' && format !== 'csv')
    throw new MlcError('MLC-C006', `--columns has no meaning with --format ${format}`, {
      fix: 'Use --format csv, or mlc audit show without --format.',
    })
  const columns = columnsOf(flags.columns ?? (format === 'csv' ? CSV_COLUMNS : TABLE_COLUMNS))
  const folder = await context.auditFolder()
  const named = await withMeaning(flags, folder)
  const output = await context.output(flags.output)
  const none = () => explainNone(named, folder, context)
  let failure: MlcError | null = null
  if (flags.totals) {
    await showTotals(await begun(selectRows(folder, named), none), format, output)
  } else if (format === 'table' || format === 'csv') {
    const rows = await begun(selectRows(folder, named), none)
    if (format === 'csv') await writeCsv(rows, columns, output)
    else await writeTable(rows, { columns, isChosen: flags.columns !== undefined }, output)
  } else {
    failure = await writeLines(await begun(selectRecords(folder, named), none), format, output)
  }
  await output.end()
  if (failure) context.terminal.error(failure)
  return failure?.exitCode ?? EXIT.done
}

/** Nothing to show is either a name mistyped, or said in words. @throws MLC-C005, MLC-C010, MLC-C016 */
async function explainNone(flags: ShowFlags, folder: string, context: Context): Promise<void> {
  await requireNamed(flags, folder, context)
  context.terminal.note('The audit has no record that fits these flags.')
}

/** Reads up to the first, so that an error at the beginning comes before anything is written. */
async function begun<T>(rows: AsyncIterable<T>, none: () => Promise<void>): Promise<AsyncIterable<T>> {
  const reading = rows[Symbol.asyncIterator]()
  const first = await reading.next()
  if (first.done) await none()
  return (async function* () {
    for (let next = first; !next.done; next = await reading.next()) yield next.value
  })()
}

async function writeCsv(rows: AsyncIterable<AuditRow>, columns: readonly Column[], output: Output): Promise<void> {
  const numeric = columns.map(({ isNumeric }) => isNumeric)
  await output.write(csvLine(columns.map(({ name }) => name)))
  for await (const row of rows)
    await output.write(
      csvLine(
        columns.map(({ of }) => of(row)),
        { numeric },
      ),
    )
}

interface Chosen {
  readonly columns: readonly Column[]
  /** By --columns. */
  readonly isChosen: boolean
}

/** Records of two companies are told apart by a column, unless others are asked for: their jobs may have the same names. */
async function writeTable(rows: AsyncIterable<AuditRow>, chosen: Chosen, output: Output): Promise<void> {
  const all = chosen.isChosen ? chosen.columns : [...chosen.columns, ...columnsOf('company')]
  const companies = new Set<string>()
  const cells: string[][] = []
  for await (const row of rows) {
    if (row.company !== null) companies.add(row.company)
    cells.push(all.map((column) => cell(column, row)))
  }
  const columns = companies.size > 1 ? all : chosen.columns
  const lines = cells.map((line) => line.slice(0, columns.length))
  const heads = columns.map(({ name, isAmount }) => ({
    title: name.replace(/^data\./, '').toUpperCase(),
    align: isAmount || name === 'seq' ? ('right' as const) : ('left' as const),
  }))
  await output.write(await table(heads, lines))
}

function cell({ of, isAmount }: Column, row: AuditRow): string {
  const text = visible(of(row) ?? '')
  return isAmount ? groupDigits(text) : text
}

/**
 * The lines as they were hashed. One JSON object is an object whatever happens: when the audit breaks off, it says so itself.
 * @returns what broke it off; null when it was written to its end
 */
async function writeLines(
  records: AsyncIterable<AuditLine>,
  format: 'json' | 'ndjson',
  output: Output,
): Promise<MlcError | null> {
  let first = true
  // Only when there is something to write: an error comes as the one object that --json promises.
  const begin = async () => {
    if (format === 'json' && first) await output.write('{"schema":"mlc/audit-records/1","records":[')
  }
  try {
    for await (const { text } of records) {
      await begin()
      await output.write(format === 'ndjson' ? `${text}\n` : `${first ? '' : ','}\n${text}`)
      first = false
    }
  } catch (error) {
    if (first || format === 'ndjson') throw error
    const failure = asMlcError(error)
    await output.write(`\n],"complete":false,"error":${JSON.stringify(failure.toJSON())}}\n`)
    return failure
  }
  await begin()
  if (format === 'json') await output.write('\n]}\n')
  return null
}
