import { describe, expect, test } from 'vitest'
import { readMap } from '../../src/mapping/map-file.js'
import { createResolver } from '../../src/mapping/resolve.js'
import type { MasterCode } from '../../src/model/chart.js'
import { parsePeriod, type Period } from '../../src/model/period.js'

const MARCH: Period = { year: 2026, period: 3 }

describe('with a map file', () => {
  const MAP = `looker,qad,ignore,reason,from,to
Cash,0100,,,,
Detroit,1100,,,,2026-06
Detroit,1150,,,2026-07,2026-12
  Toledo,1200,,,,
Pune,,yes,not on QAD until Jan,,
Leipzig,1300,,,,
LEIPZIG,1310,,,,
Zürich,ch-01,,,,
Zero,0007,,,,
,9999,,,2026-03,
`
  const codes = chart(['0100', '1100', '1150', '1200', '1300', '1310', 'CH-01', '7'])
  const resolve = createResolver(readMap(MAP, 'maps/cc.csv'), codes, 'maps/cc.csv')

  test.each([
    ['Cash', '2026-03', { kind: 'mapped', code: '0100', how: 'map' }],
    [' cash', '2026-03', { kind: 'mapped', code: '0100', how: 'map-normalised' }],
    ['CASH', '2026-03', { kind: 'mapped', code: '0100', how: 'map-normalised' }],
    ['toledo', '2026-03', { kind: 'mapped', code: '1200', how: 'map-normalised' }],
    ['Detroit', '2026-06', { kind: 'mapped', code: '1100', how: 'map' }],
    ['Detroit', '2026-07', { kind: 'mapped', code: '1150', how: 'map' }],
    ['Detroit', '2026-12', { kind: 'mapped', code: '1150', how: 'map' }],
    ['Detroit', '2027-01', { kind: 'unmapped', path: 'maps/cc.csv' }],
    ['detroit', '2026-08', { kind: 'mapped', code: '1150', how: 'map-normalised' }],
    ['Pune', '2026-03', { kind: 'ignored', reason: 'not on QAD until Jan' }],
    ['PUNE ', '2026-03', { kind: 'ignored', reason: 'not on QAD until Jan' }],
    ['Leipzig', '2026-03', { kind: 'mapped', code: '1300', how: 'map' }],
    ['LEIPZIG', '2026-03', { kind: 'mapped', code: '1310', how: 'map' }],
    ['leipzig', '2026-03', { kind: 'ambiguous', path: 'maps/cc.csv', lines: [7, 8] }],
    ['Zu\u0308rich', '2026-03', { kind: 'mapped', code: 'CH-01', how: 'map-normalised' }],
    ['Zero', '2026-03', { kind: 'mapped', code: '0007', how: 'map' }],
    ['Nowhere', '2026-03', { kind: 'unmapped', path: 'maps/cc.csv' }],
    // A code of QAD itself is no value of the map: with a map file, only the map speaks.
    ['0100', '2026-03', { kind: 'unmapped', path: 'maps/cc.csv' }],
    [null, '2026-03', { kind: 'mapped', code: '9999', how: 'map' }],
    ['', '2026-03', { kind: 'mapped', code: '9999', how: 'map' }],
    ['   ', '2026-03', { kind: 'mapped', code: '9999', how: 'map-normalised' }],
    [null, '2026-02', { kind: 'unmapped', path: 'maps/cc.csv' }],
  ])('%j in %s is %j', (value, period, expected) => {
    const asked = parsePeriod(period) ?? MARCH
    expect(resolve(value, asked)).toEqual(expected)
    expect(resolve(value, asked)).toEqual(expected)
  })

  test('an empty value is unmapped when no line is for it', () => {
    const plain = createResolver(readMap('looker,qad\nCash,0100\n', 'm.csv'), null, 'm.csv')
    expect([null, '', ' '].map((value) => plain(value, MARCH).kind)).toEqual(['unmapped', 'unmapped', 'unmapped'])
  })

  test('without masters a code is sent as the map has it', () => {
    const plain = createResolver(readMap('looker,qad\nCash,00ab\n', 'm.csv'), null, 'm.csv')
    expect(plain('Cash', MARCH)).toEqual({ kind: 'mapped', code: '00ab', how: 'map' })
  })
})

describe('without a map file codes are taken as they are', () => {
  const resolve = createResolver(null, chart(['0100', '100', 'AbC', 'x1', 'X1', 'Zu\u0308rich']), null)

  test.each([
    ['0100', '0100', 'exact'],
    ['100', '100', 'exact'],
    [' 0100 ', '0100', 'normalised'],
    ['ABC', 'AbC', 'normalised'],
    ['x1', 'x1', 'exact'],
    ['Z\u00FCrich', 'Zu\u0308rich', 'normalised'],
    // Not in the chart: left as it is, for the checks to name.
    ['00100', '00100', 'exact'],
    ['9', '9', 'exact'],
  ])('%j is %j (%s)', (value, code, how) => {
    expect(resolve(value, MARCH)).toEqual({ kind: 'mapped', code, how })
  })

  test.each([[null], [''], ['  ']])('%j is unmapped', (value) => {
    expect(resolve(value, MARCH)).toEqual({ kind: 'unmapped', path: null })
  })

  test('a code that the chart has in two Unicode forms is one code', () => {
    const forms = ['Z\u00FCrich', 'Zu\u0308rich']
    for (const [first = '', second = ''] of [forms, forms.toReversed()]) {
      const resolve = createResolver(null, chart([first, second]), null)
      expect(forms.map((value) => resolve(value, MARCH))).toMatchObject([{ code: first }, { code: first }])
    }
  })

  test('a code that the chart has twice but for case is left as it is', () => {
    const twice = createResolver(null, chart(['aa', 'aA']), null)
    expect(twice('AA', MARCH)).toEqual({ kind: 'mapped', code: 'AA', how: 'exact' })
  })
})

function chart(codes: readonly string[]): MasterCode[] {
  return codes.map((code) => ({ code, description: code, active: true, type: null }))
}
