import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import { acquireLock } from '../audit/lock.js'
import type { Host } from '../context.js'
import type { Departures } from '../looker/pace.js'
import type { Clock } from '../model/clock.js'

export interface DeparturesNeeds {
  readonly host: Host
  readonly clock: Clock
  readonly baseUrl: string
  /** Client id of the key: Looker counts by user. */
  readonly key: () => Promise<string>
}

/**
 * The departures of all mlc processes of this user that use one Looker with one key, in a file of the cache folder. Where that
 * folder cannot be used, a process keeps the pace by itself: a pace is a courtesy, never a reason to fail.
 */
export function sharedDepartures({ host, clock, baseUrl, key }: DeparturesNeeds): Departures {
  let folder: Promise<string> | null = null
  let own: readonly number[] | null = null
  const folderOf = async () => join(cacheFolder(host), 'pace', hashOf(`${new URL(baseUrl).host} ${await key()}`))
  return {
    async update(change) {
      const place = await (folder ??= folderOf())
      if (own === null && !(await updateFile(place, change, clock))) own = []
      if (own !== null) own = change(own)
    },
  }
}

/** `$XDG_CACHE_HOME/mlc`, or the platform's place for what may be deleted at any time. */
function cacheFolder({ env, platform }: Host): string {
  const path = platform === 'win32' ? win32 : posix
  if (platform === 'win32')
    return path.join(env['LOCALAPPDATA'] || path.join(homedir(), 'AppData', 'Local'), 'mlc', 'Cache')
  const xdg = env['XDG_CACHE_HOME']
  if (xdg && path.isAbsolute(xdg)) return path.join(xdg, 'mlc')
  return platform === 'darwin'
    ? path.join(homedir(), 'Library', 'Caches', 'mlc')
    : path.join(homedir(), '.cache', 'mlc')
}

/** Neither host nor key is told by the file's name. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** A holder needs a millisecond; one that was stopped (SIGSTOP) is not waited for longer than this. */
const LOCK_MS = 5_000

/** False when the file cannot be used. */
async function updateFile(folder: string, change: Parameters<Departures['update']>[0], clock: Clock): Promise<boolean> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = await acquireLock(folder, { clock, timeoutMs: LOCK_MS, who: 'the pace of Looker' })
    try {
      const file = join(folder, 'departures.json')
      writeFileSync(file, JSON.stringify(change(timesIn(file))), { mode: 0o600 })
    } finally {
      await lock.release()
    }
    return true
  } catch {
    return false
  }
}

/** A file that is damaged or not there says nothing. */
function timesIn(file: string): readonly number[] {
  try {
    const times: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const numbers: unknown[] = Array.isArray(times) ? times : []
    return numbers.filter(isTime).sort((a, b) => a - b)
  } catch {
    return []
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}
