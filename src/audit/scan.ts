import { hash } from 'node:crypto'
import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { readCheckpoints } from './checkpoints.js'
import { linesOf, monthFiles, type Line } from './months.js'
import type { AuditLine } from './read.js'
import { readLine, ZEROS } from './record.js'

/** What reading all lines came to. */
export interface Scan {
  /** False: a line is not what its hash, the line before it or a checkpoint says, or cannot be read. `verifyAudit` names it. */
  readonly isSound: boolean
  /** Complete lines. */
  readonly lines: number
}

/** Which lines are wanted, told by bytes, and what is done with their records. */
export interface Wanted {
  readonly mayBe: (bytes: Buffer) => boolean
  readonly take: (line: AuditLine) => void
}

/**
 * Hands over the wanted records in the order of the chain, and checks every line against its hash, the line before it and the
 * checkpoints. Only what is wanted is parsed: a million lines take seconds, in constant memory. A bad line is passed over and hides
 * none of the others.
 * @throws MLC-A004 when the folder cannot be read
 */
export async function scanAudit(folder: string, wanted: Wanted): Promise<Scan> {
  const follows = createFollower()
  // Read first: a checkpoint is made when the record it speaks of is on disk.
  const { claims, faults } = readCheckpoints(folder, [])
  const signed = new Map(claims.map(({ records, hash }) => [records ?? 0, hash]))
  let lines = 0
  let isSound = faults.length === 0
  const wasRead = await readLines(folder, wanted, ({ bytes }) => {
    lines += 1
    const stated = follows(bytes)
    if (stated === null || (signed.get(lines) ?? stated) !== stated) isSound = false
  })
  return { isSound: isSound && wasRead && claims.every(({ records }) => (records ?? 0) <= lines), lines }
}

/** As `scanAudit`, for an audit that is checked elsewhere. */
export async function pickRecords(folder: string, wanted: Wanted): Promise<void> {
  await readLines(folder, wanted, () => undefined)
}

/** @returns whether all files could be read to their end; a torn last line of the newest is no fault */
async function readLines(folder: string, { mayBe, take }: Wanted, see: (line: Line) => void): Promise<boolean> {
  const files = await monthFiles(folder)
  let isWhole = true
  for (const file of files) {
    try {
      for await (const block of linesOf(join(folder, file))) {
        for (const line of block) {
          if (!line.ended) {
            isWhole &&= file === files.at(-1)
            continue
          }
          see(line)
          if (!mayBe(line.bytes)) continue
          const found = readLine(line.bytes)
          if ('record' in found) take({ ...found.record, file, line: line.number, text: found.text })
        }
      }
    } catch (error) {
      if (!(error instanceof MlcError)) throw error
      isWhole = false
    }
  }
  return isWhole
}

/** The hash of a line that is as it says and names the line before; else null. Told by bytes: parsing takes ten times as long. */
function createFollower(): (bytes: Buffer) => string | null {
  let last = ZEROS
  return (bytes) => {
    const end = bytes.length - SEAL_BYTES
    // `…"prev":"<64>","hash":"<64>"}`: one piece of the line holds both.
    const [prev = '', stated = ''] = end < 65 ? [] : bytes.toString('latin1', end - 65, end + 73).split('","hash":"')
    const isGood = prev === last && stated === hash('sha256', bytes.subarray(0, Math.max(0, end)), 'hex')
    last = stated
    return isGood ? stated : null
  }
}

/** `,"hash":"…"}` behind the hashed text. */
const SEAL_BYTES = ',"hash":""}'.length + 64
