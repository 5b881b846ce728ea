import { createSigner, type Signer } from '../../src/audit/keys.js'
import { judgeCheckpoints, type CheckpointFile } from '../../src/audit/checkpoints.js'
import type { AuditRecord } from '../../src/audit/event.js'
import { parseNotes } from '../../src/audit/note.js'
import { sealLine, ZEROS } from '../../src/audit/record.js'
import { verifyLines, type AuditCheck, type Evidence } from '../../src/audit/verify.js'
import { ACTOR, entry } from './support.js'

export const MONTH = '2026-03.jsonl'
export const ORIGIN = 'mlc/acme.qad.com/fin-01'

/** A key made of one byte, the same in every run: it protects nothing. */
export function keyOf(byte: number): Signer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)])
  return createSigner(pem('PRIVATE KEY', der.toString('base64')), ORIGIN, 'the test')
}

export function pem(words: string, base64: string): string {
  return `-----BEGIN ${words}-----\n${base64}\n-----END ${words}-----\n`
}

/** One month of an audit in memory: its lines without newline, and the text of its checkpoints. */
export interface Log {
  readonly lines: readonly string[]
  readonly checkpoints: string
}

/** A log of so many records with a checkpoint after every so many. */
export function signedLog(count: number, every: number, signer: Signer, parts: Partial<AuditRecord>[] = []): Log {
  const lines = chained(
    Array.from({ length: count }, (_, index) => parts[index % (parts.length || 1)] ?? amount(index)),
  )
  const seqs = Array.from({ length: Math.floor(count / every) }, (_, index) => (index + 1) * every)
  return { lines, checkpoints: checkpointsOf(lines, seqs, signer) }
}

function amount(index: number): Partial<AuditRecord> {
  return { event: 'record.posted', job: 'plant-gl', data: { amount: `${index}00.15` } }
}

/** Records sealed one behind the other, without newlines. */
export function chained(parts: readonly Partial<AuditRecord>[]): string[] {
  let prev = ZEROS
  return parts.map((part, index) => {
    const at = '2026-03-10T06:15:07.412Z'
    const sealed = sealLine({ ...entry(), v: 1, at, actor: ACTOR, ...part, seq: index + 1, prev })
    prev = sealed.hash
    return sealed.line.slice(0, -1)
  })
}

export function checkpointsOf(lines: readonly string[], seqs: readonly number[], signer: Signer): string {
  return seqs.map((records) => signer.sign({ records, hash: hashIn(lines, records) })).join('\n')
}

/** Hash that record number `seq` states. */
export function hashIn(lines: readonly string[], seq: number): string {
  return /([0-9a-f]{64})"\}$/.exec(lines[seq - 1] ?? '')?.[1] ?? ZEROS
}

export function bytesOf({ lines }: Pick<Log, 'lines'>): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''))
}

/** The check of `mlc audit verify` on bytes instead of files. */
export async function verifyBytes(log: Buffer, checkpoints: Buffer, evidence: Evidence = {}): Promise<AuditCheck> {
  return verifyLog(log, judgeCheckpoints(parseNotes(checkpoints), evidence.keys ?? []), evidence)
}

export async function verifyLog(
  log: Buffer,
  checkpoints: CheckpointFile,
  evidence: Evidence = {},
): Promise<AuditCheck> {
  const files = { files: log.length > 0 ? [MONTH] : [], lines: () => [linesIn(log)] }
  return verifyLines(files, checkpoints, { ...evidence, mustBeSigned: (evidence.keys ?? []).length > 0 })
}

function linesIn(bytes: Buffer) {
  const lines: { bytes: Buffer; number: number; end: number; ended: boolean }[] = []
  for (let from = 0; from < bytes.length;) {
    const at = bytes.indexOf(10, from)
    const end = at === -1 ? bytes.length : at
    lines.push({ bytes: bytes.subarray(from, end), number: lines.length + 1, end: end + 1, ended: at !== -1 })
    from = end + 1
  }
  return lines
}
