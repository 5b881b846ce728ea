import { createPrefix, type Prefix } from '../../model/prefix.js'

/** What rows of one answer have in common: the names of their cells, in order, and what stands before each value. */
export interface Shape {
  readonly names: readonly string[]
  /** `{"name":` before the first value and `,"name":` before the others, with the blanks of the row that they were taken from. */
  readonly heads: readonly Prefix[]
  /** True when there are no blanks, and each name is written the short way. */
  readonly isTight: boolean
}

/** @param heads the bytes before each value */
export function createShape(names: readonly string[], heads: readonly Uint8Array[]): Shape {
  const isTight = heads.every((head, at) => tightHead(names[at] ?? '', at).equals(head))
  return { names, heads: heads.map(createPrefix), isTight }
}

function tightHead(name: string, at: number): Buffer {
  return Buffer.from(`${at === 0 ? '{' : ','}${JSON.stringify(name)}:`)
}
