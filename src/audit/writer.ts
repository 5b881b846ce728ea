import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import { openGrowing, WriteFailure, type Disk, type GrowingFile } from './disk.js'
import type { Newest } from './newest.js'

/** The month files of the audit as one file that only grows. All of it throws MLC-A001. */
export interface MonthWriter {
  /** @param month YYYY-MM */
  append(month: string, line: Buffer, durable: boolean): void
  flush(): void
  /** Flushes and closes. A second call does nothing. */
  close(): void
  /** False once it is closed, or a failed write could not be undone. */
  readonly isSound: boolean
}

export function createMonthWriter(folder: string, newest: Newest, disk: Disk): MonthWriter {
  const months = createMonths(folder, newest, disk)
  let refusal: string | null = null
  function guarded(path: string, step: () => void): void {
    if (refusal !== null) throw new MlcError('MLC-A001', `${path} cannot be written: ${refusal}`)
    try {
      step()
    } catch (error) {
      if (error instanceof WriteFailure && !error.intact) refusal = 'an earlier write failed and could not be undone'
      throw unwritable(path, error)
    }
  }
  return {
    append: (month, line, durable) => guarded(months.pathFor(month), () => months.fileFor(month).append(line, durable)),
    flush: () => guarded(months.path, () => months.file?.sync()),
    get isSound() {
      return refusal === null
    },
    close() {
      const { file, path } = months
      if (refusal === CLOSED) return
      try {
        if (refusal === null) guarded(path, () => file?.sync())
      } finally {
        refusal = CLOSED
        file?.close()
      }
    },
  }
}

const CLOSED = 'it is closed'

/** The file of the newest month, and the step to the next one. */
function createMonths(folder: string, newest: Newest, disk: Disk) {
  let current = newest.file?.slice(0, 7) ?? ''
  let file: GrowingFile | null = null
  // A clock that was set back changes nothing in the order of the chain.
  const next = (month: string) => (month > current ? month : current)
  const pathOf = (month: string) => join(folder, `${month}.jsonl`)
  return {
    get file() {
      return file
    },
    get path() {
      return pathOf(current)
    },
    pathFor: (month: string) => pathOf(next(month)),
    fileFor(month: string): GrowingFile {
      const wanted = next(month)
      if (file && wanted === current) return file
      // A new month follows the last line of the one before, which is made durable first: a process before us may have died
      // with that line in the cache alone.
      if (!file && wanted !== current && current !== '') file = openGrowing(pathOf(current), newest.end, disk)
      const opened = openGrowing(pathOf(wanted), wanted === current ? newest.end : 0, disk)
      try {
        file?.sync()
        file?.close()
      } catch (error) {
        opened.close()
        throw error
      }
      file = opened
      current = wanted
      return opened
    },
  }
}

/** The audit's word for a failed write: which file, and what the system said. */
export function unwritable(path: string, error: unknown): MlcError {
  const cause = error instanceof WriteFailure ? error.cause : error
  return new MlcError('MLC-A001', `${path} cannot be written: ${explainFault(cause)}`, { cause })
}
