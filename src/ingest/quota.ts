/** The spool holds as much as it may: whoever sends is asked to come again. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'
}

/** Bytes that the spool has on the disk. */
export interface Quota {
  /** @throws SpoolFull */
  take(bytes: number): void
  /** What is on the disk already, and may be more than fits. */
  count(bytes: number): void
  give(bytes: number): void
  readonly maxBytes: number
}

export function createQuota(maxBytes: number, usedBytes: number): Quota {
  let used = usedBytes
  return {
    take(bytes) {
      if (used + bytes > maxBytes) throw new SpoolFull(`the spool holds ${used} bytes and may hold ${maxBytes}`)
      used += bytes
    },
    count(bytes) {
      used += bytes
    },
    give(bytes) {
      used -= bytes
    },
    maxBytes,
  }
}
