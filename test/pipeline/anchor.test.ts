import { expect, test } from 'vitest'
import type { PlanEntry } from '../../src/model/plan.js'
import type { Reference } from '../../src/model/reference.js'
import type { Ports } from '../../src/pipeline/ports.js'
import { anchored, type AnchorRoom } from '../../src/pipeline/anchor.js'

const HEAD = '0123456789abcdef'.repeat(4)
const ANCHOR = 'audit:0123456789abcdef'

const SAID: string[] = []

test.each<[description: string, limit: number, posted: Partial<Reference>]>([
  ['net 2026-07', 40, { description: `net 2026-07 ${ANCHOR}` }],
  ['net 2026-07', 34, { description: `net 2026-07 ${ANCHOR}` }],
  ['net 2026-07', 33, { source: `look 42 ${ANCHOR}` }],
  ['net_amount 2026-07 05010/1100', 40, { source: `look 42 ${ANCHOR}` }],
  ['', 40, { description: ANCHOR }],
  [`net 2026-07 audit:${'f'.repeat(16)}`, 40, { description: `net 2026-07 ${ANCHOR}` }],
  [`audit:${'f'.repeat(16)}`, 40, { description: ANCHOR }],
  ['net_amount 2026-07 05010/1100', 29, {}],
])('%j with room for %d characters is never cut: the anchor makes it %j', (description, limit, posted) => {
  SAID.length = 0
  const entry = entryOf(description)
  const { reference } = anchored(entry, { description: limit, source: limit }, portsWith(HEAD))
  expect(reference).toEqual({ ...entry.reference, ...posted })
  for (const name of ['description', 'source'] as const) expect(reference[name].length).toBeLessThanOrEqual(limit)
  expect(SAID).toHaveLength('description' in posted || 'source' in posted ? 0 : 1)
})

test('a reference that is sent again carries one anchor, wherever the last one was', () => {
  const { reference } = entryOf('net_amount 2026-07 05010/1100')
  const entry = { ...entryOf(''), reference: { ...reference, source: `look 42 audit:${'f'.repeat(16)}` } }
  const room = { description: 60, source: 40 }
  expect(anchored(entry, room, portsWith(HEAD)).reference).toEqual({
    ...reference,
    description: `net_amount 2026-07 05010/1100 ${ANCHOR}`,
  })
})

test.each<[what: string, room: AnchorRoom, head: string | undefined]>([
  ['no text is posted', { description: null, source: null }, HEAD],
  ['the head is not known', { description: 40, source: 40 }, undefined],
])('where %s, the reference stays as it is', (_, room, head) => {
  const entry = entryOf('net_amount 2026-07')
  expect(anchored(entry, room, portsWith(head))).toBe(entry)
})

function portsWith(head: string | undefined): Ports {
  return { journal: { head }, say: (line: string) => void SAID.push(line) } as unknown as Ports
}

function entryOf(description: string): PlanEntry {
  const place = { domain: '10USA', entity: '10USACO', year: 2026, period: 7, account: '05010', costCentre: '1100' }
  const rest = { subAccount: '', project: '', site: '', currency: 'USD', measure: 'net', source: 'look 42', run: 'R' }
  const reference = { ...place, ...rest, key: 'MLC1', revision: 1, amount: '1.00', description }
  return { action: 'create', reference, before: null, rows: [1], residue: '0' }
}
