import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MlcError } from '../../errors.js'
import { explainFault } from '../../model/fault.js'
import type { Overflow } from '../../model/overflow.js'

export interface Hidden {
  readonly fd: number
  /** Null: it has no name any more. */
  readonly path: string | null
  /** What a message calls it. */
  readonly shown: string
}

/** A temporary file without a name where the system allows that: nothing stays behind even of a process that is killed. */
export function openHidden(): Hidden {
  const path = join(tmpdir(), `mlc-${randomBytes(8).toString('hex')}.part`)
  const shown = `the temporary file ${path}, in which the data is gathered (TMPDIR names its folder),`
  const fd = failing(shown, () => openSync(path, 'wx+', 0o600))
  try {
    unlinkSync(path)
    return { fd, path: null, shown }
  } catch {
    return { fd, path, shown }
  }
}

export function closeHidden({ fd, path }: Hidden): void {
  closeSync(fd)
  if (path !== null) rmSync(path, { force: true })
}

/** Such a file for what would fill the memory. @throws MLC-C006 when it cannot be made, and later when the disk is full */
export function openOverflow(): Overflow {
  const file = openHidden()
  return {
    write: (bytes, position) => writeWhole(file, bytes, position),
    read: (bytes, position) => readWhole(file, bytes, position),
    close: () => closeHidden(file),
  }
}

function readWhole({ fd, shown }: Hidden, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const count = failing(shown, () => readSync(fd, bytes, done, bytes.length - done, position + done))
    if (count === 0) throw unwritable(shown, 'it ends too early')
    done += count
  }
}

/** writeSync may write less than asked without an error, and a short file would be a lost figure. */
export function writeWhole({ fd, shown }: Hidden, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length;) {
    const at = position === null ? null : position + done
    const count = failing(shown, () => writeSync(fd, bytes, done, bytes.length - done, at))
    if (count === 0) throw unwritable(shown, 'no space left on the disk')
    done += count
  }
}

/** @param shown what the file is called where it fails, such as `--output x.csv` @throws MLC-C006 */
export function failing<T>(shown: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw unwritable(shown, explainFault(error))
  }
}

/** @param shown what the file is called, such as `--output x.csv` @param why in words */
export function unwritable(shown: string, why: string): MlcError {
  return new MlcError('MLC-C006', `${shown} cannot be written: ${why}`, {
    fix: 'Free space there, or name another place that may be written.',
  })
}
