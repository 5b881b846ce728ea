import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ReconcileJson, SyncJob, SyncJson } from '../support/shapes.js'
import type { AuditLine } from '../support/world.js'
import { actualsOf, referencesOf, signedSum, type Fact } from './published.js'
import { commandsOf, EXAMPLES, type, type Place } from './readme.js'
import { runServe, serveFacts, type Served } from './served.js'

const FACTS = join(EXAMPLES, '..', '..', 'shared', 'data', 'adventureworks')
const isThere = existsSync(join(FACTS, 'FactFinance.csv'))
// Twelve thousand references one by one, each on disk before it leaves: a minute on a quiet machine.
const YEAR_MS = 900_000

const README = commandsOf(join(EXAMPLES, 'adventureworks', 'README.md'))
const MONTH = README.filter((command) => command.includes('--job month'))
const YEAR = README.filter((command) => command.includes('--job year'))

test('the README shows a sync, the same sync again and a reconciliation, for the month and for the year', () => {
  const story = (job: string) => [`mlc sync ${job} --yes`, `mlc sync ${job} --yes`, `mlc reconcile ${job}`]
  expect(MONTH).toEqual(story('--job month --period 2011-05'))
  expect(YEAR).toEqual(story('--job year --period 2013-01'))
  expect(README).toEqual([...MONTH, ...YEAR, 'mlc audit verify'])
})

test.each([
  ['a folder without the files', ['nowhere'], 'DimAccount.csv is missing'],
  ['two folders', ['one', 'two'], 'more than one folder'],
  ['a port that is none', ['nowhere', '--port-qad', '70000'], '70000 is no port'],
  ['an unknown option', ['nowhere', '--port', '1'], "Unknown option '--port'"],
])('serve.mjs refuses %s and shows its usage', async (_, args, said) => {
  const { code, stderr } = await runServe(args)
  expect(code).toBe(2)
  expect(stderr).toContain(said)
  expect(stderr).toContain('usage: node serve.mjs')
})

const WHERE = isThere ? '' : ' (skipped: its files are not in ../shared/data/adventureworks)'

describe.skipIf(!isThere)(`the published facts of AdventureWorks${WHERE}`, () => {
  test('the busiest month is posted once, found again and equal to the ledger', { timeout: YEAR_MS }, async () => {
    const actuals = actualsOf(FACTS)
    const facts = actuals.filter(({ month }) => month === '2011-05')
    expect(facts).toHaveLength(busiest(actuals))
    const served = await serveFacts(FACTS)
    await syncTwice(served, MONTH, { facts, rows: 722, references: 692, measure: 'actual' })
    for (const { currency, pulled } of controlTotals(served, facts)) {
      // Looker sums two facts of one place in doubles, so the last digits of what it returned are noise.
      expect(Number(signedSum(amountsIn(facts, currency)).minus(pulled).abs())).toBeLessThan(1e-6)
    }
    await reconcile(served, MONTH, facts)
    await verifyAndEnd(served, { queries: 3, references: 692 })
  })

  test(
    'a year of 12,591 rows is posted once, each figure exact, and equal to the ledger',
    { timeout: YEAR_MS },
    async () => {
      const facts = actualsOf(FACTS).filter(({ year }) => year === '2013')
      const served = await serveFacts(FACTS)
      await syncTwice(served, YEAR, { facts, rows: 12_591, references: 12_067, measure: 'actual_year' })
      const totals = controlTotals(served, facts)
      expect(totals.map(({ currency }) => currency).sort()).toEqual(['AUD', 'CAD', 'EUR', 'USD'])
      for (const { currency, pulled } of totals) {
        // One fact a row: what was pulled is what was published, digit for digit.
        expect(signedSum(amountsIn(facts, currency)).minus(pulled).toString()).toBe('0')
      }
      await reconcile(served, YEAR, facts)
      await verifyAndEnd(served, { queries: 3, references: 12_067 })
    },
  )
})

