import { createHash } from 'node:crypto'
import type { Quota } from './quota.js'
import { openNew, removeFile, writeWhole, type Files, type Handle } from './files.js'

/** A body while it arrives: in memory as long as it is small, else in a file of its own. */
export interface Draft {
  readonly bytes: number
  /** Takes a piece. @returns null at once while it is small; else what to wait for before the next one */
  write(chunk: Buffer): Promise<void> | null
  /** Ends it. A body with a file is on stable storage then. */
  finish(): Promise<Finished>
  /** Forgets it, its file included. */
  discard(): Promise<void>
}

export interface Finished {
  /** SHA-256 in hex. */
  readonly digest: string
  /** Null: the body is in the file. */
  readonly chunks: readonly Buffer[] | null
}

export interface DraftNeeds {
  /** Path of the file, should there be one. */
  readonly path: string
  readonly inlineBytes: number
  readonly files: Files
  readonly quota: Quota
}

export function createDraft({ path, inlineBytes, files, quota }: DraftNeeds): Draft {
  const hash = createHash('sha256')
  let chunks: Buffer[] = []
  let file: Handle | null = null
  let [bytes, written, reserved] = [0, 0, 0]

  async function spill(): Promise<void> {
    const taken = Buffer.concat(chunks)
    chunks = []
    quota.take(taken.length)
    reserved += taken.length
    file ??= await openNew(path, files)
    await writeWhole(file, taken, written)
    written += taken.length
  }

  return {
    get bytes() {
      return bytes
    },
    write(chunk) {
      hash.update(chunk)
      bytes += chunk.length
      chunks.push(chunk)
      return bytes > inlineBytes ? spill() : null
    },
    async finish() {
      if (file === null) return { digest: hash.digest('hex'), chunks }
      await file.sync()
      await file.close()
      file = null
      return { digest: hash.digest('hex'), chunks: null }
    },
    async discard() {
      await file?.close().catch(() => undefined)
      file = null
      if (reserved === 0) return
      await removeFile(path).catch(() => undefined)
      quota.give(reserved)
      reserved = 0
    },
  }
}
