import { expect, test } from 'vitest'
import { companiesIn } from '../../src/audit/companies.js'
import { openJournal } from '../../src/audit/journal.js'
import { readAudit } from '../../src/audit/read.js'
import { selectRows } from '../../src/commands/audit/select.js'
import { totalsOf } from '../../src/commands/audit/totals.js'
import { ACTOR, clockAt, entry, tempFolder } from './support.js'

const KEY = 'MLC00000000000000000000000001'

test('lines belong to the company of their run’s plan, made later or not, and a replay’s to that of the key', async () => {
  const folder = tempFolder()
  const journal = await openJournal(folder, { clock: clockAt('2026-08-03T06:15:00Z'), actor: ACTOR })
  const post = async (run: string, tenant: string, amount: string) => {
    const of = { run, job: 'plant-gl' }
    await journal.append(entry({ ...of, event: 'run.started' }))
    await journal.append(
      entry({ ...of, event: 'plan.made', data: { tenant, domain: '10USA', entity: '10USACO', hash: 'h' } }),
    )
    await journal.append(entry({ ...of, event: 'record.posted', key: KEY, data: { amount } }))
  }
  await post('A', 'https://test.acme.com', '10.00')
  await post('B', 'https://acme.com', '20.00')
  await journal.append(
    entry({ run: 'C', job: 'plant-gl', event: 'record.posted', key: KEY, data: { amount: '20.00' } }),
  )
  await journal.append(entry({ run: 'D', job: 'plant-gl', event: 'run.started' }))
  await journal.close()

  const companyOf = await companiesIn(folder)
  const found: (string | null)[] = []
  for await (const record of readAudit(folder)) found.push(companyOf(record))
  const [test, live] = ['10USA/10USACO at https://test.acme.com', '10USA/10USACO at https://acme.com']
  expect(found).toEqual([test, test, test, live, live, live, live, null])
  const totals = await totalsOf(selectRows(folder, { event: [] }))
  expect(totals.map(({ company, amount }) => [company, amount])).toEqual([
    [live, '20'],
    [test, '10'],
  ])
})
