/** The candidate nearest to a misspelt name; null when none is near. */
export function suggest(name: string, candidates: Iterable<string>): string | null {
  // A third of the letters wrong is another word, not a misspelling.
  let best = { candidate: null as string | null, distance: Math.floor(name.length / 3) + 1 }
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= best.distance) continue
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < best.distance) best = { candidate, distance }
  }
  return best.candidate
}

/** Letters to insert, remove or replace to make one text the other. */
function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1]
    for (let column = 0; column < b.length; column++) {
      const replaced = (before[column] ?? 0) + (b[column] === letter ? 0 : 1)
      line.push(Math.min(replaced, (before[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1))
    }
    before = line
  }
  return before[b.length] ?? 0
}
