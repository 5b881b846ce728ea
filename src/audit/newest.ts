import { join } from 'node:path'
import { MlcError, type ErrorCode } from '../errors.js'
import { createChain, START, type Chain, type Link, type ProblemKind } from './chain.js'
import { lastLine, linesOf, monthFiles, type Line } from './months.js'
import { readLine } from './record.js'

/** Where the next line goes. */
export interface Newest extends Link {
  /** Null for an audit without a line. */
  readonly file: string | null
  /** Where its last complete line ends: what stands behind is torn. */
  readonly end: number
  /** Torn bytes of this file that `audit.recovered` already speaks of. */
  readonly tornBytesNoted: number
}

/**
 * Checks the newest month from its beginning, that it follows the month before, and that the newest checkpoint, if there is
 * one, speaks of this chain.
 * @throws MLC-A002, MLC-A003, MLC-A004 naming file and line; MLC-A005
 */
export async function checkNewest(folder: string, checkpoint: Link | null = null): Promise<Newest> {
  const newest = await checkMonth(folder, checkpoint)
  if (checkpoint === null || checkpoint.seq <= newest.seq) return newest
  // A checkpoint is signed when the record it speaks of is on disk, so no crash leaves the log behind it.
  const found = `${folder} ends with record ${newest.seq}, its newest checkpoint speaks of record ${checkpoint.seq}`
  throw new MlcError('MLC-A005', found)
}

async function checkMonth(folder: string, checkpoint: Link | null): Promise<Newest> {
  const [file, before] = (await monthFiles(folder)).slice(-2).reverse()
  if (file === undefined) return { ...START, file: null, end: 0, tornBytesNoted: 0 }
  if (before === undefined) return follow(folder, file, createChain(START), START, checkpoint)
  const link = linkOf(await lastLine(join(folder, before)))
  if (link) return follow(folder, file, createChain(link, before), link, checkpoint)
  // The month before ends in something unreadable: reading it from its beginning names the line.
  await follow(folder, before, createChain(null), START, null)
  throw new MlcError('MLC-A004', `${join(folder, before)} does not end with a complete line`)
}

function linkOf(bytes: Buffer | null): Link | null {
  const read = bytes && readLine(bytes)
  return read && 'record' in read ? read.record : null
}

async function follow(
  folder: string,
  file: string,
  chain: Chain,
  start: Link,
  checkpoint: Link | null,
): Promise<Newest> {
  const path = join(folder, file)
  let end = 0
  let tornBytesNoted = 0
  chain.enter(file)
  for await (const lines of linesOf(path)) {
    for (const line of lines.filter((each) => each.ended)) {
      requireGood(chain.check(line), path, line)
      requireAsSigned(chain, checkpoint, path, line)
      end = line.end
      tornBytesNoted += tornBytesOf(chain, file)
    }
  }
  const { seq, hash } = chain.last?.record ?? start
  return { seq, hash, file, end, tornBytesNoted }
}

function tornBytesOf({ last }: Chain, file: string): number {
  if (last?.record.event !== 'audit.recovered' || last.record.data['file'] !== file) return 0
  const { bytes } = last.record.data
  return typeof bytes === 'number' ? bytes : 0
}

function requireGood([problem]: readonly ProblemKind[], path: string, line: Line): void {
  if (problem === undefined) return
  const [code, words] = WORDS[problem]
  throw new MlcError(code, `${path} line ${line.number} ${words}`)
}

function requireAsSigned({ last }: Chain, checkpoint: Link | null, path: string, line: Line): void {
  if (checkpoint === null || last?.record.seq !== checkpoint.seq || last.record.hash === checkpoint.hash) return
  throw new MlcError('MLC-A005', `${path} line ${line.number} is not the record ${checkpoint.seq} of the checkpoint`)
}

const WORDS: Record<ProblemKind, readonly [ErrorCode, string]> = {
  hash: ['MLC-A002', 'does not match its hash'],
  prev: ['MLC-A003', 'does not follow the line before it'],
  seq: ['MLC-A003', 'does not carry the number that follows the line before it'],
  'missing-month': ['MLC-A003', 'does not follow the month before: a file is missing'],
  json: ['MLC-A004', 'is not JSON'],
  blank: ['MLC-A004', 'is blank'],
  shape: ['MLC-A004', 'is not an audit line'],
  torn: ['MLC-A004', 'has no newline'],
}
