import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Files, Handle } from '../../src/config/durable.js'
import { closeFolder, ensureFolder, rewriteDurably, stateFolder, writeFileDurably } from '../../src/config/state.js'

let root = ''
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'mlc-state-'))))
afterEach(() => rmSync(root, { recursive: true }))
const isRoot = process.getuid?.() === 0
const mode = (path: string) => statSync(path).mode & 0o777

describe('the state folder', () => {
  const cases: readonly [env: Record<string, string>, platform: NodeJS.Platform, home: string, folder: string][] = [
    [{}, 'linux', '/home/jdoe', '/home/jdoe/.local/state/mlc'],
    [{ XDG_STATE_HOME: '/var/state' }, 'linux', '/home/jdoe', '/var/state/mlc'],
    [{ XDG_STATE_HOME: 'relative' }, 'linux', '/home/jdoe', '/home/jdoe/.local/state/mlc'],
    [{ XDG_STATE_HOME: '' }, 'linux', '/home/jdoe', '/home/jdoe/.local/state/mlc'],
    [{ MLC_STATE_DIR: '/srv/mlc', XDG_STATE_HOME: '/x' }, 'linux', '/home/jdoe', '/srv/mlc'],
    [{ MLC_STATE_DIR: '' }, 'linux', '/home/jdoe', '/home/jdoe/.local/state/mlc'],
    [{}, 'darwin', '/Users/jdoe', '/Users/jdoe/Library/Application Support/mlc'],
    [{ XDG_STATE_HOME: '/x' }, 'darwin', '/Users/jdoe', '/x/mlc'],
    [{ LOCALAPPDATA: 'C:\\Users\\jdoe\\AppData\\Local' }, 'win32', 'C:\\Users\\jdoe', 'C:\\Users\\jdoe\\AppData\\Local\\mlc'],
    [{}, 'win32', 'C:\\Users\\jdoe', 'C:\\Users\\jdoe\\AppData\\Local\\mlc'],
    [{ MLC_STATE_DIR: 'D:\\mlc' }, 'win32', 'C:\\Users\\jdoe', 'D:\\mlc'],
  ] // prettier-ignore
  test.each(cases)('%j on %s', (env, platform, home, folder) => {
    expect(stateFolder(env, platform, home)).toBe(folder)
  })

  test('is made with its parents, for its owner alone, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      await ensureFolder(join(root, 'a/b'))
    } finally {
      process.umask(before)
    }
    expect([mode(join(root, 'a')), mode(join(root, 'a/b'))]).toEqual([0o700, 0o700])
  })

  test('one that is there keeps its permissions', async () => {
    mkdirSync(join(root, 'a'), { mode: 0o750 })
    chmodSync(join(root, 'a'), 0o750)
    await ensureFolder(join(root, 'a'))
    expect(mode(join(root, 'a'))).toBe(0o750)
  })

  test.each<[mode: number, inside: readonly string[], after: number, said: string | null]>([
    [0o755, [], 0o700, 'closed to them now'],
    [0o750, ['audit', 'runs', 'vault.json'], 0o700, 'closed to them now'],
    [0o701, ['audit'], 0o700, 'closed to them now'],
    [0o700, ['audit'], 0o700, null],
    [0o755, ['audit', 'index.html'], 0o755, 'it also holds index.html'],
  ])('of mode %o that holds %j is of mode %o after a run began: %s', async (before, inside, after, said) => {
    const path = join(root, 'a')
    mkdirSync(path)
    for (const name of inside) writeFileSync(join(path, name), '')
    chmodSync(path, before)
    const remark = await closeFolder(path)
    expect(mode(path)).toBe(after)
    expect(remark).toEqual(said === null ? null : (expect.stringContaining(said) as string))
  })

  test('a file in its place is named', async () => {
    writeFileSync(join(root, 'a'), '')
    for (const path of ['a', 'a/b']) {
      await expect(ensureFolder(join(root, path))).rejects.toMatchObject({ code: 'MLC-C008', exitCode: 2 })
      await expect(ensureFolder(join(root, path))).rejects.toThrow(join(root, path))
    }
  })

  test.skipIf(!existsSync('/proc/self'))(
    'below a folder that takes no names it is refused, and nobody waits',
    async () => {
      for (const path of ['/proc/mlc', '/proc/mlc/state'])
        await expect(ensureFolder(path)).rejects.toMatchObject({ code: 'MLC-C008' })
    },
  )

  test.skipIf(isRoot)('one that may not be written is named', async () => {
    mkdirSync(join(root, 'a'), { mode: 0o500 })
    await expect(ensureFolder(join(root, 'a'))).rejects.toThrow('permission denied')
  })
})

