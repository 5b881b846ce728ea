import { expect, test } from 'vitest'
import type { PlanEntry } from '../../src/model/plan.js'
import type { Ports } from '../../src/pipeline/ports.js'
import { anchored } from '../../src/pipeline/anchor.js'

const HEAD = '0123456789abcdef'.repeat(4)
const ANCHOR = 'audit:0123456789abcdef'

test.each<[description: string, limit: number, posted: string]>([
  ['net 2026-07', 40, `net 2026-07 ${ANCHOR}`],
  ['net_amount 2026-07', 40, `net_amount 2026-… ${ANCHOR}`],
  ['net_amount 2026-07', 41, `net_amount 2026-07 ${ANCHOR}`],
  ['net_amount 2026-07', 24, `… ${ANCHOR}`],
  ['net_amount 2026-07', 23, ANCHOR],
  ['net_amount 2026-07', 22, ANCHOR],
  ['', 40, ANCHOR],
  [`net 2026-07 audit:${'f'.repeat(16)}`, 40, `net 2026-07 ${ANCHOR}`],
  [`audit:${'f'.repeat(16)}`, 40, ANCHOR],
  ['Summe \u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}', 32, `Summe \u{1F600}… ${ANCHOR}`],
])('%j with room for %d characters is posted as %j', (description, limit, posted) => {
  const entry = entryOf(description)
  const { reference } = anchored(entry, limit, portsWith(HEAD))
  expect(reference.description).toBe(posted)
  expect(reference.description.length).toBeLessThanOrEqual(limit)
  expect({ ...reference, description }).toEqual(entry.reference)
})

test.each<[what: string, limit: number | null, head: string | undefined]>([
  ['no description is posted', null, HEAD],
  ['there is no room', 21, HEAD],
  ['the head is not known', 40, undefined],
])('where %s, the reference stays as it is', (_, limit, head) => {
  const entry = entryOf('net_amount 2026-07')
  expect(anchored(entry, limit, portsWith(head))).toBe(entry)
})

function portsWith(head: string | undefined): Ports {
  return { journal: { head } } as unknown as Ports
}

function entryOf(description: string): PlanEntry {
  const place = { domain: '10USA', entity: '10USACO', year: 2026, period: 7, account: '05010', costCentre: '1100' }
  const rest = { subAccount: '', project: '', site: '', currency: 'USD', measure: 'net', source: 'look 42', run: 'R' }
  const reference = { ...place, ...rest, key: 'MLC1', revision: 1, amount: '1.00', description }
  return { action: 'create', reference, before: null, rows: [1], residue: '0' }
}
