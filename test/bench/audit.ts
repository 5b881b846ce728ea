import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openJournal } from '../../src/audit/journal.js'
import { sealLine, ZEROS } from '../../src/audit/record.js'
import { keyOf } from '../audit/signed.js'

const ACTOR = { user: 'jdoe', host: 'fin-01', mlc: '0.1.0' }
const clock = { now: () => Date.parse('2026-03-10T06:15:07Z'), sleep: async () => undefined }

/** Writes an audit of so many records, as a sync writes them, with a checkpoint every thousand. */
export function writeAudit(folder: string, records: number): void {
  mkdirSync(folder, { recursive: true })
  const log = openSync(join(folder, '2026-03.jsonl'), 'w')
  const notes = openSync(join(folder, 'checkpoints'), 'w')
  const signer = keyOf(1)
  let prev = ZEROS
  let lines: string[] = []
  for (let seq = 1; seq <= records; seq++) {
    const { line, hash } = sealLine({ ...posting(seq), v: 1, seq, at: '2026-03-10T06:15:07.412Z', actor: ACTOR, prev })
    lines.push(line)
    prev = hash
    if (seq % 1000 !== 0) continue
    writeSync(log, lines.join(''))
    lines = []
    writeSync(notes, `${seq > 1000 ? '\n' : ''}${signer.sign({ records: seq, hash })}`)
  }
  writeSync(log, lines.join(''))
  closeSync(log)
  closeSync(notes)
}

/** Appends a second of a signed journal, each line on disk by itself or a hundred at a time. */
export async function appendsPerSecond(folder: string, batch: number): Promise<number> {
  const actor = ACTOR
  const journal = await openJournal(folder, { clock, actor, signer: keyOf(1) })
  const count = batch > 1 ? 40_000 : 4_000
  const started = performance.now()
  for (let n = 1; n <= count; n++) await journal.append(posting(n), { durable: n % batch === 0 })
  await journal.flush()
  const seconds = (performance.now() - started) / 1000
  await journal.close()
  return count / seconds
}

function posting(n: number) {
  const key = `MLC${String(n).padStart(26, '0')}`
  const place = { domain: '10USA', entity: '10USACO', year: 2026, period: 3, account: '05010', costCentre: '1100' }
  const reference = { ...place, currency: 'USD', measure: 'net_amount', key, revision: 1, amount: `${n}.15` }
  return {
    event: 'record.sent' as const,
    run: '01J9Z8',
    job: 'plant-gl',
    key,
    data: { reference, rows: [n], amount: `${n}.15` },
  }
}
