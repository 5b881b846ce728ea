import fs from 'node:fs'
import { dirname } from 'node:path'
import { emptyFile, type SimDisk, type SimFile } from './disk.js'

/** What may go wrong with the system calls of one process, and when it dies in one of them. */
export interface DiskWeather {
  /** Called before each call takes effect. @throws the crash of the process, or an errno */
  before(call: string): void
  /** Called after it. @throws the crash of the process */
  after(call: string): void
  /** Bytes that a write may take at most, this time; null: all. */
  shortened(bytes: number): number | null
  /** False: a sync says "done" and does nothing. */
  readonly syncs: boolean
}

/** The file-system calls that the audit makes, as one process sees one machine's disk. Only those: another call is a type error. */
export type Volume = ReturnType<typeof createVolume>

/** @param root prefix of the paths of this process; the disk knows what follows it */
export function createVolume(root: string, disk: SimDisk, weather: DiskWeather, takeFd: () => number) {
  const open = new Map<number, { readonly file: SimFile | null; readonly path: string }>()
  const inner = (path: string) => path.slice(root.length)
  const call = <T>(name: string, effect: () => T): T => {
    weather.before(name)
    const result = effect()
    weather.after(name)
    return result
  }
  const fileOf = (path: string): SimFile => disk.files.get(inner(path)) ?? fail('ENOENT')
  const fileAt = (fd: number): SimFile => open.get(fd)?.file ?? fail('EBADF')
  const sync = (fd: number) => {
    const { file, path } = open.get(fd) ?? fail('EBADF')
    if (!weather.syncs) return
    if (file === null) return disk.syncFolder(path)
    try {
      weather.before('sync')
    } catch (error) {
      file.doomed.push(...file.unsynced.map(({ at, after }) => [at, at + (after?.length ?? 0)] as const))
      throw error
    }
    disk.sync(file)
  }
  const openSync = (path: string, flags: number | string) =>
    call('open', () => {
      const place = inner(path)
      const isFolder = disk.folders.has(place)
      if (!isFolder && !disk.files.has(place)) {
        if (typeof flags === 'string' || (flags & fs.constants.O_CREAT) === 0) fail('ENOENT')
        disk.files.set(place, emptyFile())
      }
      const fd = takeFd()
      open.set(fd, { file: isFolder ? null : fileOf(path), path: place })
      return fd
    })
  const statOf = (file: SimFile | null) => ({ size: file?.size ?? 0, nlink: 1, isFile: () => file !== null })
  const readAt = (file: SimFile, into: Buffer, offset: number, length: number, position: number) =>
    file.content.copy(into, offset, position, Math.min(file.size, position + length))
  return {
    openSync,
    writeSync: (fd: number, bytes: Buffer, offset: number, length: number, position: number) =>
      call('write', () => {
        const taken = weather.shortened(length) ?? length
        disk.write(fileAt(fd), bytes.subarray(offset, offset + taken), position)
        return taken
      }),
    fdatasyncSync: (fd: number) => call('fdatasync', () => sync(fd)),
    fsyncSync: (fd: number) => call('fsync', () => sync(fd)),
    fstatSync: (fd: number) => statOf((open.get(fd) ?? fail('EBADF')).file),
    ftruncateSync: (fd: number, size: number) => call('truncate', () => disk.truncate(fileAt(fd), size)),
    closeSync: (fd: number) => void open.delete(fd),
    fchmodSync: () => undefined,
    chmodSync: () => undefined,
    existsSync: (path: string) => disk.folders.has(inner(path)) || disk.files.has(inner(path)),
    mkdirSync: (path: string) => call('mkdir', () => void disk.folders.add(inner(path))),
    statSync: (path: string, options?: { throwIfNoEntry?: boolean }) =>
      options?.throwIfNoEntry === false && !disk.files.has(inner(path)) ? undefined : statOf(fileOf(path)),
    truncateSync: (path: string, size: number) => call('truncate', () => disk.truncate(fileOf(path), size)),
    readSync: (fd: number, into: Buffer, offset: number, length: number, position: number) =>
      readAt(fileAt(fd), into, offset, length, position),
    readFileSync: (path: string) => {
      const file = fileOf(path)
      return Buffer.from(file.content.subarray(0, file.size))
    },
    async readdir(path: string) {
      if (!disk.folders.has(inner(path))) fail('ENOENT')
      return [...disk.files.keys()]
        .filter((each) => dirname(each) === inner(path))
        .map((each) => each.slice(inner(path).length + 1))
    },
    stat: async (path: string) => statOf(fileOf(path)),
    async open(path: string) {
      const fd = openSync(path, 'r')
      const file = fileAt(fd)
      let from = 0
      return {
        async read(into: Buffer, offset: number, length: number, position: number | null) {
          const bytesRead = readAt(file, into, offset, length, position ?? from)
          if (position === null) from += bytesRead
          return { bytesRead, buffer: into }
        },
        stat: async () => statOf(file),
        close: async () => void open.delete(fd),
      }
    },
  }
}

/** What the system says. */
export function fail(errno: string): never {
  throw Object.assign(new Error(`${errno}: simulated`), { code: errno })
}
