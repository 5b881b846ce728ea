import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
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

test('an importer that empties the file in place leaves the copy as it was, and no third file stays', async () => {
  const outbox = createOutbox(dir)
  await outbox.deliver('mlc-R1.csv', 'one')
  expect(readFileSync(join(dir, 'mlc-R1.csv'), 'utf8')).toBe('one')
  truncateSync(join(dir, 'mlc-R1.csv'))
  expect(await outbox.kept()).toEqual([{ name: 'mlc-R1.csv', text: 'one', isCertain: true }])
  expect(readdirSync(join(dir, '.mlc'))).toEqual(['mlc-R1.csv'])
})

test('a run that died before the file got its name leaves a doubt, and its name to nobody else', async () => {
  const died = async () => new Promise<void>(() => undefined)
  let isLinking: () => void = () => undefined
  const linking = new Promise<void>((resolve) => (isLinking = resolve))
  void createOutbox(dir, { link: () => (isLinking(), died()), rename }).deliver('mlc-R1.csv', 'one')
  await linking
  const next = createOutbox(dir)
  expect(await next.kept()).toEqual([{ name: 'mlc-R1.csv', text: 'one', isCertain: false }])
  expect(await next.deliver('mlc-R1.csv', 'two')).toBe('mlc-R1-2.csv')
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
