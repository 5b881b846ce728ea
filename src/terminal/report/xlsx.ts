import writeExcelFile, { type Cell, type Row } from 'write-excel-file/node'
import { MlcError } from '../../errors.js'
import { spreadsheetText } from '../formats.js'
import { visibleLine } from '../sanitise.js'
import type { Report, ReportLine } from './report.js'

/**
 * A workbook of two sheets: the lines, amounts as numbers, and where they come from. It holds no formula: whatever a
 * spreadsheet would take for one is text. An amount of more than 15 digits, which a spreadsheet would round, is text too.
 * @throws MLC-C006 for more lines than a sheet has
 */
export async function xlsxReport(report: Report): Promise<Uint8Array> {
  const count = report.lines.length
  const fix = 'Use --format csv.'
  if (count >= MOST_ROWS)
    throw new MlcError('MLC-C006', `${count} lines and their titles do not fit into the ${MOST_ROWS} rows of a sheet`, {
      fix,
    })
  const lines: Row[] = [COLUMNS.map(([title]) => titleCell(title))]
  for (const line of report.lines) lines.push(lineRow(line))
  const about = aboutRows(report)
  const sheets = [
    { data: lines, sheet: 'Reconciliation', columns: COLUMNS.map(([, , width]) => ({ width })), stickyRowsCount: 1 },
    { data: about, sheet: 'About', columns: [{ width: 24 }, { width: 90 }] },
  ]
  return await writeExcelFile(sheets).toBuffer()
}

/** Excel opens no workbook with more (Excel specifications and limits). */
const MOST_ROWS = 1_048_576

type Kind = 'text' | 'amount'

const COLUMNS: readonly (readonly [Exclude<keyof ReportLine, 'causes' | 'keys' | 'note'>, Kind, number])[] = [
  ['period', 'text', 10],
  ['account', 'text', 12],
  ['costCentre', 'text', 12],
  ['currency', 'text', 9],
  ['measure', 'text', 14],
  ['looker', 'amount', 18],
  ['ledger', 'amount', 18],
  ['variance', 'amount', 18],
  ['percent', 'amount', 10],
  ['verdict', 'text', 12],
  ['cause', 'text', 60],
  ['ageDays', 'amount', 9],
]

function lineRow(line: ReportLine): Row {
  return COLUMNS.map(([name, kind]) => {
    const value = line[name]
    if (value === null || value === '') return null
    return kind === 'amount' ? amountCell(String(value)) : textCell(String(value))
  })
}

function aboutRows({ title, at, conventions, warnings, origin, pages }: Report): Row[] {
  const pairs: (readonly [string, string])[] = [
    ['reconciliation', title],
    ['made', at],
    ...conventions.map((convention) => ['convention', convention] as const),
    ...warnings.map((warning) => ['warning', warning] as const),
    ...origin,
    ...pages,
  ]
  return pairs.map(([name, value]) => [titleCell(name), textCell(value)])
}

function titleCell(text: string): Cell {
  return { value: spreadsheetText(visibleLine(text), false), type: String, fontWeight: 'bold' }
}

/** A cell takes no more (Excel specifications and limits). */
const MOST_CHARACTERS = 32_767

function textCell(text: string): Cell {
  return { value: spreadsheetText(visibleLine(text), false).slice(0, MOST_CHARACTERS), type: String }
}

/** A spreadsheet keeps 15 digits of a number; a longer one is text, which computes nothing and needs no mark against it. */
function amountCell(text: string): Cell {
  const digits = text.replace(/^-?0*\.?0*|\./g, '')
  const decimals = text.split('.')[1]?.length ?? 0
  if (!/^-?\d+(\.\d+)?$/.test(text)) return textCell(text)
  if (digits.length > 15) return { value: text.slice(0, MOST_CHARACTERS), type: String }
  return { value: Number(text), type: Number, format: decimals > 0 ? `#,##0.${'0'.repeat(decimals)}` : '#,##0' }
}
