import { join } from 'node:path'
import { createChain, START, type Chain, type ProblemKind } from './chain.js'
import { linesOf, monthFiles } from './months.js'
import { ZEROS } from './record.js'

/** What `mlc audit verify` finds. */
export interface AuditCheck {
  readonly ok: boolean
  readonly files: number
  /** Complete lines, the bad ones among them; blank lines and a torn one are none. */
  readonly records: number
  /** Hash of the last good line: what an anchor outside would hold. 64 zeros for an audit without a line. */
  readonly head: string
  readonly problems: readonly AuditProblem[]
  /** Problems beyond the first 1,000, which are only counted. */
  readonly moreProblems: number
  /** A last line without its newline, as a crash leaves it. Not tampering: the next writer sets it aside. */
  readonly torn: { readonly file: string; readonly line: number; readonly bytes: number } | null
}

export interface AuditProblem {
  /** Name of the file inside the audit folder. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly problem: ProblemKind
}

/**
 * Checks every line of the audit against its own hash, its number and the line before it; goes on behind a bad line, so
 * that the changed lines are named and no others. What it cannot see: an end cut off at a line, or a chain written anew.
 * @throws MLC-A004 when a file cannot be read at all
 */
export async function verifyAudit(folder: string): Promise<AuditCheck> {
  const files = await monthFiles(folder)
  const chain = createChain(START)
  const problems: AuditProblem[] = []
  let count = 0
  let torn: AuditCheck['torn'] = null
  for (const file of files) {
    chain.enter(file)
    for await (const lines of linesOf(join(folder, file))) {
      for (const line of lines) {
        if (!line.ended && file === files.at(-1)) torn = { file, line: line.number, bytes: line.bytes.length }
        const kinds = line.ended ? chain.check(line) : file === files.at(-1) ? [] : (['torn'] as const)
        for (const problem of kinds) if (++count <= MOST_PROBLEMS) problems.push({ file, line: line.number, problem })
      }
    }
  }
  return { ok: count === 0, files: files.length, ...sums(chain), problems, moreProblems: count - problems.length, torn }
}

const MOST_PROBLEMS = 1000

function sums(chain: Chain): Pick<AuditCheck, 'records' | 'head'> {
  return { records: chain.records, head: chain.last?.record.hash ?? ZEROS }
}
