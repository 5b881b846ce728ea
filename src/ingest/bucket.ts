import type { Rate } from './limits.js'

/** Says how long a sender has to wait. */
export interface Buckets {
  /** Takes one from the source's bucket and from that of all. @returns 0: come in; else seconds after which to come again */
  readonly take: (source: string) => number
}

export interface BucketNeeds {
  readonly perSource: Rate
  readonly overall: Rate
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

export function createBuckets({ perSource, overall, now }: BucketNeeds): Buckets {
  const all = full(overall, now())
  const sources = new Map<string, Bucket>()
  return {
    take(source) {
      const at = now()
      const own = sources.get(source) ?? full(perSource, at)
      // The one that came last stands last, so that the first is the one to forget.
      sources.delete(source)
      sources.set(source, own)
      if (sources.size > MOST_SOURCES) sources.delete(sources.keys().next().value ?? '')
      refill(own, perSource, at)
      refill(all, overall, at)
      const wait = Math.max(waitFor(own, perSource), waitFor(all, overall))
      if (wait > 0) return wait
      own.left--
      all.left--
      return 0
    },
  }
}

/** Senders that are remembered: a list without end would be an attack by itself. */
const MOST_SOURCES = 10_000

interface Bucket {
  left: number
  at: number
}

function full({ burst }: Rate, at: number): Bucket {
  return { left: burst, at }
}

function refill(bucket: Bucket, { burst, perSecond }: Rate, at: number): void {
  bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond)
  bucket.at = at
}

function waitFor({ left }: Bucket, { perSecond }: Rate): number {
  return left >= 1 ? 0 : Math.max(1, Math.ceil((1 - left) / perSecond))
}
