import { expect, test } from 'vitest'
import { demoEnterprise } from '../../../src/sandbox/company/company.js'
import { createBooks, text } from '../../../src/sandbox/qad/books.js'
import type { Words } from '../../../src/sandbox/qad/cells.js'

const WORKSPACE = '10USA_10USACO'
const LINE = { subAccount: '', costCentre: '1100', project: '', currency: 'USD', text: '' }
const HEAD = { workspace: WORKSPACE, year: 2026, period: 7, date: '2026-07-31', voucher: 0, text: '', secondText: 'k' }

test.each([
  ['RECTR', 'TRANSIENT'],
  ['RECOFF', 'OFFICIAL'],
])('an entry in the daybook %s moves the balances of the layer %s alone', (daybook, layer) => {
  const books = createBooks(demoEnterprise(), () => 0, true)
  const before = books.rows('balances', WORKSPACE)
  const lines = [
    { ...LINE, account: '05010', debit: '12.34', credit: '0.00' },
    { ...LINE, account: '09990', debit: '0.00', credit: '12.34' },
  ]
  books.entries.store({ ...HEAD, daybook, isVerified: true, lines })
  const added = books.rows('balances', WORKSPACE).slice(before.length)
  expect(added.map(shown)).toEqual([
    ['05010', '12.3400', layer],
    ['09990', '-12.3400', layer],
  ])
})

function shown({ account, amount, layer }: Words) {
  return [text(account), text(amount), text(layer)]
}
