import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { link, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createOutbox } from '../../src/composition/outbox.js'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'mlc-outbox-'))))
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const broken = async (): Promise<void> => {
  throw Object.assign(new Error('i/o'), { code: 'EIO' })
}
const files = () => readdirSync(dir).filter((name) => name !== '.mlc')

test('a file that stands in the folder is handed over, whatever fails after that: it must not be made a second time', async () => {
  const outbox = createOutbox(dir, { link, rename: broken })
  expect(await outbox.deliver('mlc-R1.csv', 'one')).toBe('mlc-R1.csv')
  expect(await outbox.kept()).toEqual([{ name: 'mlc-R1.csv', text: 'one', isCertain: true }])
  expect(files()).toEqual(['mlc-R1.csv'])
})

test('a file that did not get its name was not handed over, and nothing says that it may have been', async () => {
  const outbox = createOutbox(dir, { link: broken, rename })
  await expect(outbox.deliver('mlc-R1.csv', 'one')).rejects.toMatchObject({ code: 'MLC-Q045' })
  expect([files(), await outbox.kept()]).toEqual([[], []])
})

test('once an importer has fetched a file whose hand-over was cut off, nobody can tell', async () => {
  await createOutbox(dir, { link, rename: broken }).deliver('mlc-R1.csv', 'one')
  rmSync(join(dir, 'mlc-R1.csv'))
  expect(await createOutbox(dir).kept()).toMatchObject([{ name: 'mlc-R1.csv', isCertain: false }])
})
