import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { world } from '../support/world.js'

const RECONCILE = ['reconcile', '--job', 'plant-gl', '--period', '2026-07']

test('the page and the workbook hold what the table shows, and exit as the table does', async () => {
  const w = await world()
  const table = await w.run(RECONCILE)
  expect(table.code).toBe(3)

  const page = await w.run([...RECONCILE, '--format', 'html', '-o', 'july.html'])
  expect(page).toMatchObject({ code: 3, stdout: '' })
  expect(statSync(join(w.folder, 'july.html')).mode & 0o077).toBe(0)
  const html = w.read('july.html')
  for (const shown of [
    '4 breaks to explain.',
    '02010/1300',
    '-522,895.10',
    'sign flipped',
    'America/Detroit',
    'gross variance USD',
    'budget: the ledger has one balance',
  ])
    expect(html).toContain(shown)
  expect(html).toMatch(/<a href="http:\/\/127\.0\.0\.1:\d+\/explore\/finance\/gl\?/)
  expect(table.stdout).toContain('-522,895.10')

  const book = await w.run([...RECONCILE, '-o', 'july.xlsx'])
  expect(book).toMatchObject({ code: 3, stdout: '' })
  const files = unzipSync(readFileSync(join(w.folder, 'july.xlsx')))
  const sheet = new TextDecoder().decode(files['xl/worksheets/sheet1.xml'])
  expect(sheet.match(/<row /g)).toHaveLength(14)
  expect(sheet).toContain('<v>-522895.1</v>')
})
