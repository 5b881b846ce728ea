import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoEnterprise } from '../../src/sandbox/company/company.js'
import type { LookerWorld } from '../../src/sandbox/looker/world.js'
import type { Entry } from '../../src/sandbox/qad/entries.js'
import type { QadWorld } from '../../src/sandbox/qad/world.js'
import { enterprise, enterpriseQad } from '../support/enterprise.js'
import type { ReconcileJson, SyncJson } from '../support/shapes.js'
import { actualsOf, referencesOf } from './published.js'
import { EXAMPLES } from './readme.js'

const FOLDER = join(EXAMPLES, 'adventureworks')
const FACTS = join(EXAMPLES, '..', '..', 'shared', 'data', 'adventureworks')
const isThere = existsSync(join(FACTS, 'FactFinance.csv'))
const WHERE = isThere ? '' : ' (skipped: its files are not in ../shared/data/adventureworks)'
const MONTH = ['--job', 'month', '--period', '2011-05', '--json']

describe.skipIf(!isThere)(`the published facts of AdventureWorks through QXtend${WHERE}`, () => {
  test('the busiest month is posted once, found again and equal to the ledger', { timeout: 600_000 }, async () => {
    const world = await adventureWorks()
    const facts = actualsOf(FACTS).filter(({ month }) => month === '2011-05')
    const published = new Map([...referencesOf(facts, 'actual')].filter(([, amount]) => /[1-9]/.test(amount)))
    const synced = await world.run(['sync', ...MONTH, '--yes'])
    expect({ code: synced.code, stderr: synced.stderr }).toMatchObject({ code: 0 })
    expect(synced.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: published.size, failed: 0, unknown: 0 })
    expect(amountsIn(world.qad.entries)).toEqual(published)
    const again = await world.run(['sync', ...MONTH, '--yes'])
    expect(again.code).toBe(0)
    expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, revised: 0, same: published.size })
    expect(world.qad.entries).toHaveLength(published.size)
    const compared = await world.run(['reconcile', ...MONTH])
    expect(compared.code).toBe(0)
    expect(compared.json<ReconcileJson>().summary).toMatchObject({ outside: 0, onlyLooker: 0, onlyLedger: 0 })
  })
})

async function adventureWorks() {
  const { readFacts } = (await import(join(FOLDER, 'facts.mjs'))) as { readFacts: (folder: string) => unknown }
  const { lookerOf } = (await import(join(FOLDER, 'looker.mjs'))) as { lookerOf: (facts: unknown) => LookerWorld }
  const { qadOf } = (await import(join(FOLDER, 'qad.mjs'))) as { qadOf: (facts: unknown) => QadWorld }
  const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8')
  const facts = readFacts(FACTS)
  return enterprise({
    looker: lookerOf(facts),
    qad: withJournals(qadOf(facts)),
    config: ({ lookerUrl, qadUrl }) =>
      read('mlc.yaml')
        .replace('${LOOKER_URL}', lookerUrl)
        .replace(/\nqad:[^]*?\njobs:/, `\n${enterpriseQad(qadUrl, 'AW', 'AWCO')}\njobs:`),
    maps: Object.fromEntries(['maps/accounts.csv', 'maps/cost-centres.csv'].map((path) => [path, read(path)])),
  })
}

/** The example's tenant, with the demo's QXtend, daybooks and offset account. */
function withJournals(world: QadWorld): QadWorld {
  const demo = demoEnterprise()
  const { daybooks = [], accounts = [] } = demo.companies[0] ?? {}
  const offset = accounts.filter(({ code }) => code === '09990')
  const companies = world.companies.map((one) => ({ ...one, daybooks, accounts: [...one.accounts, ...offset] }))
  if (!demo.qxtend) throw new Error('the demo has no QXtend')
  return { ...world, companies, qxtend: demo.qxtend }
}

/** Key → amount of the line that is not the other side. */
function amountsIn(entries: readonly Entry[]): Map<string, string> {
  return new Map(
    entries.map(({ secondText, lines }) => {
      const line = lines.find(({ account }) => account !== '09990')
      const amount = /[1-9]/.test(line?.debit ?? '') ? (line?.debit ?? '') : `-${line?.credit ?? ''}`
      return [secondText.replace('mlc:', ''), amount]
    }),
  )
}
