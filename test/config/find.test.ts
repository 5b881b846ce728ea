import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findConfig } from '../../src/config/find.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlc-find-'))
  for (const folder of ['home/.config/mlc', 'xdg/mlc', 'work/deep/er', 'folder.yaml'])
    mkdirSync(join(root, folder), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

const put = (...names: string[]) => names.forEach((name) => writeFileSync(join(root, name), 'version: 1\n'))
const find = (options: Partial<Parameters<typeof findConfig>[0]> = {}) =>
  findConfig({
    flag: undefined,
    env: undefined,
    cwd: join(root, 'work/deep/er'),
    xdgConfigHome: undefined,
    home: join(root, 'home'),
    ...options,
  })

test('--config wins over MLC_CONFIG, over the working folder, over its parents, over the user’s folder', async () => {
  put('flag.yaml', 'env.yaml', 'work/deep/er/mlc.yaml', 'work/mlc.yaml', 'home/.config/mlc/mlc.yaml')
  expect(await find({ flag: '../../../flag.yaml', env: join(root, 'env.yaml') })).toBe(join(root, 'flag.yaml'))
  expect(await find({ env: join(root, 'env.yaml') })).toBe(join(root, 'env.yaml'))
  expect(await find()).toBe(join(root, 'work/deep/er/mlc.yaml'))
  rmSync(join(root, 'work/deep/er/mlc.yaml'))
  expect(await find()).toBe(join(root, 'work/mlc.yaml'))
  rmSync(join(root, 'work/mlc.yaml'))
  expect(await find()).toBe(join(root, 'home/.config/mlc/mlc.yaml'))
})

test('XDG_CONFIG_HOME stands for ~/.config; a relative one is ignored, as its specification says', async () => {
  put('xdg/mlc/mlc.yaml', 'home/.config/mlc/mlc.yaml')
  expect(await find({ xdgConfigHome: join(root, 'xdg') })).toBe(join(root, 'xdg/mlc/mlc.yaml'))
  expect(await find({ xdgConfigHome: 'xdg' })).toBe(join(root, 'home/.config/mlc/mlc.yaml'))
})

test('a folder named mlc.yaml is passed by', async () => {
  mkdirSync(join(root, 'work/deep/mlc.yaml'))
  put('work/mlc.yaml')
  expect(await find()).toBe(join(root, 'work/mlc.yaml'))
})

test('a link that leads nowhere is found, so that no other mlc.yaml is taken instead', async () => {
  symlinkSync('unmounted/mlc.yaml', join(root, 'work/deep/mlc.yaml'))
  put('work/mlc.yaml')
  expect(await find()).toBe(join(root, 'work/deep/mlc.yaml'))
})

test('nothing found: the places are listed', async () => {
  const places = ['work/deep/er', 'work/deep', 'work', 'home/.config/mlc'].map((folder) =>
    join(root, folder, 'mlc.yaml'),
  )
  const error = await find().catch((refused: unknown) => refused)
  expect(error).toMatchObject({ code: 'MLC-C001', exitCode: 2 })
  for (const place of places) expect(String(error)).toContain(place)
})

test.each([
  [{ flag: 'nope.yaml' }, '--config names "nope.yaml", which does not exist'],
  [{ flag: '' }, '--config names "", which does not exist'],
  [{ env: '/nope/mlc.yaml' }, 'MLC_CONFIG names "/nope/mlc.yaml", which does not exist'],
])('a name that leads nowhere is never replaced by a search: %j', async (options, message) => {
  put('work/mlc.yaml')
  await expect(find(options)).rejects.toMatchObject({ code: 'MLC-C001', message })
})

test('a name that leads to a folder says so', async () => {
  await expect(find({ flag: join(root, 'folder.yaml') })).rejects.toThrow('which is a folder')
})

test.skipIf(process.platform === 'win32')(
  'a pipe is no mlc.yaml unless it is named, and a link to itself is called so',
  async () => {
    execFileSync('mkfifo', [join(root, 'work/deep/er/mlc.yaml')])
    await expect(find()).rejects.toThrow('work/deep/er/mlc.yaml is not a regular file')
    expect(await find({ flag: 'mlc.yaml' })).toBe(join(root, 'work/deep/er/mlc.yaml'))
    symlinkSync('loop.yaml', join(root, 'loop.yaml'))
    await expect(find({ flag: join(root, 'loop.yaml') })).rejects.toThrow('a link that leads to itself')
  },
)
