import { readFileSync } from 'node:fs'
import type { World } from './world.js'

/** The template of the example, which is spelled as the demo company's QAD is. */
export const TEMPLATE = readFileSync(new URL('../../examples/adaptive/journal.json.tmpl', import.meta.url), 'utf8')

/** The columns of the demo's browse of posting lines. */
export const POSTED = `    posted:
      browse: "urn:browse:mfg:xxpst1"
      columns:
        key: xxpst_det.xxpst_text2
        year: xxpst_det.xxpst_year
        period: xxpst_det.xxpst_per
        account: xxpst_det.xxpst_acc
        costCentre: xxpst_det.xxpst_cc
        currency: xxpst_det.xxpst_curr
        debit: xxpst_det.xxpst_dr
        credit: xxpst_det.xxpst_cr
        description: xxpst_det.xxpst_text
        qadRef: xxpst_det.xxpst_number
      filters: [[xxpst_det.xxpst_year, eq, "{year}"], [xxpst_det.xxpst_per, eq, "{period}"]]
`

export const WRITE = `  write:
    target: journal
    path: /api/erp/transientJournalEntries
    viewUri: urn:be:com.qad.financials.generalledger.journalentry.ITransientJournalEntry
    collection: transientJournalEntries
    daybook: RECTR
    layerType: transient
    offsetAccount: "09990"
    template: journal.json.tmpl
    keyPrefix: "mlc:"
    settleSeconds: 1
`

/** Makes the project of a world post journals: its reads and writes, and what becomes of a figure that changed. */
export function useJournal(w: World, { write = WRITE, template = TEMPLATE } = {}): void {
  const text = w.read('mlc.yaml')
  const at = (mark: string) => {
    const found = text.indexOf(mark)
    if (found < 0) throw new Error(`mlc.yaml does not hold ${mark}`)
    return found
  }
  const reads = text.slice(0, at('    posted:')) + POSTED + text.slice(at('    daybooks:'), at('  write:'))
  w.write(
    'mlc.yaml',
    `${reads}${write}${text.slice(at('  limits:'))}`.replaceAll('onRestate: revise', 'onRestate: adjust'),
  )
  w.write('journal.json.tmpl', template)
}
