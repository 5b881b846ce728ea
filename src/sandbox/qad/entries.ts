/** One line of a journal entry; amounts are plain decimal text, as they were sent. */
export interface EntryLine {
  readonly account: string
  readonly subAccount: string
  readonly costCentre: string
  readonly project: string
  readonly currency: string
  readonly debit: string
  readonly credit: string
  readonly text: string
}

/** A journal entry as the sandbox stored it. */
export interface Entry {
  readonly workspace: string
  readonly daybook: string
  readonly year: number
  readonly period: number
  /** ISO. */
  readonly date: string
  /** Numbered by QAD where 0 was sent; unique within a daybook. */
  readonly voucher: number
  readonly text: string
  readonly secondText: string
  /** False where approval is switched on: a person has yet to look at it. */
  readonly isVerified: boolean
  readonly lines: readonly EntryLine[]
}

/** The journals of a tenant, behind whichever door an entry came in. */
export interface Entries {
  /** Oldest first; late commits that are due are in. */
  all(): readonly Entry[]
  /** Those that a read of this moment shows. @param isRead counts towards the read lag; true unless told */
  visible(workspace: string, isRead?: boolean): readonly Entry[]
  /** True when the number is taken in that daybook. */
  holds(workspace: string, daybook: string, voucher: number): boolean
  /** Numbers the entry where its voucher is 0. @param timing lateMs: committed that long from now; hiddenReads: reads that do not show it */
  store(entry: Entry, timing?: { readonly lateMs?: number; readonly hiddenReads?: number }): Entry
  /** Takes every entry of that second text out, as an administrator can. Returns how many there were. */
  remove(secondText: string): number
}

export function createEntries(now: () => number): Entries {
  const stored: { readonly entry: Entry; readonly at: number; hiddenReads: number }[] = []
  const due = () => stored.filter(({ at }) => at <= now())
  return {
    all: () => due().map(({ entry }) => entry),
    visible(workspace, isRead = true) {
      const here = due().filter(({ entry }) => entry.workspace === workspace)
      const shown = here.filter(({ hiddenReads }) => hiddenReads === 0)
      if (isRead) for (const one of here) one.hiddenReads = Math.max(0, one.hiddenReads - 1)
      return shown.map(({ entry }) => entry)
    },
    holds: (workspace, daybook, voucher) => stored.some(({ entry }) => isNumber(entry, workspace, daybook, voucher)),
    store(entry, { lateMs = 0, hiddenReads = 0 } = {}) {
      const numbers = stored
        .filter(({ entry: { workspace, daybook } }) => workspace === entry.workspace && same(daybook, entry.daybook))
        .map(({ entry: { voucher } }) => voucher)
      const numbered = { ...entry, voucher: entry.voucher === 0 ? Math.max(0, ...numbers) + 1 : entry.voucher }
      stored.push({ entry: numbered, at: now() + lateMs, hiddenReads })
      return numbered
    },
    remove(secondText) {
      const gone = stored.filter(({ entry }) => entry.secondText === secondText)
      for (const one of gone) stored.splice(stored.indexOf(one), 1)
      return gone.length
    },
  }
}

function isNumber(entry: Entry, workspace: string, daybook: string, voucher: number): boolean {
  return entry.workspace === workspace && same(entry.daybook, daybook) && entry.voucher === voucher
}

/** The database compares codes without regard to letter case. */
function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
