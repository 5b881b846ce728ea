import type { QadAccount, QadCostCentre, QadDaybook, QadPeriod } from '../qad/world.js'

/** Masters of the demo company. Codes are text with leading zeros on purpose: `05010` read as a number is another account. */
export const ACCOUNTS: readonly QadAccount[] = [
  account('01010', 'BANK OPERATING', { type: 'BANK' }),
  account('01110', 'ACCOUNTS RECEIVABLE CTRL', { type: 'CUSTCONTROL', posting: 'Automatic' }),
  account('01210', 'INVENTORY RAW', { type: 'INVENTORY', posting: 'Automatic' }),
  account('02010', 'ACCOUNTS PAYABLE TRADE', { type: 'SUPPCONTROL', posting: 'Automatic' }),
  account('02110', 'ACCRUED LIABILITIES', {}),
  account('04010', 'NET SALES OEM', { analysis: 'COSTCENTER' }),
  account('05010', 'DIRECT MATERIAL', { analysis: 'COSTCENTER' }),
  account('05020', 'DIRECT LABOUR', { analysis: 'COSTCENTER' }),
  account('05030', 'MFG OVERHEAD APPLIED', { analysis: 'COSTCENTER' }),
  account('05040', 'FREIGHT IN', { analysis: 'COSTCENTER' }),
  account('05090', 'SCRAP (CLOSED 2025)', { analysis: 'COSTCENTER', active: false }),
  account('06010', 'INDIRECT MATERIAL', { analysis: 'COSTCENTER' }),
  account('06020', 'MAINTENANCE AND REPAIR', { analysis: 'COSTCENTER' }),
  account('09990', 'RECONCILIATION OFFSET', {}),
]

export const COST_CENTRES: readonly QadCostCentre[] = [
  { code: '0100', description: 'CORPORATE', active: true },
  { code: '0200', description: 'FINANCE AND IT', active: true },
  { code: '1100', description: 'DETROIT PLANT', active: true },
  { code: '1110', description: 'DETROIT TOOLING', active: true },
  { code: '1200', description: 'MONTERREY MX', active: true },
  { code: '1210', description: 'MONTERREY LOGISTICS', active: true },
  { code: '1300', description: 'WERK LEIPZIG', active: true },
  { code: '1310', description: 'LEIPZIG R&D', active: true },
  { code: 'OLD-R&D', description: 'RESEARCH (CLOSED 2025)', active: false },
  { code: 'SALES', description: 'SALES AND MARKETING', active: true },
]

/** 2026: reported and locked up to June, July and August open, the rest not yet; 13 is the correction period. */
export const PERIODS: readonly QadPeriod[] = [
  ...Array.from({ length: 12 }, (_, index) => month(index + 1)),
  { year: 2026, period: 13, start: '2026-12-31', end: '2026-12-31', status: 'future' },
]

export const DAYBOOKS: readonly QadDaybook[] = [
  daybook('GJ', 'General journal', 'FINANCIAL', 'OFFICIAL', 'OFFICIAL'),
  daybook('GJMGT', 'Management journal', 'FINANCIAL', 'MANAGEMENT', 'MANAGEMENT'),
  daybook('RECTR', 'Looker recon (transient)', 'EXTERNAL', 'RECON-TRANSIENT', 'TRANSIENT'),
  daybook('RECOFF', 'Misconfigured: external, official', 'EXTERNAL', 'OFFICIAL', 'OFFICIAL'),
  { ...daybook('OLDJE', 'Inactive daybook', 'FINANCIAL', 'OFFICIAL', 'OFFICIAL'), active: false },
]

function account(code: string, description: string, rest: Partial<QadAccount>): QadAccount {
  return { code, description, type: 'STANDARD', active: true, posting: 'Manual', analysis: 'NONE', ...rest }
}

function month(period: number): QadPeriod {
  const days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][period - 1]
  const name = `2026-${String(period).padStart(2, '0')}`
  return { year: 2026, period, start: `${name}-01`, end: `${name}-${days}`, status: statusOf(period) }
}

function statusOf(period: number): QadPeriod['status'] {
  if (period <= 3) return 'reported'
  if (period <= 6) return 'locked'
  return period <= 8 ? 'open' : 'future'
}

function daybook(
  code: string,
  description: string,
  control: QadDaybook['control'],
  layer: string,
  layerType: QadDaybook['layerType'],
): QadDaybook {
  return { code, description, type: 'JOURNALENTRY', control, layer, layerType, active: true }
}
