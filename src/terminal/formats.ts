/** A value of a row as it is exported. Numbers are their exact text. */
export type ExportCell = string | boolean | null

/**
 * One CSV line (RFC 4180, ends with CR LF). `numeric[i]` says that the column holds amounts: a plain decimal there stays a
 * number; any other text that a spreadsheet would take for a formula gets a leading `'`.
 */
export function csvLine(cells: readonly ExportCell[], { numeric = [] }: { numeric?: readonly boolean[] } = {}): string {
  return `${cells.map((cell, index) => quote(spreadsheetText(cell, numeric[index] ?? false))).join(',')}\r\n`
}

/** Text that a spreadsheet shows and does not compute; plain decimals of a numeric column are left as they are. */
export function spreadsheetText(cell: ExportCell, isNumeric: boolean): string {
  const text = cell === null ? '' : String(cell)
  if (isNumeric && /^-?\d+(\.\d+)?$/.test(text)) return text
  return FORMULA_START.test(text) ? `'${text}` : text
}

/** `= + - @`, tab and return, and the full-width forms that spreadsheets of East Asian locales read the same way. */
const FORMULA_START = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/

/** One JSON object and a line feed. */
export function ndjsonLine(row: unknown): string {
  return `${jsonText(row)}\n`
}

/** JSON whose control, format and separator characters are escaped: the same value, and harmless on a terminal. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? 'null'
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => escapeUnit(character.charCodeAt(index))).join(''),
  )
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}

function quote(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
