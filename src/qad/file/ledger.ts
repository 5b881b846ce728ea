import { MlcError } from '../../errors.js'
import { samePeriod, type Period } from '../../model/period.js'
import type { Posted, Reference } from '../../model/reference.js'
import type { Answer, Ledger } from '../ledger.js'
import { readRecords, renderFile, type FileForm } from './records.js'

/** The folder that files are handed over in, and what is kept of each. Made by the composition: files are its business. */
export interface Outbox {
  /** @throws MLC-Q045 when nothing can be written there */
  check(): Promise<void>
  /**
   * Hands over a new file, whole or not at all, and keeps a copy. Nothing is ever overwritten: a name that is taken gets a number.
   * @returns the name it got @throws MLC-Q045 when it certainly was not handed over
   */
  deliver(name: string, text: string): Promise<string>
  /** All that was handed over, and copies of what may have been: a process died in between. */
  kept(): Promise<readonly { readonly name: string; readonly text: string; readonly isCertain: boolean }[]>
}

/** References as rows of a file, one file a run, for sites without an API. Read back are the files themselves. */
export function createFileLedger(form: FileForm, outbox: Outbox, masters: Ledger | null): Ledger {
  const posted = async function* (period: Period): AsyncGenerator<Posted> {
    for (const { record } of await keptRecords(form, outbox, true)) {
      const { year, period: number } = record
      // A file that does not name the whole period says nothing against this one.
      if (year === null || number === null || samePeriod(period, { year, period: number })) yield record
    }
  }
  return {
    ...{ canReadBack: true, ownRecords: true, noMasters: masters === null, batchSize: 1_000_000, posted },
    chart: async () => masters?.chart() ?? { accounts: null, costCentres: null, periods: null },
    balances(period, onStray) {
      if (masters) return masters.balances(period, onStray)
      throw new MlcError('MLC-Q016', 'kind file reads no balances: there is no QAD to ask')
    },
    ready: async () => (await outbox.check(), { caution: null }),
    post: (references) => deliver(references, form, outbox),
    close: async () => masters?.close(),
  }
}

async function deliver(references: readonly Reference[], form: FileForm, outbox: Outbox): Promise<readonly Answer[]> {
  const [first] = references
  if (!first) return []
  const doubtful = await doubtfulKeys(form, outbox)
  if (!(doubtful instanceof Map)) return references.map(() => doubtful)
  const sound = references.filter(({ key }) => !doubtful.has(key))
  const delivered = sound.length === 0 ? null : await handOver(sound, form, outbox)
  return references.map((reference) => {
    const name = doubtful.get(reference.key)
    if (name === undefined) return delivered ?? LOST
    const reason = `a run died while it handed over ${name}; look whether QAD took that file, then remove its copy in .mlc`
    return { status: 'unknown', code: 'MLC-Q021', reason }
  })
}

const LOST: Answer = { status: 'unknown', code: 'MLC-Q021', reason: 'no answer' }

async function doubtfulKeys(form: FileForm, outbox: Outbox): Promise<Map<string, string> | Answer> {
  try {
    const kept = await keptRecords(form, outbox, false)
    return new Map(kept.map(({ record, name }) => [record.key, name]))
  } catch (error) {
    return unsent(error)
  }
}

function unsent(error: unknown): Answer {
  if (!(error instanceof MlcError)) throw error
  return { status: 'unsent', code: error.code, reason: error.message }
}

async function handOver(references: readonly Reference[], form: FileForm, outbox: Outbox): Promise<Answer> {
  try {
    const name = `mlc-${references[0]?.run ?? ''}.${form.format}`
    return { status: 'posted', qadRef: await outbox.deliver(name, renderFile(references, form)) }
  } catch (error) {
    return unsent(error)
  }
}

async function keptRecords(form: FileForm, outbox: Outbox, isCertain: boolean) {
  const files = (await outbox.kept()).filter((file) => file.isCertain === isCertain)
  return files.flatMap(({ name, text }) => readRecords(name, text, form).map((record) => ({ name, record })))
}
