import { parse } from 'csv-parse/sync'
import { MlcError } from '../../errors.js'
import { isPlainDecimal } from '../../model/money.js'
import { parseKey, REFERENCE_FIELDS, type Posted, type Reference } from '../../model/reference.js'
import { escapeFor } from '../template/format.js'
import { readXml, type XmlElement } from '../xml.js'
import type { Word } from '../options.js'

/** How a file spells references. */
export interface FileForm {
  readonly format: 'xml' | 'csv'
  /** Our name → the column or element; all under our own names where none is named. */
  readonly fields: Readonly<Record<string, string>>
  /** The same in every record. */
  readonly constants: Readonly<Record<string, Word | null>>
}

type Name = (typeof REFERENCE_FIELDS)[number]

/** The text of a file: a record a reference, amounts digit for digit. @throws MLC-Q045 for what the format cannot carry */
export function renderFile(references: readonly Reference[], form: FileForm): string {
  const records = references.map((reference) => recordOf(reference, form))
  if (form.format === 'csv') {
    const lines = [Object.keys(records[0] ?? {}), ...records.map((record) => Object.values(record))]
    return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
  }
  const elements = records.map((record) => {
    const inside = Object.entries(record).map(
      ([name, text]) => `    <${name}>${escapeFor('xml', text, 'the file')}</${name}>\n`,
    )
    return `  <reference>\n${inside.join('')}  </reference>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<references>\n${elements.join('')}</references>\n`
}

function recordOf(reference: Reference, { fields, constants }: FileForm): Readonly<Record<string, string>> {
  if (!isPlainDecimal(reference.amount))
    throw new MlcError('MLC-P001', `the amount ${reference.amount} of ${reference.key} is not a plain decimal`)
  const named = namesOf(fields).map(([ours, theirs]) => [theirs, String(reference[ours])])
  const constant = Object.entries(constants).map(([name, value]) => [name, String(value ?? '')])
  return Object.fromEntries([...constant, ...named]) as Record<string, string>
}

function namesOf(fields: FileForm['fields']): readonly (readonly [Name, string])[] {
  const isAll = Object.keys(fields).length === 0
  return REFERENCE_FIELDS.flatMap((name) =>
    isAll ? [[name, name] as const] : fields[name] ? [[name, fields[name]] as const] : [],
  )
}

function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Our references in a file of ours. @throws MLC-Q013 when it is none any more */
export function readRecords(file: string, text: string, form: FileForm): readonly Posted[] {
  const rows = file.endsWith('.xml') ? xmlRows(file, text) : csvRows(file, text)
  const names = new Map(namesOf(form.fields))
  return rows.map((row, index) => {
    const cell = (name: Name) => {
      const column = names.get(name)
      return column !== undefined && Object.hasOwn(row, column) ? (row[column] ?? null) : null
    }
    const [key, amount] = [cell('key'), cell('amount')]
    if (key === null || parseKey(key) === null || amount === null || !isPlainDecimal(amount))
      throw new MlcError('MLC-Q013', `${file}, record ${index + 1}: no key of ours, or no amount`)
    const whole = (value: string | null) => (value !== null && /^\d{1,6}$/.test(value) ? Number(value) : null)
    return {
      ...{ key, amount, account: cell('account'), costCentre: cell('costCentre'), currency: cell('currency') },
      ...{ measure: cell('measure'), year: whole(cell('year')), period: whole(cell('period')) },
      ...{ revision: whole(cell('revision')), qadRef: file },
    }
  })
}

type Row = Readonly<Record<string, string>>

function csvRows(file: string, text: string): readonly Row[] {
  try {
    return parse(text, { columns: true })
  } catch (cause) {
    throw new MlcError('MLC-Q013', `${file} is no CSV file any more`, { cause })
  }
}

function xmlRows(file: string, text: string): readonly Row[] {
  const read = readXml(text)
  if (!read.ok) throw new MlcError('MLC-Q013', `${file} is no XML file any more: ${read.why}`)
  const cells = (record: XmlElement) => record.children.map(({ name, text: inside }) => [name, inside] as const)
  return read.root.children.map((record) => Object.fromEntries(cells(record)))
}
