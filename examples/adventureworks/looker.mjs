import { demoLooker } from '../../dist/sandbox/company/company.js'

/** A Looker with one Explore, finance/fact_finance, over all scenarios, and Look 1 over the actuals. */
export function lookerOf(facts) {
  const explore = {
    model: 'finance',
    name: 'fact_finance',
    label: 'Finance Facts',
    fields: FIELDS,
    rows: facts.map((fact) => ({ ...fact, amount: { n: fact.amount }, year: { n: fact.year } })),
  }
  return { ...demoLooker(), explores: [explore], looks: [ACTUALS] }
}

const FIELDS = [
  dimension('fact_finance.posting_period', 'Posting Period', 'month', 'date_month'),
  dimension('fact_finance.year', 'Year', 'year', 'date_year'),
  dimension('account.code', 'Account Code', 'account'),
  dimension('account.name', 'Account', 'accountName'),
  dimension('account.type', 'Account Type', 'accountType'),
  dimension('organization.name', 'Organization', 'organization'),
  dimension('organization.code', 'Organization Code', 'organizationKey'),
  dimension('department.name', 'Department Group', 'department'),
  dimension('scenario.name', 'Scenario', 'scenario'),
  dimension('currency.code', 'Currency', 'currency'),
  { name: 'fact_finance.amount', label: 'Amount', type: 'sum', kind: 'measure', column: 'amount' },
  { name: 'fact_finance.count', label: 'Count', type: 'count', kind: 'measure', column: 'key' },
]

function dimension(name, label, column, type = 'string') {
  return { name, label, type, kind: 'dimension', column }
}

const ACTUALS = {
  id: '1',
  title: 'Actuals by organization and department',
  query: {
    model: 'finance',
    view: 'fact_finance',
    fields: [
      'fact_finance.posting_period',
      'organization.name',
      'organization.code',
      'department.name',
      'account.code',
      'currency.code',
      'fact_finance.amount',
    ],
    filters: { 'scenario.name': 'Actual' },
    sorts: ['fact_finance.posting_period', 'account.code', 'organization.name', 'department.name'],
    // Saved as Looker saves it: whoever trusts this limit loses most of a year.
    limit: '500',
  },
}
