/** What became of a delivery. */
export interface Settled {
  /** `refused`: unfit for posting, or of no use; kept for a person. */
  readonly state: 'taken' | 'refused'
  /** ISO 8601, UTC. */
  readonly at: string
  readonly run: string | null
  readonly code: string | null
  readonly message: string | null
}

/** Begins with a line feed, so that a line that a crash tore before it spoils no other. */
export function encodeSettled(id: string, { state, at, run, code }: Settled): Buffer {
  return Buffer.from(`\n${JSON.stringify({ id, state, at, run, code })}\n`)
}

/** Id → state, of the lines that are whole. */
export function parseSettled(text: string): ReadonlyMap<string, Settled['state']> {
  return new Map(text.split('\n').flatMap((line) => stateIn(line) ?? []))
}

function stateIn(line: string): readonly [readonly [id: string, state: Settled['state']]] | null {
  try {
    const { id, state } = JSON.parse(line) as Readonly<Record<string, unknown>>
    return typeof id === 'string' && (state === 'taken' || state === 'refused') ? [[id, state]] : null
  } catch {
    return null
  }
}
