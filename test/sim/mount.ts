import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Volume } from './volume.js'

/** Paths below it are simulated, for as long as this thread lives. */
export const ROOT = '/simulated/'
const FIRST_FD = 1_000_000_000

const volumes = new Map<string, Volume>()
const descriptors = new Map<number, Volume>()
let installed = false
let nextFd = FIRST_FD

/**
 * The audit calls node:fs itself when it reads and recovers. So that it runs as it is, and not a copy of it with the calls
 * replaced, node:fs hands calls for simulated paths over to the simulated disks; every other path goes where it always went.
 */
export function mount(root: string, make: (takeFd: () => number) => Volume): Volume {
  install()
  const volume = make(() => {
    descriptors.set(++nextFd, volume)
    return nextFd
  })
  volumes.set(root, volume)
  return volume
}

export function unmountAll(): void {
  volumes.clear()
  descriptors.clear()
  nextFd = FIRST_FD
}

function volumeFor(first: unknown): Volume | null {
  if (typeof first === 'number') return first > FIRST_FD ? (descriptors.get(first) ?? null) : null
  if (typeof first !== 'string' || !first.startsWith(ROOT)) return null
  const end = first.indexOf('/', ROOT.length)
  const volume = volumes.get(end < 0 ? first : first.slice(0, end))
  if (volume) return volume
  throw new Error(`${first} is on no disk`)
}

const SYNC = [
  ...(['openSync', 'writeSync', 'fdatasyncSync', 'fsyncSync', 'fstatSync', 'ftruncateSync', 'closeSync'] as const),
  ...([
    'fchmodSync',
    'chmodSync',
    'existsSync',
    'mkdirSync',
    'statSync',
    'truncateSync',
    'readSync',
    'readFileSync',
  ] as const),
]
const ASYNC = ['readdir', 'stat', 'open'] as const

type Calls = Record<string, (...args: readonly unknown[]) => unknown>

function install(): void {
  if (installed) return
  installed = true
  for (const [module, names] of [
    [fs, SYNC],
    [fs.promises, ASYNC],
  ] as const) {
    const calls = module as unknown as Calls
    for (const name of names) {
      const real = calls[name]
      if (!real) throw new Error(`node:fs has no ${name}`)
      calls[name] = (...args) => {
        const volume = volumeFor(args[0]) as unknown as Calls | null
        const simulated = volume?.[name]
        return simulated ? simulated(...args) : real.apply(module, args as unknown[])
      }
    }
  }
  // Named imports such as { open } from node:fs/promises see the new functions only after this.
  syncBuiltinESMExports()
}
