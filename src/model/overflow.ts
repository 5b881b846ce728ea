/** Room on a disk for what would fill the memory: bytes by place, gone once it is closed or the process ends. */
export interface Overflow {
  write(bytes: Uint8Array, position: number): void
  /** Fills `bytes` with what was written there. */
  read(bytes: Uint8Array, position: number): void
  close(): void
}

/** For whoever has no disk. */
export function inMemory(): Overflow {
  const kept = new Map<number, Uint8Array>()
  return {
    write: (bytes, position) => void kept.set(position, Uint8Array.from(bytes)),
    read: (bytes, position) => bytes.set(kept.get(position) ?? []),
    close: () => kept.clear(),
  }
}
