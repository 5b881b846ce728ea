/** A Look as a person chooses it. */
export interface LookEntry {
  readonly id: string
  readonly title: string
  /** Name of the folder that it is in; empty when Looker does not tell. */
  readonly folder: string
}

/** Those with every word in the title, the folder or the id, in whatever case. */
export function looksMatching(looks: readonly LookEntry[], words: string): readonly LookEntry[] {
  const wanted = words.toLowerCase().split(/\s+/)
  return looks.filter(({ id, title, folder }) => {
    const text = `${id} ${title} ${folder}`.toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}
