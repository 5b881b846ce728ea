import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBreaks } from '../../src/store/breaks.js'
import { createReadings } from '../../src/store/readings.js'

const PLACE = { tenant: 't', domain: '10USA', entity: '10USACO', level: 'account', basis: 'period' } as const
const BREAKS = { ...PLACE, job: 'gl', source: 'looker' } as const
const READINGS = { ...PLACE, period: '2026-07' }

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlc-kept-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function readingsIn(warned: string[]) {
  const found: unknown[] = []
  for await (const reading of createReadings(folder, (text) => warned.push(text)).read(READINGS)) found.push(reading)
  return found
}

test('before anything was kept there is nothing, and nothing to be told', async () => {
  const warned: string[] = []
  expect(await createBreaks(folder).periods(BREAKS)).toEqual([])
  expect(await readingsIn(warned)).toEqual([])
  expect(warned).toEqual([])
})

test('breaks that cannot be listed do not pass for none', async () => {
  writeFileSync(join(folder, 'breaks'), 'no folder')
  expect(await createBreaks(folder).periods(BREAKS)).toMatch(/breaks cannot be listed: /)
})

test('readings that cannot be read are told as such', async () => {
  const reading = { at: '2026-07-31T00:00:00.000Z', account: '5010', costCentre: '', currency: 'USD', amount: '1.00' }
  const warned: string[] = []
  expect(await createReadings(folder, (text) => warned.push(text)).add(READINGS, [reading])).toBeNull()
  expect(await readingsIn(warned)).toEqual([reading])
  expect(warned).toEqual([])
  // A folder in the place of the file is what nobody can read, not even root.
  const [name = ''] = readdirSync(join(folder, 'readings'))
  rmSync(join(folder, 'readings', name))
  mkdirSync(join(folder, 'readings', name))
  expect(await readingsIn(warned)).toEqual([])
  expect(warned).toEqual([expect.stringContaining('it was last read is not known')])
})
