import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { isoTime, type Clock } from '../model/clock.js'
import { makeFolder, openGrowing, realDisk, WriteFailure, type Disk, type GrowingFile } from './disk.js'
import type { AuditEntry, AuditRecord, Journal } from './event.js'
import { requirePlainJson } from './json.js'
import { errnoOf } from './months.js'
import { checkNewest, type Newest } from './newest.js'
import { MAX_LINE_BYTES, sealLine } from './record.js'
import { setAside } from './recover.js'

export interface JournalPorts {
  readonly clock: Clock
  readonly actor: AuditRecord['actor']
  /** Only tests bring their own. */
  readonly disk?: Disk
}

export interface FileJournal extends Journal {
  /**
   * Adds a line. Durable unless told otherwise: an outcome may wait for the sync of the next line, or for `flush`.
   * @throws MLC-A001 when the line cannot be made durable: then nothing may be sent
   * @throws TypeError for data that JSON cannot hold as it is
   */
  append(entry: AuditEntry, options?: { readonly durable: boolean }): Promise<void>
  /** All lines are on stable storage. @throws MLC-A001 */
  flush(): Promise<void>
  /** Hash of the last line; 64 zeros before the first. */
  readonly head: string
  /** Lines of the whole audit, all months. */
  readonly records: number
  /** Flushes and closes. A second call does nothing. @throws MLC-A001 */
  close(): Promise<void>
}

/**
 * Opens the audit to write; the caller holds the lock of the state folder. Checks the newest month from its beginning,
 * sets a torn last line aside and notes that as `audit.recovered`.
 * @throws MLC-A002, MLC-A003, MLC-A004 when the newest month was tampered with: nothing is changed then
 * @throws MLC-A001 when the folder cannot be written
 */
export async function openJournal(folder: string, ports: JournalPorts): Promise<FileJournal> {
  naming(folder, () => makeFolder(folder))
  const newest = await checkNewest(folder)
  const { file, end, tornBytesNoted } = newest
  const torn = file && naming(join(folder, file), () => setAside(join(folder, file), end, tornBytesNoted))
  const journal = createJournal(folder, newest, ports)
  if (torn) await journal.append({ event: 'audit.recovered', run: null, job: null, key: null, data: { ...torn } })
  return journal
}

function createJournal(folder: string, newest: Newest, { clock, actor, disk = realDisk }: JournalPorts): FileJournal {
  const months = createMonths(folder, newest, disk)
  let { seq, hash } = newest
  return {
    async append(entry, { durable } = { durable: true }) {
      requirePlainJson(entry.data, `data of ${entry.event}`)
      const at = isoTime(clock)
      const sealed = sealLine({ ...entry, v: 1, seq: seq + 1, at, actor, prev: hash })
      const bytes = Buffer.from(sealed.line, 'utf8')
      if (bytes.length > MAX_LINE_BYTES) throw new TypeError(`a line of ${bytes.length} bytes is too long to be read`)
      months.append(at.slice(0, 7), bytes, durable)
      seq += 1
      hash = sealed.hash
    },
    flush: async () => months.flush(),
    get head() {
      return hash
    },
    get records() {
      return seq
    },
    close: async () => months.close(),
  }
}

/** The file of the newest month, and the step to the next one. */
function createMonths(folder: string, newest: Newest, disk: Disk) {
  let month = newest.file?.slice(0, 7) ?? ''
  let file: GrowingFile | null = null
  let state: 'open' | 'broken' | 'closed' = 'open'
  const pathOf = (name: string) => join(folder, `${name}.jsonl`)

  function fileOf(wanted: string): GrowingFile {
    // A clock that was set back changes nothing in the order of the chain.
    const next = wanted > month ? wanted : month
    if (file && next === month) return file
    const opened = openGrowing(pathOf(next), next === month ? newest.end : 0, disk)
    try {
      file?.sync()
      file?.close()
    } catch (error) {
      opened.close()
      throw error
    }
    file = opened
    month = next
    return opened
  }

  function guarded(path: string, step: () => void): void {
    if (state !== 'open') throw new MlcError('MLC-A001', `${path} cannot be written: ${REFUSED[state]}`)
    try {
      step()
    } catch (error) {
      if (error instanceof WriteFailure && !error.intact) state = 'broken'
      throw unwritable(path, error)
    }
  }

  return {
    append(wanted: string, bytes: Buffer, durable: boolean): void {
      guarded(pathOf(wanted > month ? wanted : month), () => fileOf(wanted).append(bytes, durable))
    },
    flush(): void {
      guarded(pathOf(month), () => file?.sync())
    },
    close(): void {
      if (state === 'closed') return
      try {
        if (state === 'open') guarded(pathOf(month), () => file?.sync())
      } finally {
        state = 'closed'
        file?.close()
      }
    },
  }
}

const REFUSED = { broken: 'an earlier write failed and could not be undone', closed: 'it is closed' }

function naming<T>(path: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw unwritable(path, error)
  }
}

function unwritable(path: string, error: unknown): MlcError {
  const cause = error instanceof WriteFailure ? error.cause : error
  const errno = errnoOf(cause)
  const reason = errno === 'unknown error' && cause instanceof Error ? cause.message : errno
  return new MlcError('MLC-A001', `${path} cannot be written: ${reason}`, { cause })
}
