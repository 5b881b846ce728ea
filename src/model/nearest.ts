/** The known name that a mistyped one most likely means; null when none is close. Case, `-` and `_` do not count. */
export function nearest(typed: string, known: readonly string[]): string | null {
  const plain = fold(typed)
  const limit = plain.length <= 4 ? 1 : plain.length <= 8 ? 2 : 3
  let best: { name: string; distance: number } | null = null
  for (const name of known) {
    const distance = editDistance(plain, fold(name))
    if (distance <= limit && distance < plain.length && (best === null || distance < best.distance))
      best = { name, distance }
  }
  return best?.name ?? null
}

/** `; did you mean "account"?`, or nothing. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const name = nearest(typed, known)
  return name === null ? '' : `; did you mean "${name}"?`
}

/** At most three known names that a wrong one may mean: the nearest, and those of which it is a part or that are part of it. */
export function alike(typed: string, known: readonly string[]): readonly string[] {
  const plain = fold(lastStep(typed))
  const isPart = (name: string) => {
    const other = fold(lastStep(name))
    return Math.min(plain.length, other.length) >= 3 && (other.includes(plain) || plain.includes(other))
  }
  const close = nearest(typed, known)
  return [...new Set([...(close === null ? [] : [close]), ...known.filter(isPart)])].slice(0, 3)
}

/** `ac_code` of `ac_mstr.ac_code`. */
function lastStep(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function fold(name: string): string {
  return name.slice(0, 64).toLowerCase().replace(/[-_ ]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours: `center` is one step from `centre`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : Infinity
      row.push(Math.min(replaced, swapped, at(last, j) + 1, at(row, j - 1) + 1))
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
