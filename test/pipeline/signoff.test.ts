import { expect, test } from 'vitest'
import type { AuditEntry } from '../../src/audit/event.js'
import { hashOf } from '../../src/reconcile/breaks/signoffs.js'
import type { LivingReport, LivingVariance } from '../../src/pipeline/breaks.js'
import { signReport } from '../../src/pipeline/signoff.js'
import { noCounts, sumCounts, summaryOf, totalsOf } from '../../src/reconcile/totals.js'
import { linesOf } from '../support/lines.js'

test('of a report over several periods the audit counts what the signed one has', async () => {
  const lines = [line('2026-06', 'outside'), line('2026-07', 'equal'), line('2026-07', 'within')]
  const entries: AuditEntry[] = []
  const journal = { append: async (entry: AuditEntry) => void entries.push(entry), flush: async () => undefined }
  const signed = await signReport(reportOf(lines), REQUEST, journal)
  const summary = { equal: 1, within: 1, outside: 0, net: '0.00', explained: 0 }
  expect(signed).toMatchObject({ signed: true, open: [], summary })
  expect(entries).toMatchObject([{ event: 'signoff', data: { ...COMPANY, period: '2026-07', open: 0, summary } }])
})

const COMPANY = { tenant: 'https://qad.example/erp', domain: 'D', entity: 'E' }
const REQUEST = {
  ...{ job: 'plant-gl', period: '2026-07', role: 'preparer' as const, user: 'ann', secondPerson: false },
  ...{ withOpen: false, dryRun: false, spoken: { notes: [], signoffs: [] } },
  target: COMPANY,
}

function line(period: string, verdict: 'equal' | 'within' | 'outside'): LivingVariance {
  return {
    ...{ period, account: '5010', costCentre: '1200', currency: 'USD', measure: 'net_amount' },
    ...{ looker: '9.00', ledger: '9.00', variance: verdict === 'outside' ? '7.00' : '0.00', percent: '0.00', verdict },
    ...{ cause: null, causes: [], ageDays: null, figures: 1, balances: 1, keys: [] },
    ...{ key: '5010/1200/USD/net_amount', since: null, firstPeriod: null, note: null },
  }
}

function reportOf(lines: readonly LivingVariance[]): LivingReport {
  const periods = ['2026-06', '2026-07'].map((period) => {
    const own = lines.filter((line) => line.period === period)
    const counts = sumCounts(own.map(({ verdict }) => ({ ...noCounts(), [verdict]: 1 })))
    return [
      period,
      { lines: linesOf(own), summary: { ...summaryOf(counts, own.map(totalsOf)), explained: 0 } },
    ] as const
  })
  return {
    ...{ measures: ['net_amount'], level: 'both', basis: 'period', cumulative: false, from: 'looker' },
    ...{ asOf: '2026-08-03T06:00:00.000Z', sources: [], totals: [], signoffs: [], lines: linesOf(lines) },
    ...{ ignoredRows: 0, unmappedRows: 0, strayBalances: 0, periods: new Map(periods) },
    summary: { ...summaryOf({ ...noCounts(), equal: 1, within: 1, outside: 1 }, []), explained: 0 },
    hashes: new Map([['2026-07', hashOf(lines, {})]]),
  }
}
