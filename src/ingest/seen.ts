import type { Clock } from '../model/clock.js'
import type { Kept } from './segment.js'

/** Knows the bodies that came before, so that each is taken once however often it arrives. */
export interface Seen<D extends Kept> {
  /** Takes a body unless it is a repetition. One that comes while the same is being taken waits for that one. */
  once(body: Pick<Kept, 'job' | 'digest'>, take: () => Promise<D>): Promise<Taken<D>>
  remember(delivery: D): void
  /** Nothing of it was posted: as long as no other came for the job, the same body is news, for what was wrong may be mended. */
  refuse(delivery: D): void
}

export interface Taken<D> {
  readonly delivery: D
  /** The same body came for the job before: this is that delivery. */
  readonly isRepeated: boolean
  /** Repeated, and another body came for the job in between: whoever meant to go back to the first has to say so. */
  readonly isOvertaken: boolean
}

/** Looker tries to deliver for half an hour at most: the same body within twice that time is a repetition, later it is news. */
export const REPEATED_MS = 60 * 60_000

export function createSeen<D extends Kept>(clock: Clock): Seen<D> {
  const byBody = new Map<string, D | Promise<D>>()
  const newest = new Map<string, string>()
  const refused = new Set<string>()

  function isRecent({ at }: D): boolean {
    return Math.abs(clock.now() - at) < REPEATED_MS
  }

  function isOvertaken({ job, digest }: Pick<Kept, 'job' | 'digest'>): boolean {
    return newest.get(job) !== digest
  }

  function isRepetition(before: D): boolean {
    return isRecent(before) && (!refused.has(nameOf(before)) || isOvertaken(before))
  }

  function remember(delivery: D): void {
    // The one that came last stands last.
    const name = nameOf(delivery)
    byBody.delete(name)
    byBody.set(name, delivery)
    refused.delete(name)
    newest.set(delivery.job, delivery.digest)
  }

  function forgetOld(): void {
    for (const [name, known] of byBody) {
      if (known instanceof Promise || isRecent(known)) return
      byBody.delete(name)
      refused.delete(name)
    }
  }

  return {
    remember,
    refuse(delivery) {
      const name = nameOf(delivery)
      const known = byBody.get(name)
      if (known !== undefined && !(known instanceof Promise) && known.id === delivery.id) refused.add(name)
    },
    async once(body, take) {
      const name = nameOf(body)
      for (let known = byBody.get(name); known !== undefined; known = byBody.get(name)) {
        // Without a pause where none is needed: of several that come at once the first must be seen by the next.
        const before = known instanceof Promise ? await known.catch(() => null) : known
        // It could not be written: the next of those that wait tries.
        if (before === null) continue
        if (!isRepetition(before)) break
        return { delivery: before, isRepeated: true, isOvertaken: isOvertaken(body) }
      }
      const taking = take()
      byBody.set(name, taking)
      try {
        const delivery = await taking
        remember(delivery)
        forgetOld()
        return { delivery, isRepeated: false, isOvertaken: false }
      } catch (error) {
        byBody.delete(name)
        throw error
      }
    },
  }
}

function nameOf({ job, digest }: Pick<Kept, 'job' | 'digest'>): string {
  return `${job} ${digest}`
}
