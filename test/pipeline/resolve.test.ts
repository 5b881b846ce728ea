import { expect, test } from 'vitest'
import { referenceKey, type Identity, type Reference } from '../../src/model/reference.js'
import type { Ports } from '../../src/pipeline/ports.js'
import { resolveDoubt, type Doubt } from '../../src/pipeline/resolve.js'

const IDENTITY: Identity = {
  ...{ domain: '10USA', entity: '10USACO', year: 2026, period: 7, account: '5010', subAccount: '' },
  ...{ costCentre: '1100', project: '', site: '', currency: 'USD', measure: 'net_amount' },
}
const REFERENCE: Reference = {
  ...IDENTITY,
  ...{ key: referenceKey(IDENTITY), revision: 1, amount: '100.10', description: '', source: 'look 42', run: 'R1' },
}

function conflict(held: Partial<Doubt['held']>, addsUp: boolean): Doubt {
  const stored = { ...REFERENCE, qadRef: null, ...held }
  return { reference: REFERENCE, state: 'conflict', run: 'R1', job: 'plant-gl', held: stored, isProven: true, addsUp }
}

/** What a person's word leaves in the audit; an error where it is refused. */
async function settled(doubt: Doubt): Promise<readonly unknown[]> {
  const lines: unknown[] = []
  const journal = { append: async ({ data }: { data: unknown }) => void lines.push(data), flush: async () => undefined }
  await resolveDoubt(doubt, 'posted', { journal, reason: 'checked', jobName: 'plant-gl' } as unknown as Ports)
  return lines
}

test('a journal under another cost centre cannot be accepted: a later one would not move it', async () => {
  await expect(settled(conflict({ costCentre: '1200' }, true))).rejects.toMatchObject({
    code: 'MLC-Q025',
    message: expect.stringContaining('cost centre "1200" where "1100" belongs') as string,
  })
})

test.each([
  ['a journal of another amount', { amount: '99.10' }, true],
  ['a record under another cost centre', { costCentre: '1200' }, false],
])('%s can be, since the next revision sets it right', async (_what, held, addsUp) => {
  expect(await settled(conflict(held, addsUp))).toMatchObject([{ resolution: 'posted', reference: held }])
})
