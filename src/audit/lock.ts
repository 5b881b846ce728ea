import { createHash } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { isoTime, type Clock } from '../model/clock.js'
import { explainFault } from '../model/fault.js'
import { makeFolder } from './disk.js'
import { errnoOf } from './months.js'

export interface Lock {
  /** A second call does nothing. */
  release(): Promise<void>
}

export interface LockOptions {
  readonly clock: Clock
  /** How long to wait for another holder; 0 asks once. */
  readonly timeoutMs: number
  /** The command, for the message that others get. No secret. */
  readonly who: string
  readonly signal?: AbortSignal
}

/**
 * Makes this process the one writer of a state folder. The system itself holds the lock, so it is free the moment the
 * holder dies, and a holder that is stopped (SIGSTOP, a closed lid) keeps it: a lease that runs out would let in a
 * second writer. It reaches as far as one machine: containers that share only the folder do not see each other.
 * @throws MLC-C020 when another process holds it after `timeoutMs`, naming pid, host and time
 * @throws MLC-C008 when the folder cannot be made or used
 */
export async function acquireLock(folder: string, { clock, timeoutMs, who, signal }: LockOptions): Promise<Lock> {
  const place = placeOf(folder)
  const started = clock.now()
  for (;;) {
    const letGo = await place.take()
    if (letGo) return holding(join(folder, 'lock.json'), who, clock, letGo)
    const left = started + timeoutMs - clock.now()
    if (left <= 0) throw new MlcError('MLC-C020', heldBy(folder, timeoutMs))
    await clock.sleep(Math.min(RETRY_MS, left), signal)
  }
}

// Short against what a person notices, long against what a try costs (0.1 ms).
const RETRY_MS = 50

/** One name in the system that only one process can have. */
interface Place {
  /** Null: somebody else has it. */
  take(): Promise<(() => Promise<void>) | null>
}

function placeOf(folder: string): Place {
  let real: string
  try {
    makeFolder(folder)
    real = fs.realpathSync.native(folder)
  } catch (error) {
    throw new MlcError('MLC-C008', `${folder} cannot be used: ${explainFault(error)}`, { cause: error })
  }
  const name = `mlc-${createHash('sha256').update(real).digest('hex').slice(0, 32)}`
  // Node 20 fills a shorter abstract name up with NULs, Node 22 does not: only a name of full length is the same to both.
  if (process.platform === 'linux') return socketPlace(`\0${name}`.padEnd(SUN_PATH_BYTES, '-'), folder)
  if (process.platform === 'win32') return socketPlace(`\\\\.\\pipe\\${name}`, folder)
  if (process.platform === 'darwin') return filePlace(join(real, 'lock'))
  throw new MlcError('MLC-C008', `${folder} cannot be locked on ${process.platform}`)
}

const SUN_PATH_BYTES = 108

/** An abstract socket or a named pipe: no file, so nothing is left behind to go stale. */
function socketPlace(path: string, folder: string): Place {
  return {
    take: () =>
      new Promise((resolve, reject) => {
        // Nobody has business here; whoever connects is sent away, and keeps no process alive.
        const server = net.createServer((visitor) => visitor.destroy())
        server.on('error', (error) => {
          if (errnoOf(error) === 'EADDRINUSE') resolve(null)
          else reject(new MlcError('MLC-C008', `${folder} cannot be locked: ${explainFault(error)}`, { cause: error }))
        })
        server.listen(path, () => {
          server.unref()
          resolve(() => new Promise((closed) => server.close(() => closed())))
        })
      }),
  }
}

/** macOS locks a file while opening it, and forgets the lock with the process. */
function filePlace(path: string): Place {
  const O_EXLOCK = 0x20
  const { O_RDWR, O_CREAT, O_NONBLOCK } = fs.constants
  return {
    async take() {
      try {
        const fd = fs.openSync(path, O_RDWR | O_CREAT | O_NONBLOCK | O_EXLOCK, 0o600)
        return async () => fs.closeSync(fd)
      } catch (error) {
        if (errnoOf(error) === 'EAGAIN' || errnoOf(error) === 'EWOULDBLOCK') return null
        throw new MlcError('MLC-C008', `${path} cannot be locked: ${explainFault(error)}`, { cause: error })
      }
    },
  }
}

function holding(note: string, who: string, clock: Clock, letGo: () => Promise<void>): Lock {
  const words: Note = { pid: process.pid, host: hostname(), since: isoTime(clock), command: who }
  // The note only words the message of those who wait: a full disk must not keep us from the lock.
  quietly(() => fs.writeFileSync(note, `${JSON.stringify(words)}\n`, { mode: 0o600 }))
  let held = true
  return {
    async release() {
      if (!held) return
      held = false
      // First the note, then the lock: later it could be the note of the next holder.
      quietly(() => fs.rmSync(note, { force: true }))
      await letGo()
    },
  }
}

function quietly(step: () => void): void {
  try {
    step()
  } catch {
    // Nothing depends on it.
  }
}

function heldBy(folder: string, waitedMs: number): string {
  const waited = `waited ${Math.round(waitedMs / 1000)} s`
  const note = readNote(join(folder, 'lock.json'))
  if (!note) return `another process holds ${folder}; ${waited}`
  const { pid, host, since, command } = note
  return `${command} (pid ${pid} on ${host}) has held ${folder} since ${since}; ${waited}`
}

interface Note {
  readonly pid: number
  readonly host: string
  readonly since: string
  readonly command: string
}

function readNote(path: string): Note | null {
  try {
    const { pid, host, since, command } = JSON.parse(fs.readFileSync(path, 'utf8')) as Partial<
      Record<keyof Note, unknown>
    >
    const isNote = typeof pid === 'number' && [host, since, command].every((word) => typeof word === 'string')
    return isNote ? ({ pid, host, since, command } as Note) : null
  } catch {
    return null
  }
}
