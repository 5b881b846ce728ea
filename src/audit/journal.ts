import { join } from 'node:path'
import { isoTime, type Clock } from '../model/clock.js'
import { changeOfSigner, CHECKPOINT_EVERY, newestCheckpoint, openCheckpoints, type Checkpoints } from './checkpoints.js'
import { makeFolder, realDisk, type Disk } from './disk.js'
import type { AuditEntry, AuditRecord, Journal } from './event.js'
import { requirePlainJson } from './json.js'
import type { Signer } from './keys.js'
import { checkNewest, type Newest } from './newest.js'
import { MAX_LINE_BYTES, sealLine } from './record.js'
import { setAside } from './recover.js'
import { createMonthWriter, unwritable } from './writer.js'

export interface JournalPorts {
  readonly clock: Clock
  readonly actor: AuditRecord['actor']
  /** Signs a checkpoint after each run, at the latest every 1,000 records, and at the end; null or absent: none is signed. */
  readonly signer?: Signer | null
  /** Told what a person should know of the signatures. */
  readonly warn?: (line: string) => void
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
 * @throws MLC-A005 when the newest checkpoint speaks of another chain, or of a longer one: nothing is changed then
 * @throws MLC-A001 when the folder cannot be written
 */
export async function openJournal(folder: string, ports: JournalPorts): Promise<FileJournal> {
  naming(folder, () => makeFolder(folder))
  const checkpoint = newestCheckpoint(folder)
  const newest = await checkNewest(folder, checkpoint.head)
  const { file, end, tornBytesNoted } = newest
  const torn = file && naming(join(folder, file), () => setAside(join(folder, file), end, tornBytesNoted))
  const { signer = null, disk = realDisk, warn } = ports
  const change = changeOfSigner(checkpoint, signer)
  if (change !== null) warn?.(change)
  const checkpoints = signer && openCheckpoints(folder, checkpoint, signer, disk)
  const journal = createJournal(folder, newest, checkpoints, ports)
  if (torn) await journal.append({ event: 'audit.recovered', run: null, job: null, key: null, data: { ...torn } })
  return journal
}

function createJournal(
  folder: string,
  newest: Newest,
  checkpoints: Checkpoints | null,
  { clock, actor, disk = realDisk }: JournalPorts,
): FileJournal {
  const writer = createMonthWriter(folder, newest, disk)
  let { seq, hash } = newest
  function signHead(): void {
    if (checkpoints === null || seq === 0) return
    // Only what is on stable storage is signed: a checkpoint of a record that a crash took away would look like tampering.
    writer.flush()
    naming(checkpoints.path, () => checkpoints.add({ seq, hash }))
  }
  return {
    async append(entry, { durable } = { durable: true }) {
      requirePlainJson(entry.data, `data of ${entry.event}`)
      const at = isoTime(clock)
      const sealed = sealLine({ ...entry, v: 1, seq: seq + 1, at, actor, prev: hash })
      const line = Buffer.from(sealed.line, 'utf8')
      if (line.length > MAX_LINE_BYTES) throw new TypeError(`a line of ${line.length} bytes is too long to be read`)
      writer.append(at.slice(0, 7), line, durable)
      seq += 1
      hash = sealed.hash
      if (entry.event === 'run.done' || seq - (checkpoints?.records ?? seq) >= CHECKPOINT_EVERY) signHead()
    },
    flush: async () => writer.flush(),
    get head() {
      return hash
    },
    get records() {
      return seq
    },
    async close() {
      try {
        // Also what came after the last run: a person's word on a record in doubt, say.
        if (writer.isSound) signHead()
      } finally {
        checkpoints?.close()
        writer.close()
      }
    },
  }
}

function naming<T>(path: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw unwritable(path, error)
  }
}
