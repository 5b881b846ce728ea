import { MlcError } from '../errors.js'
import { canonicalHash } from '../model/canonical.js'
import { own, type ExactObject } from './exact.js'

/**
 * Watches the pages of one read for what would count twice: a page that came before, or a row. Rows may be alike, such as two
 * movements of one amount; alike to their ids they are one row, on whichever pages they come: what is added while pages are read
 * pushes the last row of a page onto the next one.
 * @throws MLC-Q012 from the function it returns
 */
export function createRepeats(what: string): (rows: readonly ExactObject[], page: number) => void {
  const pages = new Map<string, number>()
  const refuseRows = createRowRepeats(what)
  let firstRow: string | null = null
  return (rows, page) => {
    const marks = rows.map(fingerprintOf)
    const [first] = marks
    if (first === undefined) return
    if (first === firstRow)
      throw new MlcError('MLC-Q012', `${what}: page ${page} begins with the row that page 1 begins with`)
    firstRow ??= first
    const whole = canonicalHash(marks)
    const before = pages.get(whole)
    if (before !== undefined) throw new MlcError('MLC-Q012', `${what}: page ${page} is page ${before} once more`)
    pages.set(whole, page)
    refuseRows(rows, marks, page)
  }
}

/** A row that was seen under its ids: what it holds, as a hash (a ledger may have a million rows), and where it stood. */
interface Seen {
  readonly mark: string
  readonly page: number
  readonly number: number
}

function createRowRepeats(what: string) {
  const seen = new Map<string, Seen>()
  // Ids of the account alone, say, are those of many rows: then they tell none of them from another.
  let areTelling = true
  return (rows: readonly ExactObject[], marks: readonly string[], page: number): void => {
    const idColumns = Object.keys(rows[0] ?? {}).filter((name) => /_rowid$|\.oid_/.test(name))
    let repeat: string | null = null
    for (const [index, row] of rows.entries()) {
      const ids = idColumns.map((name) => own(row, name) ?? '')
      if (ids.every((id) => id === '')) continue
      const [id, mark] = [JSON.stringify(ids), canonicalHash(marks[index])]
      const before = seen.get(id)
      if (before === undefined) seen.set(id, { mark, page, number: index + 1 })
      else if (before.mark !== mark) areTelling = false
      else repeat ??= `row ${index + 1} of page ${page} is ${rowWords(before, page)} once more`
    }
    if (areTelling && repeat !== null) throw new MlcError('MLC-Q012', `${what}: ${repeat}`)
  }
}

function rowWords({ page, number }: Seen, now: number): string {
  return page === now ? `row ${number}` : `row ${number} of page ${page}`
}

/** The row without `local_variables.*`, which number the rows of a page and differ from call to call. */
export function fingerprintOf(row: ExactObject): string {
  return JSON.stringify(Object.entries(row).filter(([name]) => !name.startsWith('local_variables')))
}
