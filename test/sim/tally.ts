/** How often each kind of fault and of ending occurred: a fault that never fires proves nothing. */
export interface Tally {
  count(kind: string): void
  readonly counts: ReadonlyMap<string, number>
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  return { counts, count: (kind) => void counts.set(kind, (counts.get(kind) ?? 0) + 1) }
}
