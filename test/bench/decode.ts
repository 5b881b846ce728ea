import { createRowReader } from '../../src/looker/reader/reader.js'
import { median, type Say } from './programs.js'

const ROWS = 200_000
const CHUNK = 64 * 1024

/** Exact decoding in this process, every cell kept as text where it lies, against JSON.parse of the same rows: row P7. */
export function decoding(say: Say): void {
  const text = `[${Array.from({ length: ROWS }, (_, n) => rowText(n)).join(',\n')}]`
  const bytes = Buffer.from(text)
  const ratios: number[] = []
  for (let turn = 0; turn < 7; turn++) {
    const parsed = cpuOf(() => (JSON.parse(text) as unknown[]).length)
    const read = cpuOf(() => decoded(bytes))
    ratios.push(read / parsed)
  }
  const found = median(ratios)
  say('P7 lossless decoding, in process', `${found.toFixed(2)} x CPU of JSON.parse`, '<= 0.60', found <= 0.6)
}

function decoded(bytes: Uint8Array): number {
  const reader = createRowReader()
  let rows = 0
  for (let at = 0; at < bytes.length; at += CHUNK) rows += reader.push(bytes.subarray(at, at + CHUNK)).length
  reader.end()
  return rows
}

function cpuOf(count: () => number): number {
  const before = process.cpuUsage()
  if (count() !== ROWS) throw new Error('rows are missing')
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function rowText(n: number): string {
  const dimensions = `"bulk.period":"2026-${String((n % 12) + 1).padStart(2, '0')}","bulk.plant":"Plant ${n % 40}","bulk.account":"${n}"`
  return `{${dimensions},"bulk.centre":"C${n % 997}","bulk.currency":"USD","bulk.net":${n}.${n % 100},"bulk.budget":${n % 5000}.00,"bulk.lines":${n % 90}}`
}
