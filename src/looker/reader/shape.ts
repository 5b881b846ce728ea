import { createPrefix, type Prefix } from '../../model/prefix.js'

/** What rows of one answer have in common: the names of their cells, in order. */
export interface Shape {
  readonly names: readonly string[]
  /** `"name":` of each, as Looker writes it. */
  readonly prefixes: readonly Prefix[]
}

export function createShape(names: readonly string[]): Shape {
  return { names, prefixes: names.map((name) => createPrefix(`${JSON.stringify(name)}:`)) }
}