describe.skipIf(!isThere)(`serve.mjs${WHERE}`, () => {
  test('ends when the second port is taken, although the first server is up', async () => {
    const served = await serveFacts(FACTS)
    const { port } = new URL(served.env['QAD_URL'] ?? '')
    const { code, stderr } = await runServe([FACTS, '--port-qad', port])
    expect(code).toBe(2)
    expect(stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`)
  })
})

interface Expected {
  readonly facts: readonly Fact[]
  readonly rows: number
  readonly references: number
  readonly measure: string
}

/** The first command posts every reference with its exact amount; the second finds all of them and posts nothing. */
async function syncTwice(place: Place, [first = '', again = '']: readonly string[], expected: Expected): Promise<void> {
  const { facts, rows, references, measure } = expected
  const amounts = referencesOf(facts, measure)
  expect(amounts.size).toBe(references)
  const synced = await sync(first, place)
  expect(synced.pull).toEqual({ rows, complete: true, requests: 1 })
  expect(synced.map).toMatchObject({ mapped: references, ignored: rows - references, unmapped: 0 })
  expect(synced.push).toEqual({ ...NONE, created: references })
  expect(amountsOf(synced, 'posted')).toEqual(amounts)
  const repeated = await sync(again, place)
  expect(repeated.push).toEqual({ ...NONE, same: references })
  expect(amountsOf(repeated, 'same')).toEqual(amounts)
}

const NONE = { created: 0, revised: 0, same: 0, failed: 0, unknown: 0, conflict: 0, skipped: 0 }

async function sync(command: string, place: Place): Promise<SyncJob> {
  const ran = await type(`${command} --json`, place)
  expect({ command, code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  const [job] = ran.json<SyncJson>().jobs
  if (!job) throw new Error(`${command} synced no job`)
  return job
}

function amountsOf({ records }: SyncJob, status: string): Map<string, string> {
  return new Map(records.filter((record) => record.status === status).map(({ key, amount }) => [key, amount]))
}

interface ControlAmount {
  readonly currency: string
  readonly pulled: string
  readonly mapped: string
  readonly ignored: string
}

/** The control totals that the first run recorded, a line a currency; what is left out is exactly what is not money. */
function controlTotals({ state }: Served, facts: readonly Fact[]): readonly ControlAmount[] {
  const line = auditOf(state).find(({ event }) => event === 'map.done')
  const { amounts } = line?.data['totals'] as { readonly amounts: readonly ControlAmount[] }
  for (const { currency, pulled, mapped, ignored } of amounts) {
    expect(signedSum([mapped, ignored]).minus(pulled).toString()).toBe('0')
    const statistics = facts.filter(({ isMoney }) => !isMoney)
    expect(signedSum(amountsIn(statistics, currency)).minus(ignored).toString()).toBe('0')
  }
  return amounts
}

function amountsIn(facts: readonly Fact[], currency: string): string[] {
  return facts.filter((fact) => fact.currency === currency).map(({ amount }) => amount)
}

/** The third command: every account, cost centre and currency of the facts, all of them equal. */
async function reconcile(place: Place, [, , command = '']: readonly string[], facts: readonly Fact[]): Promise<void> {
  const ran = await type(`${command} --json`, place)
  expect(ran.code).toBe(0)
  const money = facts.filter(({ isMoney }) => isMoney)
  const places = new Set(
    money.map(({ month, account, department, currency }) => `${month} ${account} ${department} ${currency}`),
  )
  const equal = {
    equal: places.size,
    within: 0,
    explained: 0,
    outside: 0,
    onlyLooker: 0,
    onlyLedger: 0,
    net: '0.00',
    gross: '0.00',
  }
  expect(ran.json<ReconcileJson>().summary).toEqual(equal)
}

/** The last command, then the servers' own count of what they were asked and of what QAD holds. */
async function verifyAndEnd(
  served: Served,
  { queries, references }: { queries: number; references: number },
): Promise<void> {
  const verified = await type(`${README.at(-1)} --json`, served)
  expect(verified.code).toBe(0)
  expect(verified.json<object>()).toMatchObject({ ok: true, problems: [], torn: null })
  const { code, stderr } = await served.end()
  expect(code).toBe(0)
  expect(stderr).toContain(` ${queries} of them queries`)
  expect(stderr).toContain(` ${references} references in its books`)
}

function auditOf(state: string): AuditLine[] {
  const folder = join(state, 'audit')
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  const lines = files.sort().flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditLine)
}

function busiest(actuals: readonly Fact[]): number {
  const counts = new Map<string, number>()
  for (const { month } of actuals) counts.set(month, (counts.get(month) ?? 0) + 1)
  return Math.max(...counts.values())
}