describe('a file is replaced whole or not at all', () => {
  const path = () => join(root, 'state.json')
  const leftovers = () => readdirSync(root).filter((name) => name.endsWith('.tmp'))

  test.skipIf(process.platform === 'win32')(
    'a file of the user’s keeps its mode, and the link that leads to it',
    async () => {
      const shared = join(root, 'shared.csv')
      writeFileSync(shared, 'before')
      chmodSync(shared, 0o664)
      symlinkSync('shared.csv', path())
      await rewriteDurably(path(), 'after')
      expect([readFileSync(shared, 'utf8'), mode(shared)]).toEqual(['after', 0o664])
      expect(readlinkSync(path())).toBe('shared.csv')
    },
  )

  test.each(['', 'x', 'é😀\n', 'a'.repeat(3_000_000)])('a text of any size arrives (case %#)', async (text) => {
    await writeFileDurably(path(), 'before')
    await writeFileDurably(path(), text)
    expect(readFileSync(path(), 'utf8')).toBe(text)
    expect(mode(path())).toBe(0o600)
    expect(leftovers()).toEqual([])
  })

  test('writes that take only a part are continued', async () => {
    await writeFileDurably(
      path(),
      'exactly this text',
      files({ write: (handle, buffer, offset, length) => handle.write(buffer, offset, Math.min(3, length)) }),
    )
    expect(readFileSync(path(), 'utf8')).toBe('exactly this text')
  })

  const fault = (code: string) =>
    Promise.reject(Object.assign(new Error(`${code}: secret words of the system`), { code }))
  const faults: readonly [what: string, faulty: Faulty, message: string][] = [
    ['a full disk at the second write', { write: (handle, buffer, offset) => (offset > 0 ? fault('ENOSPC') : handle.write(buffer, offset, 2)) }, 'no space left on the disk'],
    ['a disk that takes no more and says nothing', { write: async () => ({ bytesWritten: 0 }) }, 'the disk takes no more bytes'],
    ['a disk that lies about what it took', { write: async (_handle, _buffer, _offset, length) => ({ bytesWritten: length }) }, 'the disk holds 0 of 3 bytes'],
    ['a disk that cannot sync', { sync: () => fault('EIO') }, 'the disk reports an input/output error'],
    ['a quota', { open: () => fault('EDQUOT') }, 'the disk quota is used up'],
    ['a read-only disk', { open: () => fault('EROFS') }, 'the disk is read-only'],
    ['a rename that fails', { rename: () => fault('EACCES') }, 'permission denied'],
    ['an error code without words', { rename: () => fault('EXDEV') }, 'system error EXDEV'],
  ] // prettier-ignore
  test.each(faults)('%s leaves the good file, and nothing else', async (_what, faulty, message) => {
    writeFileSync(path(), 'good')
    const refused = writeFileDurably(path(), 'new', files(faulty))
    await expect(refused).rejects.toMatchObject({
      code: 'MLC-C008',
      message: `${path()} cannot be written: ${message}`,
    })
    expect(readFileSync(path(), 'utf8')).toBe('good')
    expect(leftovers()).toEqual([])
  })

  test('a folder that is missing or a folder in the way is named', async () => {
    await expect(writeFileDurably(join(root, 'no/state.json'), 'x')).rejects.toThrow('the folder does not exist')
    mkdirSync(join(root, 'state.json'))
    await expect(writeFileDurably(path(), 'x')).rejects.toThrow('a folder of that name is in the way')
    expect(leftovers()).toEqual([])
  })

  test('a link is replaced, not followed', async () => {
    writeFileSync(join(root, 'elsewhere'), 'theirs')
    symlinkSync(join(root, 'elsewhere'), path())
    await writeFileDurably(path(), 'ours')
    expect(readFileSync(join(root, 'elsewhere'), 'utf8')).toBe('theirs')
    expect(readFileSync(path(), 'utf8')).toBe('ours')
  })

  test('twenty writers at once leave one whole text', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000))
    await Promise.all(texts.map((text) => writeFileDurably(path(), text)))
    expect(texts).toContain(readFileSync(path(), 'utf8'))
    expect(leftovers()).toEqual([])
  })

  test('the file is synced before it takes the name, the folder after', async () => {
    const order: string[] = []
    const watched = files({
      sync: async (handle) => {
        order.push((await handle.stat()).isDirectory() ? 'sync folder' : 'sync file')
        await handle.sync()
      },
      rename: async (from, to) => {
        order.push('rename')
        await rename(from, to)
      },
    })
    await writeFileDurably(path(), 'x', watched)
    expect(order).toEqual(['sync file', 'rename', 'sync folder'])
    expect(existsSync(path())).toBe(true)
  })
})

/** The real disk, with some of its operations replaced. */
interface Faulty {
  readonly open?: Files['open']
  readonly rename?: Files['rename']
  readonly write?: (
    handle: Handle,
    buffer: Uint8Array,
    offset: number,
    length: number,
  ) => Promise<{ bytesWritten: number }>
  readonly sync?: (handle: Handle) => Promise<void>
}

function files({ write, sync, ...replaced }: Faulty): Files {
  return {
    unlink,
    rename,
    async open(path, flags, permissions) {
      const handle = await open(path, flags, permissions)
      return {
        chmod: (bits) => handle.chmod(bits),
        close: () => handle.close(),
        stat: () => handle.stat(),
        sync: () => (sync ? sync(handle) : handle.sync()),
        write: (buffer, offset, length) =>
          write ? write(handle, buffer, offset, length) : handle.write(buffer, offset, length),
      }
    },
    ...replaced,
  }
}
