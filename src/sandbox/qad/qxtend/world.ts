import type { Subject } from '../world.js'

/** QXtend Inbound of a tenant: where it listens, what its receivers take, and how the site spells its QDocs. */
export interface QxtendWorld {
  /** From the root of the server, such as `/qxi/services/QdocWebService`. */
  readonly path: string
  readonly receivers: readonly QxtendReceiver[]
  readonly entry: EntryQdoc
  readonly query: QueryQdoc
  /** Of a session whose context does not name one. */
  readonly decimalSeparator: '.' | ','
}

export interface QxtendReceiver {
  readonly name: string
  /** `<QDoc>-<version>`; each has to be enabled on the receiver. */
  readonly apis: readonly string[]
}

/** A QDoc that posts journal entries: root > dataSet > header > line. */
export interface EntryQdoc {
  readonly name: string
  readonly dataSet: string
  readonly header: string
  readonly line: string
  /** The sandbox's word → the element: daybook, year, period, voucher, date, text, secondText. */
  readonly headerFields: Readonly<Record<string, string>>
  /** account, subAccount, costCentre, project, currency, debit, credit, text. */
  readonly lineFields: Readonly<Record<string, string>>
  /** Elements that are taken and mean nothing here. */
  readonly ignored: readonly string[]
}

/** A QDoc of the site's own that answers rows: root > request with the periods from and to. */
export interface QueryQdoc {
  readonly name: string
  readonly dataSet: string
  readonly row: string
  readonly from: string
  readonly to: string
  readonly answer: string
  readonly tables: readonly QueryTable[]
}

export interface QueryTable {
  readonly name: string
  /** entryLines: one row a line of an entry, save those on `without`. */
  readonly of: Exclude<Subject, 'references'> | 'entryLines'
  /** The sandbox's word → the element. */
  readonly columns: Readonly<Record<string, string>>
  /** Only entries of that daybook. */
  readonly daybook?: string
  /** The account that takes the other side of every entry. */
  readonly without?: string
  /** True: the calendar is cut to the periods asked for, too. */
  readonly isCut?: boolean
}
