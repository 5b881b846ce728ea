import type { Explore, ExploreField, Look, LookerWorld, SourceRow } from '../looker/world.js'
import { centsText, cents, DETROIT, LEIPZIG, MONTERREY, MONTHS, type Plant } from './figures.js'
import { LOOKER_KEY } from './project.js'

/** The demo company's Looker: an Explore and a Look each for the GL, payables and procurement. */
export function demoLooker(): LookerWorld {
  return { release: '26.12.3', keys: [LOOKER_KEY], explores: [GL, INVOICES, SPEND], looks: LOOKS }
}

/** Names as suppliers have them: what a careless CSV or spreadsheet would break. */
const SUPPLIERS = [
  'Müller & Söhne GmbH',
  "O'Brien Tooling, Inc.",
  'Aceros del Norte S.A.',
  '"Quick" Freight',
  '=Nordic Steel',
]

const SUPPLIERS_OF_SPEND = 102

const GL: Explore = {
  model: 'finance',
  name: 'gl',
  label: 'General Ledger',
  fields: [
    dimension('gl.account_code', 'Account Code', 'account'),
    dimension('gl.posting_period', 'Posting Period', 'period', 'date_month'),
    dimension('gl.currency', 'Currency', 'currency'),
    dimension('plant.name', 'Plant', 'plant'),
    dimension('plant.code', 'Plant Code', 'plantCode'),
    sum('gl.net_amount', 'Net Amount', 'net'),
    sum('gl.budget_amount', 'Budget Amount', 'budget'),
  ],
  rows: Object.entries(MONTHS).flatMap(([period, figures]) =>
    figures.map(({ plant, account, net, budget }): SourceRow => {
      return { ...placed(plant, account, period), net: { n: net }, budget: { n: budget } }
    }),
  ),
}

const INVOICES: Explore = {
  model: 'payables',
  name: 'invoices',
  label: 'Supplier Invoices',
  fields: [
    dimension('invoices.supplier', 'Supplier', 'supplier'),
    dimension('invoices.account_code', 'Account Code', 'account'),
    dimension('invoices.posting_period', 'Posting Period', 'period', 'date_month'),
    dimension('invoices.currency', 'Currency', 'currency'),
    dimension('plant.name', 'Plant', 'plant'),
    dimension('plant.code', 'Plant Code', 'plantCode'),
    sum('invoices.open_amount', 'Open Amount', 'open'),
  ],
  rows: Object.entries(MONTHS).flatMap(([period, figures]) =>
    figures.filter(({ account }) => account === '2010').flatMap(({ plant, net }) => openInvoices(plant, period, net)),
  ),
}

const SPEND: Explore = {
  model: 'procurement',
  name: 'spend',
  label: 'Procurement Spend',
  fields: [
    dimension('spend.supplier', 'Supplier', 'supplier'),
    dimension('spend.account_code', 'Account Code', 'account'),
    dimension('spend.posting_period', 'Posting Period', 'period', 'date_month'),
    dimension('spend.currency', 'Currency', 'currency'),
    dimension('plant.name', 'Plant', 'plant'),
    dimension('plant.code', 'Plant Code', 'plantCode'),
    sum('spend.amount', 'Amount', 'amount'),
  ],
  rows: Object.keys(MONTHS).flatMap(spendRows),
}

/** Saved with Looker's limit of 500: Look 61 has 612 rows in July, so whoever trusts the saved limit loses some. */
const LOOKS: readonly Look[] = [
  look('42', 'GL summary by plant', 'finance', 'gl', 'gl', ['gl.net_amount', 'gl.budget_amount']),
  look('57', 'Payables by plant', 'payables', 'invoices', 'invoices', ['invoices.open_amount']),
  look('61', 'Procurement spend by supplier', 'procurement', 'spend', 'spend', ['spend.amount'], ['spend.supplier']),
]

/** What the plant owes, spread over its suppliers; Looker shows payables as positive, the ledger as credits. */
function openInvoices(plant: Plant, period: string, net: string): readonly SourceRow[] {
  const owed = -cents(net)
  const share = owed / BigInt(SUPPLIERS.length)
  return SUPPLIERS.map((supplier, index) => {
    const last = index === SUPPLIERS.length - 1
    const open = last ? owed - share * BigInt(index) : share
    return { ...placed(plant, '2010', period), supplier, open: { n: centsText(open) } }
  })
}

/** 102 suppliers × 3 plants × 2 accounts = 612 rows a month. */
function spendRows(period: string): readonly SourceRow[] {
  const month = BigInt(period.slice(5))
  return Array.from({ length: SUPPLIERS_OF_SPEND }, (_, index) => index).flatMap((index) =>
    [DETROIT, MONTERREY, LEIPZIG].flatMap((plant, at) =>
      ['6010', '6020'].map((account, kind): SourceRow => {
        const amount = 10_137n * BigInt(index + 1) + 4_201n * BigInt(at) + 333n * BigInt(kind) + month
        const supplier = `Supplier ${String(index + 1).padStart(3, '0')}`
        return { ...placed(plant, account, period), supplier, amount: { n: centsText(amount) } }
      }),
    ),
  )
}

function placed(plant: Plant, account: string, period: string): Record<string, string> {
  return { account, period, plant: plant.name, plantCode: plant.code, currency: 'USD' }
}

function look(
  id: string,
  title: string,
  model: string,
  explore: string,
  table: string,
  measures: readonly string[],
  more: readonly string[] = [],
): Look {
  const places = [`${table}.account_code`, `${table}.posting_period`, `${table}.currency`, 'plant.name', 'plant.code']
  return {
    id,
    title,
    query: {
      model,
      view: explore,
      fields: [...places, ...more, ...measures],
      filters: { [`${table}.posting_period`]: '2026-07' },
      sorts: ['plant.name', `${table}.account_code`, ...more],
      limit: '500',
    },
  }
}

function dimension(name: string, label: string, column: string, type = 'string'): ExploreField {
  return { name, label, type, kind: 'dimension', column }
}

function sum(name: string, label: string, column: string): ExploreField {
  return { name, label, type: 'sum', kind: 'measure', column }
}
