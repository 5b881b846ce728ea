import type { AuditLine } from '../../audit/read.js'
import type { SourceDefinition } from '../../looker/source.js'
import type { FigureSpec, Job } from '../../model/job.js'
import { money, subtract, toTextAtLeast } from '../../model/money.js'
import type { Posted, Reference } from '../../model/reference.js'

/** Audit lines of other releases may lack any of this, so each is read by itself. */
type Data = AuditLine['data']

export function textIn(data: Data | undefined, name: string): string | null {
  const value = data?.[name]
  return typeof value === 'string' ? value : null
}

export function numberIn(data: Data | undefined, name: string): number | null {
  const value = data?.[name]
  return typeof value === 'number' ? value : null
}

/** 1-based numbers of the rows that were summed; of more than 50, the first. */
export function rowNumbersIn(data: Data | undefined): readonly number[] {
  const value = data?.['rows']
  return Array.isArray(value) ? value.filter((number) => typeof number === 'number') : []
}

/** What stood in QAD before a reference was sent; of a journal, what its revisions came to. Null: nothing. */
export function stoodBefore(data: Data): string | null {
  const [before, total, amount] = [postedIn(data, 'before'), textIn(data, 'total'), textIn(data, 'amount')]
  if (before === null || total === null || amount === null) return before?.amount ?? null
  return toTextAtLeast(subtract(money(total), money(amount)), total.split('.')[1]?.length ?? 0)
}

export function postedIn(data: Data | undefined, name: 'before' | 'stored'): Posted | null {
  return objectIn<Posted>(data, name, 'key')
}

export function referenceIn(data: Data | undefined): Reference | null {
  return objectIn<Reference>(data, 'reference', 'key')
}

export function figureIn(data: Data | undefined): FigureSpec | null {
  return objectIn<FigureSpec>(data, 'figure', 'measures')
}

export function sourceIn(data: Data | undefined): Partial<SourceDefinition> | null {
  return objectIn<Partial<SourceDefinition>>(data, 'source', 'look')
}

export function mapsIn(data: Data | undefined): Job['map'] | null {
  return objectIn<Job['map']>(data, 'maps', 'accounts')
}

export function roundingIn(data: Data | undefined): Job['rounding'] | null {
  return objectIn<Job['rounding']>(data, 'rounding', 'scale')
}

/** What a run says it read back. */
export function readBackIn(data: Data | undefined): { readonly equal: number; readonly notRead: number } | null {
  return objectIn(data, 'readBack', 'equal')
}

/** A part that has the member which every one of its kind has; anything else is not it. */
function objectIn<T>(data: Data | undefined, name: string, member: keyof T & string): T | null {
  const value = data?.[name]
  return typeof value === 'object' && value !== null && member in value ? (value as T) : null
}
