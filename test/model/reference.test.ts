import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseKey, referenceKey, revisionKey, type Identity } from '../../src/model/reference.js'

const direct: Identity = {
  domain: '10USA',
  entity: '10USACO',
  year: 2026,
  period: 3,
  account: '5010',
  subAccount: '',
  costCentre: '1100',
  project: '',
  site: '',
  currency: 'USD',
  measure: 'net_amount',
}

describe('the key of a reference', () => {
  // Computed once by a script in another language from the documented rule; they must never change.
  test.each<[Partial<Identity>, string]>([
    [{}, 'MLC6632RV8E0DD9W0CN4FM0HD8Q5X'],
    [{ account: '05010' }, 'MLC64AW5828P7ZQHNFMDQ4Q0EPKCP'],
    [{ period: 13, costCentre: '' }, 'MLCC6MWWMF6X7EA90240S7PKE2JPN'],
    [
      {
        domain: '20EU',
        entity: '20EUCO',
        period: 7,
        subAccount: '100',
        costCentre: '1300',
        project: 'P-7',
        site: '20-300',
        currency: 'EUR',
        measure: 'budget',
      },
      'MLC00K93D7H0B4EKMG1BCZYZQK6S2',
    ],
    [{ costCentre: 'Zu\u0308rich', currency: 'CHF' }, 'MLCGQ1AND0VS0ZM599M0ASAYFS91T'],
    [{ costCentre: 'Z\u00FCrich', currency: 'CHF' }, 'MLCGQ1AND0VS0ZM599M0ASAYFS91T'],
    [{ costCentre: '日本', currency: 'JPY', measure: 'a "quoted" \\ name' }, 'MLCCZ38GGZ1YA2J0GNJPG5X7WWA76'],
  ])('of %j is %s', (change, key) => {
    expect(referenceKey({ ...direct, ...change })).toBe(key)
  })

  test('does not depend on the order of fields, nor on fields that are no part of the identity', () => {
    const reversed = Object.fromEntries(Object.entries({ ...direct, amount: '1.00', run: 'x', job: 'y' }).reverse())
    expect(referenceKey(reversed as unknown as Identity)).toBe(referenceKey(direct))
  })

  test('differs whenever one part of the identity differs', () => {
    const changes: Partial<Identity>[] = [
      { domain: '10' },
      { entity: '10' },
      { year: 2027 },
      { period: 4 },
      { account: '5011' },
      { subAccount: '1' },
      { costCentre: '1200' },
      { project: '1' },
      { site: '1' },
      { currency: 'EUR' },
      { measure: 'budget' },
    ]
    const keys = [{}, ...changes].map((change) => referenceKey({ ...direct, ...change }))
    expect(new Set(keys).size).toBe(12)
  })

  test('never confuses two neighbouring parts', () => {
    const code = fc.string({ maxLength: 4 })
    fc.assert(
      fc.property(code, code, code, code, (a, b, c, d) => {
        const one = referenceKey({ ...direct, subAccount: a, costCentre: b })
        const other = referenceKey({ ...direct, subAccount: c, costCentre: d })
        expect(one === other).toBe(
          a.normalize('NFC') === c.normalize('NFC') && b.normalize('NFC') === d.normalize('NFC'),
        )
      }),
    )
  })

  test('is split into base key and revision, whatever the revision', () => {
    const baseKey = referenceKey(direct)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), (revision) => {
        expect(parseKey(revisionKey(baseKey, revision))).toEqual({ baseKey, revision })
      }),
    )
  })

  test.each([
    ['', 'MLC', 'MLC123', 'INV-2026-0001', 'mlc6632rv8e0dd9w0cn4fm0hd8q5x'],
    ['MLC6632RV8E0DD9W0CN4FM0HD8Q5X-R0', 'MLC6632RV8E0DD9W0CN4FM0HD8Q5X-R02', 'MLC6632RV8E0DD9W0CN4FM0HD8Q5X-R'],
    ['MLC6632RV8E0DD9W0CN4FM0HD8Q5X ', ' MLC6632RV8E0DD9W0CN4FM0HD8Q5X', 'MLC6632RV8E0DD9W0CN4FM0HD8Q5XX'],
    ['MLCI632RV8E0DD9W0CN4FM0HD8Q5X', 'MLCL632RV8E0DD9W0CN4FM0HD8Q5X', 'MLCU632RV8E0DD9W0CN4FM0HD8Q5X'],
  ])('is not seen in texts that are not ours: %j', (...texts) => {
    expect(texts.map(parseKey)).toEqual(texts.map(() => null))
  })
})
