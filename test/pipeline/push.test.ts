import { expect, test } from 'vitest'
import type { AuditEntry } from '../../src/audit/event.js'
import { withHistory } from '../../src/audit/history.js'
import type { Clock } from '../../src/model/clock.js'
import type { Plan, PlanEntry } from '../../src/model/plan.js'
import { referenceKey, type Reference } from '../../src/model/reference.js'
import type { Target } from '../../src/pipeline/map.js'
import type { Ports } from '../../src/pipeline/ports.js'
import { push } from '../../src/pipeline/push.js'

const CLOCK: Clock = { now: () => 0, sleep: () => Promise.resolve() }
const PLACE = { tenant: 'https://qad.example', domain: '10USA', entity: '10USACO' }
const TARGET: Target = { ...PLACE, settleMs: 0, limits: { account: 8, costCentre: 8, text: 40 } }

function referenceOf(account: string): Reference {
  const identity = {
    ...{ domain: '10USA', entity: '10USACO', year: 2026, period: 7, account, subAccount: '', costCentre: '1100' },
    ...{ project: '', site: '', currency: 'USD', measure: 'net_amount' },
  }
  return {
    ...identity,
    key: referenceKey(identity),
    revision: 1,
    amount: '1.00',
    description: '',
    source: '',
    run: 'A',
  }
}

test('where nothing may be posted to any more, nothing is said of any reference: what was left stays to be replayed', async () => {
  const [there, missing] = [referenceOf('5010'), referenceOf('5020')]
  const of = { before: null, rows: [], residue: '0' }
  const entries: PlanEntry[] = [
    { action: 'same', reference: there, ...of, before: { ...there, qadRef: null } },
    { action: 'create', reference: missing, ...of },
  ]
  const totals = { rows: { pulled: 0, mapped: 0, ignored: 0, unmapped: 0 }, amounts: [] }
  const made = { schema: 'mlc/plan/1' as const, run: 'A', job: 'pay', madeAt: '', figuresHash: '', mapHash: '', totals }
  const plan: Plan = { ...made, ...PLACE, entries, problems: [] }
  const lines: AuditEntry[] = []
  const kept = { append: async (entry: AuditEntry) => void lines.push(entry), flush: async () => undefined }
  const { journal, history } = withHistory(kept, async function* () {}, CLOCK)
  const ledger = {
    ...{ canReadBack: true, batchSize: 1, ready: async () => ({ caution: 'the daybook is of the official layer' }) },
    chart: async () => ({ accounts: null, costCentres: null, periods: null }),
    posted: async function* () {
      yield { ...there, qadRef: null }
    },
  }
  const ports = { clock: CLOCK, journal, history, ledger: () => ledger, jobName: 'pay' } as unknown as Ports
  await expect(push(plan, TARGET, ports)).rejects.toMatchObject({ code: 'MLC-Q043' })
  expect(lines).toEqual([])
})
