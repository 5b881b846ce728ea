import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolders, writeFileDurably } from '../config/durable.js'
import type { OpenBreak } from '../model/break.js'
import { explainFault } from '../model/fault.js'
import { isPlainDecimal } from '../model/money.js'
import { parsePeriod } from '../model/period.js'
import type { Breaks, BreakScope, Kept } from '../pipeline/breaks.js'

/** Breaks in `breaks/` of a state folder: a file a scope and period, replaced as a whole. Ages are drawn from it, nothing else. */
export function createBreaks(stateFolder: string): Breaks {
  const folder = join(stateFolder, 'breaks')
  return {
    periods: async (scope) => {
      const start = startOf(scope)
      const names = await namesIn(folder)
      if (typeof names === 'string') return names
      const periods = names.flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []))
      return periods.flatMap((rest) => (/^\d{4}-\d\d\.jsonl$/.test(rest) ? [rest.slice(0, 7)] : [])).sort()
    },
    read: async (scope, period) => {
      const file = join(folder, `${startOf(scope)}${period}.jsonl`)
      try {
        const kept = parse(await readFile(file, 'utf8'))
        return kept === null ? `${file} is damaged` : kept
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
        return `${file} cannot be read: ${explainFault(cause, 'reading')}`
      }
    },
    write: async (scope, period, { asOf, breaks }) => {
      const lines = breaks.map(({ key, variance, since, firstPeriod }) => [key, variance, since, firstPeriod])
      const text = [[asOf, breaks.length], ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')
      try {
        await makeFolders(folder, 0o700)
        await writeFileDurably(join(folder, `${startOf(scope)}${period}.jsonl`), text)
        return null
      } catch (cause) {
        return cause instanceof Error ? cause.message : explainFault(cause)
      }
    },
  }
}

/** A text: why it cannot be told. There is no folder before the first break. */
async function namesIn(folder: string): Promise<readonly string[] | string> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    return `${folder} cannot be listed: ${explainFault(cause, 'reading')}`
  }
}

function startOf({ tenant, domain, entity, job, level, basis, source }: BreakScope): string {
  const place = createHash('sha256')
    .update(JSON.stringify([tenant, domain, entity]))
    .digest('hex')
    .slice(0, 16)
  return `${place}.${job}.${level}.${basis}.${source}.`
}

/** Null when it is not what was written: half of the ages would be worse than none. */
function parse(text: string): Kept | null {
  const written = text.split('\n')
  // A file that was written whole ends with a line feed.
  if (written.pop() !== '') return null
  const [first, ...lines] = written.map(valuesOf)
  const [asOf, count] = first ?? []
  const breaks = lines.flatMap((line) => breakOf(line) ?? [])
  const isWhole = isTime(asOf) && count === lines.length && breaks.length === lines.length
  return isWhole ? { asOf, breaks } : null
}

function valuesOf(line: string): unknown[] {
  try {
    const values: unknown = JSON.parse(line)
    return Array.isArray(values) ? values : []
  } catch {
    return []
  }
}

function breakOf([key, variance, since, firstPeriod]: readonly unknown[]): OpenBreak | null {
  if (typeof key !== 'string' || typeof variance !== 'string' || !isPlainDecimal(variance)) return null
  if (!isTime(since) || typeof firstPeriod !== 'string' || parsePeriod(firstPeriod) === null) return null
  return { key, variance, since, firstPeriod }
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value))
}
