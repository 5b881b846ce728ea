/** One entry per list of texts. Texts are compared one by one, never joined, so no two lists can be mistaken for one. */
export interface Table<T> {
  /** The entry at these texts, made by `make` when there is none. Every call must give equally many texts. */
  at(texts: readonly string[], make: () => T): T
  readonly size: number
  /** In no particular order. */
  values(): Iterable<T>
}

/** Put the texts with few distinct values first: then most of the maps are shared. */
export function createTable<T>(): Table<T> {
  const root: Level<T> = new Map()
  const entries: T[] = []
  return {
    at(texts, make) {
      const last = texts.length - 1
      let level = root
      for (let index = 0; index < last; index++) level = levelBelow(level, texts[index] ?? '')
      const text = texts[last] ?? ''
      const known = level.get(text)
      if (known) return (known as Leaf<T>).entry
      const entry = make()
      level.set(text, { entry })
      entries.push(entry)
      return entry
    },
    get size() {
      return entries.length
    },
    values: () => entries,
  }
}

/** The values by their text, in the order given. (Map.groupBy is newer than the oldest Node we run on.) */
export function groupBy<T>(values: Iterable<T>, textOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const text = textOf(value)
    const group = groups.get(text)
    if (group) group.push(value)
    else groups.set(text, [value])
  }
  return groups
}

interface Leaf<T> {
  readonly entry: T
}

type Level<T> = Map<string, Level<T> | Leaf<T>>

function levelBelow<T>(level: Level<T>, text: string): Level<T> {
  const known = level.get(text)
  if (known instanceof Map) return known
  const below: Level<T> = new Map()
  level.set(text, below)
  return below
}
