import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { explainFault } from '../model/fault.js'
import { isPlainDecimal } from '../model/money.js'
import type { LedgerReading, Readings, ReadingScope } from '../pipeline/reconcile/readings.js'

/** Readings in `readings/` of a state folder: a file a scope, a line a balance that has changed. Only causes are drawn from it. */
export function createReadings(stateFolder: string, warn: (text: string) => void): Readings {
  return {
    read: (scope) => linesOf(fileOf(stateFolder, scope), warn),
    add: async (scope, readings) => {
      const file = fileOf(stateFolder, scope)
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 })
        for (const text of texts(readings)) await appendFile(file, text, { mode: 0o600 })
        return null
      } catch (cause) {
        return `${file} cannot be written: ${explainFault(cause)}`
      }
    },
  }
}

const PIECE_LENGTH = 256 * 1024

function* texts(readings: Iterable<LedgerReading>): Generator<string> {
  // It begins with a line feed, so that a line which a crash has cut takes none with it.
  let text = '\n'
  for (const { at, account, costCentre, currency, amount } of readings) {
    text += `${JSON.stringify([at, account, costCentre, currency, amount])}\n`
    if (text.length < PIECE_LENGTH) continue
    yield text
    text = ''
  }
  if (text.length > 1) yield text
}

function fileOf(stateFolder: string, { tenant, domain, entity, period, level, basis }: ReadingScope): string {
  const place = createHash('sha256')
    .update(JSON.stringify([tenant, domain, entity]))
    .digest('hex')
    .slice(0, 16)
  return join(stateFolder, 'readings', `${place}.${period}.${level}.${basis}.jsonl`)
}

async function* linesOf(file: string, warn: (text: string) => void): AsyncGenerator<LedgerReading> {
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      const reading = parse(line)
      if (reading) yield reading
    }
  } catch (cause) {
    // No file yet: then nothing is known of earlier readings.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return
    warn(
      `what moved in the ledger since it was last read is not known: ${file} cannot be read: ${explainFault(cause, 'reading')}`,
    )
  }
}

function parse(line: string): LedgerReading | null {
  try {
    const [at, account, costCentre, currency, amount] = JSON.parse(line) as unknown[]
    const texts = [at, account, costCentre, currency, amount]
    if (!texts.every((text) => typeof text === 'string')) return null
    const [a = '', b = '', c = '', d = '', e = ''] = texts
    return isPlainDecimal(e) ? { at: a, account: b, costCentre: c, currency: d, amount: e } : null
  } catch {
    return null
  }
}
