import { expect, test } from 'vitest'
import type { AuditEntry } from '../../src/audit/event.js'
import { withHistory } from '../../src/audit/history.js'
import type { Clock } from '../../src/model/clock.js'
import { referenceKey, type Posted, type Reference } from '../../src/model/reference.js'
import type { Target } from '../../src/pipeline/map.js'
import type { RecordOutcome } from '../../src/pipeline/outcome.js'
import type { Ports } from '../../src/pipeline/ports.js'
import { confirm } from '../../src/pipeline/readback.js'

const CLOCK: Clock = { now: () => 0, sleep: () => Promise.resolve() }
const TARGET = { tenant: 'https://qad.example', domain: '10USA', entity: '10USACO', settleMs: 0 } as unknown as Target

const IDENTITY = {
  ...{ domain: '10USA', entity: '10USACO', year: 2026, period: 7, account: '5010', subAccount: '', costCentre: '1100' },
  ...{ project: '', site: '', currency: 'USD', measure: 'net_amount' },
}
const TEXTS = { description: 'Spend by plant, July', source: 'look 42' }
const SENT: Reference = {
  ...IDENTITY,
  ...{ key: referenceKey(IDENTITY), revision: 1, amount: '1.00', run: 'A', ...TEXTS },
}

/** The same reference after QAD was read back. */
async function readBack(status: 'posted' | 'same', stored: Partial<Posted>) {
  const lines: AuditEntry[] = []
  const kept = { append: async (entry: AuditEntry) => void lines.push(entry), flush: async () => undefined }
  const { journal, history } = withHistory(kept, async function* () {}, CLOCK)
  const posted = async function* () {
    yield { ...SENT, qadRef: 'Q1', ...stored }
  }
  const ledger = () => ({ canReadBack: true, posted })
  const signal = new AbortController().signal
  const ports = { clock: CLOCK, signal, journal, history, ledger, jobName: 'pay' } as unknown as Ports
  const outcome: RecordOutcome = { reference: SENT, status, qadRef: null, code: null, message: null }
  const [sent, there] = status === 'posted' ? [[outcome], []] : [[], [outcome]]
  const { outcomes } = await confirm(sent, there, TARGET, ports)
  return { status: outcomes[0]?.status, message: outcomes[0]?.message, events: lines.map(({ event }) => event) }
}

test.each<[what: string, stored: Partial<Posted>, cut: string]>([
  ['its description', { description: 'Spend by' }, 'the description of'],
  ['its source', { source: 'look' }, 'the source of'],
  ['both, in capitals', { description: 'SPEND', source: 'L' }, 'the description and source of'],
])('a reference of which QAD kept only the beginning of %s is in conflict', async (_, stored, cut) => {
  const { status, message, events } = await readBack('posted', stored)
  expect(status).toBe('conflict')
  expect(message).toContain(`QAD cut ${cut} ${SENT.key} short`)
  expect(events).toContain('readback.mismatch')
})

test.each<[what: string, stored: Partial<Posted>]>([
  ['whole', {}],
  ['in capitals and padded', { description: `${TEXTS.description.toUpperCase()}   ` }],
  ['not at all', { description: '', source: '' }],
  ['with an ellipsis of ours', { description: 'Spend by…' }],
])('texts that QAD shows %s are no conflict', async (_, stored) => {
  expect(await readBack('posted', stored)).toMatchObject({ status: 'posted' })
})

test('what QAD holds of an earlier run may have had a shorter description', async () => {
  expect(await readBack('same', { description: 'Spend' })).toMatchObject({ status: 'same' })
})
