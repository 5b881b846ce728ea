/** Writes bytes one after another into a buffer, which is emptied whenever it is full. */
export interface Pen {
  /** Makes room for so many bytes, and three more. */
  room(size: number): void
  /** One byte, for which there is room. */
  byte(byte: number): void
  /** So many bytes, for which there is room. `from` must reach three bytes beyond the last. */
  copy(from: DataView, start: number, length: number): void
  /** A text in UTF-8, whatever room there is. */
  text(text: string): void
  /** Hands on what is in the buffer. */
  flush(): void
  /** Forgets what is in the buffer. */
  drop(): void
}

const CAPACITY = 256 * 1024

/** @param handOn takes the bytes before it returns: they are overwritten afterwards */
export function createPen(handOn: (bytes: Uint8Array) => void): Pen {
  let bytes = new Uint8Array(CAPACITY)
  let view = new DataView(bytes.buffer)
  let at = 0
  const encoder = new TextEncoder()

  function flush(): void {
    if (at > 0) handOn(bytes.subarray(0, at))
    at = 0
  }

  function room(size: number): void {
    if (at + size + BEYOND <= bytes.length) return
    flush()
    if (size + BEYOND <= bytes.length) return
    bytes = new Uint8Array(2 * (size + BEYOND))
    view = new DataView(bytes.buffer)
  }

  return {
    room,
    flush,
    drop: () => void (at = 0),
    byte(byte) {
      bytes[at++] = byte
    },
    // Four at a time; what is too much is overwritten by what comes next.
    copy(from, start, length) {
      for (let done = 0; done < length; done += 4) view.setInt32(at + done, from.getInt32(start + done))
      at += length
    },
    text(text) {
      room(3 * text.length)
      at += encoder.encodeInto(text, bytes.subarray(at)).written
    },
  }
}

const BEYOND = 4

/** Bytes that a pen may copy. */
export interface Stamp {
  readonly view: DataView
  readonly length: number
}

export function createStamp(text: string): Stamp {
  const encoded = new TextEncoder().encode(text)
  const bytes = new Uint8Array(encoded.length + BEYOND)
  bytes.set(encoded)
  return { view: new DataView(bytes.buffer), length: encoded.length }
}
