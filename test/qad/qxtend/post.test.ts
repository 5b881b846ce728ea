import { expect, test } from 'vitest'
import { all } from '../site.js'
import { july, JULY, postJuly, withEnterprise } from './site.js'

test('a reference becomes one balanced entry, and is read back with every digit', async () => {
  await withEnterprise({}, async (site) => {
    expect(await postJuly(site)).toEqual({ status: 'posted', qadRef: '1' })
    const [entry, ...more] = site.sandbox.entries
    expect(more).toEqual([])
    expect(entry?.lines.map(({ account, debit, credit }) => [account, debit, credit])).toEqual([
      ['05010', '412880.15', '0'],
      ['09990', '0', '412880.15'],
    ])
    const [held] = await all(site.ledger.posted(JULY))
    expect(held).toMatchObject({
      key: july().key,
      account: '05010',
      costCentre: '1100',
      amount: '412880.15',
      qadRef: '1',
    })
  })
})
