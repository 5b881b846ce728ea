import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AuditEntry, AuditRecord } from '../../src/audit/event.js'
import { openJournal } from '../../src/audit/journal.js'
import { sealLine, ZEROS } from '../../src/audit/record.js'
import type { Clock } from '../../src/model/clock.js'

export const ACTOR = { user: 'jdoe', host: 'fin-01', mlc: '0.1.0' }

/** A clock that stands still until it is set; sleeping moves it. */
export interface HandClock extends Clock {
  set(at: string): void
}

export function clockAt(at: string): HandClock {
  let now = Date.parse(at)
  return {
    now: () => now,
    set: (to) => (now = Date.parse(to)),
    sleep: async (ms) => void (now += ms),
  }
}

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-audit-'))
  // Thousands of folders take their time.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }), 300_000)
  return folder
}

export function entry(parts: Partial<AuditEntry> = {}): AuditEntry {
  return { event: 'note.added', run: null, job: null, key: null, data: {}, ...parts }
}

/** An audit with `count` lines in each of the months, written by the journal. */
export async function writtenAudit(folder: string, months: readonly string[], count: number): Promise<void> {
  const clock = clockAt('2026-01-01T00:00:00Z')
  const journal = await openJournal(folder, { clock, actor: ACTOR })
  for (const month of months) {
    clock.set(`${month}-10T06:15:07.412Z`)
    for (let n = 1; n <= count; n++) {
      await journal.append(entry({ event: 'record.posted', job: 'plant-gl', data: { amount: `${n}00.15` } }))
    }
  }
  await journal.close()
}

/** Lines that follow the one given, sealed as the journal would. */
export function sealed(parts: Partial<AuditRecord>[], from: { seq: number; hash: string } = { seq: 0, hash: ZEROS }) {
  let { seq, hash } = from
  return parts.map((part) => {
    const record = { ...entry(), v: 1 as const, seq: seq + 1, at: '2026-03-10T06:15:07.412Z', actor: ACTOR, prev: hash }
    const line = sealLine({ ...record, ...part })
    seq = part.seq ?? seq + 1
    hash = line.hash
    return line.line
  })
}

export function monthsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
}

export function linesIn(folder: string): string[] {
  return monthsIn(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
}

export function recordsIn(folder: string): AuditRecord[] {
  return linesIn(folder).map((line) => JSON.parse(line) as AuditRecord)
}

export function put(folder: string, file: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, file), content)
  return folder
}

/** A whole number from 0 up to, and without, `below`. */
export type Random = (below: number) => number

/** What the verifier in Python says of each folder, without its reasons. */
export function python(args: readonly string[]): string[] {
  const script = new URL('../../examples/audit/verify.py', import.meta.url).pathname
  const { stdout, stderr } = spawnSync('python3', [script, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (stderr !== '') throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(bad \S+ \d+) .*/, '$1'))
}

/** The same numbers in every run. */
export function createRandom(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export function flipped(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), Buffer.of((bytes[at] ?? 0) ^ (1 << random(8))), bytes.subarray(at + 1)])
}

export function inserted(bytes: Buffer, random: Random, part: string | Buffer): Buffer {
  const at = random(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(part), bytes.subarray(at)])
}
