/** Virtual time: what happens, in the order of (time, sequence). Nothing waits for a real clock. */
export interface Timeline {
  /** Milliseconds since the start; never goes back, whatever the hosts' own clocks do. */
  now(): number
  /** Lets something happen later; the function returned calls it off. */
  after(ms: number, label: string, happen: () => void): () => void
  /** Something worth telling, now. */
  note(line: string): void
  /** Runs until `done`; `stuck` when nothing more would happen, `endless` beyond `mostSteps` in all. */
  run(done: () => boolean): Promise<'done' | 'stuck' | 'endless'>
  readonly steps: number
  /** FNV-1a over all that happened and was noted: equal for equal worlds. */
  readonly hash: number
}

/** @param tell gets each line of the trace; null: nobody wants to know, and only the hash is kept */
export function createTimeline(mostSteps: number, tell: ((line: string) => void) | null): Timeline {
  const heap: Event[] = []
  let [now, sequence, steps, hash] = [0, 0, 0, 0x811c9dc5]
  const note = (line: string) => {
    hash = fnv(hash, line)
    tell?.(`${String(now).padStart(9)} ${line}`)
  }
  return {
    now: () => now,
    note,
    after(ms, label, happen) {
      const event = { at: now + Math.max(0, Math.round(ms)), sequence: sequence++, label, happen, off: false }
      push(heap, event)
      return () => (event.off = true)
    },
    async run(done) {
      await drained()
      while (!done()) {
        const event = pop(heap)
        if (!event) return 'stuck'
        if (event.off) continue
        if (++steps > mostSteps) return 'endless'
        now = event.at
        note(event.label)
        event.happen()
        await drained()
      }
      return 'done'
    },
    get steps() {
      return steps
    },
    get hash() {
      return hash >>> 0
    },
  }
}

interface Event {
  readonly at: number
  readonly sequence: number
  readonly label: string
  readonly happen: () => void
  off: boolean
}

/** All microtasks are done before Node comes to the next round: so every continuation has run, in an order that is always the same. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function fnv(start: number, text: string): number {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return Math.imul(hash ^ 10, 0x01000193)
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
}

function push(heap: Event[], event: Event): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (!parent || isBefore(parent, event)) break
    heap[at] = parent
    at = above
  }
  heap[at] = event
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (!first || !last || heap.length === 0) return first
  let at = 0
  for (;;) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
    if (!left) break
    const [child, where] = right && isBefore(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1]
    if (isBefore(last, child)) break
    heap[at] = child
    at = where
  }
  heap[at] = last
  return first
}
