import { constants } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../model/clock.js'
import { removeFile, replaceFile, syncFolder, writeWhole, type Files } from './files.js'
import type { Quota } from './quota.js'
import { bodyPath, readBody, readRefused, refusedPath, segmentPath, type Delivery } from './read.js'
import { REPEATED_MS } from './seen.js'
import { encodeSettled, type Settled } from './settled.js'

/** What waits, and what becomes of it. */
export interface Shelf {
  /** One that does not wait was settled before. */
  add(delivery: Delivery, isWaiting: boolean): void
  /** Oldest first. */
  waiting(): readonly Delivery[]
  size(): number
  /** Of each job the oldest that waits; the oldest of these first. */
  heads(): readonly Delivery[]
  /** Durable when it resolves. */
  settle(delivery: Delivery, settled: Settled): Promise<void>
  /** Removes segments of which nothing is needed any more. */
  retire(current: number): Promise<void>
}

export interface ShelfNeeds {
  readonly folder: string
  readonly files: Files
  readonly clock: Clock
  readonly quota: Quota
}

interface Segment {
  waiting: number
  newestAt: number
}

export function createShelf({ folder, files, clock, quota }: ShelfNeeds): Shelf {
  const queue = new Map<string, Delivery>()
  const jobs = new Map<string, Map<string, Delivery>>()
  const segments = new Map<number, Segment>()

  async function markSettled(delivery: Delivery, settled: Settled): Promise<void> {
    const path = segmentPath(folder, delivery.segment, 'done')
    const line = encodeSettled(delivery.id, settled)
    const { O_RDWR, O_CREAT } = constants
    const file = await files.open(path, O_RDWR | O_CREAT, 0o600)
    try {
      const { size } = await stat(path)
      if (size === 0) await file.chmod(0o600)
      await writeWhole(file, line, size)
      await file.datasync()
      if (size === 0) await syncFolder(folder, files)
    } finally {
      await file.close()
    }
  }

  async function keepRefused(delivery: Delivery, settled: Settled): Promise<void> {
    const { id, job, at, bytes, isInline } = delivery
    const body = refusedPath(folder, id, 'body')
    if (isInline) await replaceFile(body, await readBody(folder, delivery), files)
    else await rename(bodyPath(folder, id), body).catch(unlessGone)
    const words = Buffer.from(
      `${JSON.stringify({ id, job, bytes, ...settled, arrived: new Date(at).toISOString() })}\n`,
    )
    await replaceFile(refusedPath(folder, id, 'json'), words, files)
    await syncFolder(dirname(body), files)
  }

  /** A plan that is wrong and delivers every hour would leave others no room: of what nobody looked at, the oldest goes. */
  async function forgetOldest(): Promise<void> {
    const refused = await readRefused(folder)
    let left = refused.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const [index, { id, bytes }] of refused.entries()) {
      if (refused.length - index <= MOST_REFUSED && left <= quota.maxBytes / 2) return
      for (const kind of ['body', 'json'] as const) await removeFile(refusedPath(folder, id, kind))
      quota.give(bytes)
      left -= bytes
    }
  }

  return {
    add(delivery, isWaiting) {
      if (isWaiting) {
        queue.set(delivery.id, delivery)
        jobs.set(delivery.job, (jobs.get(delivery.job) ?? new Map<string, Delivery>()).set(delivery.id, delivery))
      }
      const { waiting = 0, newestAt = 0 } = segments.get(delivery.segment) ?? {}
      const more = isWaiting ? 1 : 0
      segments.set(delivery.segment, { waiting: waiting + more, newestAt: Math.max(newestAt, delivery.at) })
    },
    waiting: () => [...queue.values()],
    size: () => queue.size,
    heads: () =>
      [...jobs.values()]
        .flatMap((waiting) => waiting.values().next().value ?? [])
        .sort((a, b) => a.segment - b.segment || a.bodyAt - b.bodyAt),
    async settle(delivery, settled) {
      if (settled.state === 'refused') await keepRefused(delivery, settled)
      await markSettled(delivery, settled)
      queue.delete(delivery.id)
      jobs.get(delivery.job)?.delete(delivery.id)
      const segment = segments.get(delivery.segment)
      if (segment) segment.waiting--
      if (settled.state === 'refused') {
        // Its record has the body as well.
        if (delivery.isInline) quota.count(delivery.bytes)
        return forgetOldest()
      }
      if (delivery.isInline) return
      await removeFile(bodyPath(folder, delivery.id))
      quota.give(delivery.bytes)
    },
    async retire(current) {
      for (const [number, { waiting, newestAt }] of segments) {
        if (number >= current || waiting > 0 || clock.now() - newestAt < REPEATED_MS) continue
        const path = segmentPath(folder, number, 'seg')
        const { size } = await stat(path)
        // In this order: what is settled must not be read as waiting.
        await removeFile(path)
        await removeFile(segmentPath(folder, number, 'done'))
        segments.delete(number)
        quota.give(size)
      }
    },
  }
}

const MOST_REFUSED = 1_000

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
