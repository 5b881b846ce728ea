/** What the demo company's three plants report, month by month. Everything else of the demo is derived from these tables. */
export interface PlantFigure {
  readonly plant: Plant
  /** As Looker spells it, without QAD's leading zero. */
  readonly account: string
  /** As Looker prints the sum: some of July carry the noise that a float column leaves; it cancels out in the total. */
  readonly net: string
  readonly budget: string
}

export interface Plant {
  readonly name: string
  readonly code: string
  /** Its cost centre in QAD; null: QAD has none. */
  readonly costCentre: string | null
}

export const DETROIT: Plant = { name: 'Detroit', code: '10-100', costCentre: '1100' }
export const MONTERREY: Plant = { name: 'Monterrey', code: '10-200', costCentre: '1200' }
export const LEIPZIG: Plant = { name: 'Leipzig', code: '10-300', costCentre: '1300' }
/** Runs on another system until it moves to QAD: its rows are ignored, with a reason, and still counted. */
const PUNE: Plant = { name: 'Pune', code: '10-400', costCentre: null }

const JULY: readonly PlantFigure[] = [
  { plant: DETROIT, account: '5010', net: '412880.14999999997', budget: '405000.00' },
  { plant: DETROIT, account: '5020', net: '198402.60', budget: '200000.00' },
  { plant: DETROIT, account: '5030', net: '88215.40', budget: '90000.00' },
  { plant: DETROIT, account: '2010', net: '-305118.92', budget: '-300000.00' },
  { plant: MONTERREY, account: '5010', net: '287340.00', budget: '280000.00' },
  { plant: MONTERREY, account: '5020', net: '141905.25', budget: '140000.00' },
  { plant: MONTERREY, account: '5030', net: '61007.33000000001', budget: '60000.00' },
  { plant: MONTERREY, account: '2010', net: '-212660.10', budget: '-210000.00' },
  { plant: LEIPZIG, account: '5010', net: '355102.47', budget: '350000.00' },
  { plant: LEIPZIG, account: '5020', net: '170118.90000000002', budget: '170000.00' },
  { plant: LEIPZIG, account: '5030', net: '73950.08', budget: '75000.00' },
  { plant: LEIPZIG, account: '2010', net: '-261447.55', budget: '-260000.00' },
  { plant: PUNE, account: '5010', net: '1875.00', budget: '2000.00' },
]

/** June (locked in QAD) and August (open, the month under way) are July scaled. */
export const MONTHS: Readonly<Record<string, readonly PlantFigure[]>> = {
  '2026-06': JULY.map((figure) => scaled(figure, 97n)),
  '2026-07': JULY,
  '2026-08': JULY.map((figure) => scaled(figure, 41n)),
}

function scaled(figure: PlantFigure, percent: bigint): PlantFigure {
  return { ...figure, net: percentOf(figure.net, percent), budget: percentOf(figure.budget, percent) }
}

/** That share of an amount, to the cent, cut towards zero. */
function percentOf(amount: string, percent: bigint): string {
  return centsText((cents(amount) * percent) / 100n)
}

/** Cents of a decimal, the noise after them rounded off. */
export function cents(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.')
  const thousandths = BigInt(whole + fraction.padEnd(3, '0').slice(0, 3))
  const size = (thousandths + 5n) / 10n
  return amount.startsWith('-') ? -size : size
}

export function centsText(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(3, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
