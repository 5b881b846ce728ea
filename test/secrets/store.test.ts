import { expect, test } from 'vitest'
import { saveAndReadBack, type SecretStore } from '../../src/secrets/store.js'

/** A store that gives back what `kept` makes of it. */
function store(kept: (value: string) => string | null): SecretStore {
  let held: string | null = null
  return {
    name: 'vault',
    check: async () => undefined,
    get: async () => held,
    set: async (_account, value) => void (held = kept(value)),
    delete: async () => false,
  }
}

test.each([
  ['keeps nothing', () => null],
  ['cuts it off', (value: string) => value.slice(0, 4)],
])('a store that says yes and %s is noticed at once', async (_what, kept) => {
  await expect(saveAndReadBack(store(kept), 'qad:https://a', 'hunter2')).rejects.toMatchObject({
    code: 'MLC-S006',
    exitCode: 4,
    message: 'the vault does not give back what was saved as mlc / qad:https://a',
  })
})

test('one that keeps it is believed', async () => {
  await expect(
    saveAndReadBack(
      store((value) => value),
      'qad:https://a',
      'hunter2',
    ),
  ).resolves.toBeUndefined()
})
