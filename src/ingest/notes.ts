import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile, type Files } from './files.js'

/** What people are told of deliveries besides the deliveries themselves. A crash may lose the last of it, and nothing else. */
export interface Notes {
  /** By job: why its oldest delivery was not taken when it was tried. */
  readonly waits: Readonly<Record<string, Wait>>
  /** By job: bodies that came again and were not taken again. */
  readonly repeated: Readonly<Record<string, Repeated>>
}

export interface Wait {
  readonly code: string | null
  readonly message: string | null
  readonly tries: number
  /** ISO 8601, UTC; null: not before mlc listen is started again. */
  readonly next: string | null
}

export interface Repeated {
  readonly count: number
  /** Of these: behind another body of the job, so that somebody may have meant to go back to it. */
  readonly overtaken: number
  /** ISO 8601, UTC. */
  readonly last: string
}

export interface NoteBook {
  /** Null: it waits no more. */
  wait(job: string, wait: Wait | null): void
  repeat(job: string, isOvertaken: boolean, at: string): void
  /** Resolves when what was noted is written, or cannot be. */
  close(): Promise<void>
}

/** Reasons to wait are of one process; what was repeated is counted on. */
export async function openNotes(folder: string, files: Files): Promise<NoteBook> {
  const found = await readNotes(folder)
  const waits = new Map<string, Wait>()
  const repeated = new Map(Object.entries(found.repeated))
  let isDue = false
  let writing: Promise<void> | null = null

  async function write(): Promise<void> {
    while (isDue) {
      isDue = false
      const notes: Notes = { waits: Object.fromEntries(waits), repeated: Object.fromEntries(repeated) }
      // Deliveries are accepted and posted whether or not anybody can be told of this.
      await replaceFile(pathIn(folder), Buffer.from(`${JSON.stringify(notes)}\n`), files).catch(() => undefined)
    }
    writing = null
  }

  function changed(): void {
    isDue = true
    writing ??= write()
  }

  if (Object.keys(found.waits).length > 0) changed()
  return {
    wait(job, wait) {
      if (wait === null && !waits.delete(job)) return
      if (wait !== null) waits.set(job, wait)
      changed()
    },
    repeat(job, isOvertaken, at) {
      const { count = 0, overtaken = 0 } = repeated.get(job) ?? {}
      repeated.set(job, { count: count + 1, overtaken: overtaken + (isOvertaken ? 1 : 0), last: at })
      changed()
    },
    async close() {
      await writing
    },
  }
}

const NONE: Notes = { waits: {}, repeated: {} }

export async function readNotes(folder: string): Promise<Notes> {
  try {
    return { ...NONE, ...(JSON.parse(await readFile(pathIn(folder), 'utf8')) as Partial<Notes>) }
  } catch {
    return NONE
  }
}

function pathIn(folder: string): string {
  return join(folder, 'notes.json')
}
