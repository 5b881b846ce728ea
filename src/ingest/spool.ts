import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isoTime, type Clock } from '../model/clock.js'
import { runId } from '../model/run.js'
import { createDraft, type Draft, type Finished } from './draft.js'
import { makeFolder, NODE_FILES, removeFile, syncFolder, type Files } from './files.js'
import { createCommitLog, type CommitLog } from './log.js'
import { openNotes, type Wait } from './notes.js'
import { createQuota, SpoolFull, type Quota } from './quota.js'
import { bodyPath, FOLDERS, readBody, readSpool, type Damage, type Delivery } from './read.js'
import { createSeen, type Taken } from './seen.js'
import { encodeRecord, type Kept } from './segment.js'
import type { Settled } from './settled.js'
import { createShelf } from './shelf.js'

/** Deliveries that were accepted: on disk before anybody is told, and taken once however often they come. */
export interface Spool {
  /** Begins a body for a job. @throws SpoolFull */
  draft(job: string, secret: number): Incoming
  /** Those that are not settled, oldest first. */
  waiting(): readonly Delivery[]
  /** Of each job the oldest of them; the oldest of these first. */
  heads(): readonly Delivery[]
  body(delivery: Delivery): Promise<Buffer>
  /** Durable when it resolves. A refused one is kept with its reason. */
  settle(delivery: Delivery, settled: Settled): Promise<void>
  /** Called after each delivery that was accepted. */
  onArrival(listener: () => void): void
  /** Notes for people why the deliveries of a job wait; null: they do not any more. */
  wait(job: string, wait: Wait | null): void
  /** What was found on opening, for people. */
  readonly remarks: readonly string[]
  /** Of it, what was acknowledged and is lost: for the audit. */
  readonly damage: readonly Damage[]
  close(): Promise<void>
}

export interface Incoming extends Pick<Draft, 'write' | 'discard'> {
  /** Resolves when the delivery is on stable storage. @throws SpoolFull, or the system's error: then nothing was accepted */
  accept(): Promise<Taken<Delivery>>
}

export interface SpoolOptions {
  readonly folder: string
  readonly clock: Clock
  readonly maxBytes: number
  readonly maxWaiting?: number
  /** Larger bodies get a file of their own. */
  readonly inlineBytes?: number
  readonly segmentBytes?: number
  readonly files?: Files
}

const MOST_WAITING = 50_000
const INLINE_BYTES = 64 * 1024
const SEGMENT_BYTES = 16 * 1024 * 1024

/** Opens the spool of a folder. The caller has made sure that no other process does. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, clock, maxBytes, maxWaiting = MOST_WAITING, inlineBytes = INLINE_BYTES, files = NODE_FILES } = options
  for (const path of [folder, ...FOLDERS.map((name) => join(folder, name))]) await makeFolder(path)
  await syncFolder(folder, files)
  const found = await readSpool(folder)
  for (const orphan of found.orphans) await removeFile(orphan)
  const quota = createQuota(maxBytes, found.bytes)
  const first = found.lastSegment + 1
  const log = createCommitLog({ folder, first, segmentBytes: options.segmentBytes ?? SEGMENT_BYTES, files })
  const shelf = createShelf({ folder, files, clock, quota })
  const seen = createSeen<Delivery>(clock)
  const notes = await openNotes(folder, files)
  const listeners: (() => void)[] = []
  for (const { state, ...delivery } of found.deliveries) {
    shelf.add(delivery, state === null)
    seen.remember(delivery)
    if (state === 'refused') seen.refuse(delivery)
  }
  return {
    draft(job, secret) {
      if (shelf.size() >= maxWaiting) throw new SpoolFull(`${maxWaiting} deliveries wait`)
      const id = runId(clock.now(), randomBytes(10))
      const draft = createDraft({ path: bodyPath(folder, id), inlineBytes, files, quota })
      return {
        write: (chunk) => draft.write(chunk),
        discard: () => draft.discard(),
        accept: async () => {
          const finished = await draft.finish()
          const taken = await seen.once({ job, digest: finished.digest }, async () => {
            const kept = { id, job, at: clock.now(), secret, bytes: draft.bytes, digest: finished.digest }
            const delivery = await commit({ ...kept, isInline: finished.chunks !== null }, finished, {
              log,
              quota,
              folder,
              files,
            })
            shelf.add(delivery, true)
            return delivery
          })
          if (taken.isRepeated) notes.repeat(job, taken.isOvertaken, isoTime(clock))
          if (taken.isRepeated) await draft.discard()
          else for (const listener of listeners) listener()
          return taken
        },
      }
    },
    waiting: () => shelf.waiting(),
    heads: () => shelf.heads(),
    body: (delivery) => readBody(folder, delivery),
    async settle(delivery, settled) {
      await shelf.settle(delivery, settled)
      if (settled.state === 'refused') seen.refuse(delivery)
      await shelf.retire(log.segment)
    },
    onArrival: (listener) => void listeners.push(listener),
    wait: (job, wait) => notes.wait(job, wait),
    remarks: found.remarks,
    damage: found.damage,
    close: async () => {
      await log.close()
      await notes.close()
    },
  }
}

interface CommitNeeds {
  readonly log: CommitLog
  readonly quota: Quota
  readonly folder: string
  readonly files: Files
}

/** The record is what counts: a body whose record is not on the disk was never accepted. */
async function commit(kept: Kept, { chunks }: Finished, { log, quota, folder, files }: CommitNeeds): Promise<Delivery> {
  if (chunks === null) await syncFolder(join(folder, 'bodies'), files)
  const record = encodeRecord(kept, chunks ?? [])
  quota.take(record.length)
  try {
    const { segment, at } = await log.append(record)
    return { ...kept, segment, bodyAt: at + record.length - 1 - (kept.isInline ? kept.bytes : 0) }
  } catch (error) {
    quota.give(record.length)
    throw error
  }
}
