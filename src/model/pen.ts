/** Writes bytes one after another into a buffer, which is emptied whenever it is full. */
export interface Pen {
  /** Makes room for so many bytes, and three more, from `at` on. */
  room(size: number): void
  bytes: Uint8Array
  view: DataView
  /** Where the next byte goes. Whoever writes it there by itself moves this on. */
  at: number
  /** A text in UTF-8, whatever room there is. */
  text(text: string): void
  /** Bytes as they are, however many. */
  raw(data: Uint8Array): void
  /** Hands on what is in the buffer. */
  flush(): void
}

const CAPACITY = 256 * 1024

/** @param handOn takes the bytes before it returns: they are overwritten afterwards */
export function createPen(handOn: (bytes: Uint8Array) => void): Pen {
  const encoder = new TextEncoder()
  const bytes = new Uint8Array(CAPACITY)
  const pen: Pen = {
    bytes,
    view: new DataView(bytes.buffer),
    at: 0,
    flush() {
      if (pen.at > 0) handOn(pen.bytes.subarray(0, pen.at))
      pen.at = 0
    },
    room(size) {
      if (pen.at + size + BEYOND <= pen.bytes.length) return
      pen.flush()
      if (size + BEYOND <= pen.bytes.length) return
      const larger = new Uint8Array(2 * (size + BEYOND))
      pen.bytes = larger
      pen.view = new DataView(larger.buffer)
    },
    raw(data) {
      pen.room(data.length)
      pen.bytes.set(data, pen.at)
      pen.at += data.length
    },
    text(text) {
      pen.room(3 * text.length)
      pen.at += encoder.encodeInto(text, pen.bytes.subarray(pen.at)).written
    },
  }
  return pen
}

const BEYOND = 4

/** Copies bytes four at a time: up to three too many, which whatever comes next overwrites. @returns where it comes */
export function copy(from: DataView, start: number, length: number, to: DataView, at: number): number {
  for (let done = 0; done < length; done += 4) to.setInt32(at + done, from.getInt32(start + done, true), true)
  return at + length
}

/** Bytes that are written again and again. */
export interface Stamp {
  readonly view: DataView
  readonly length: number
}

export function press({ view, length }: Stamp, pen: Pen): void {
  if (length === 0) return
  pen.room(length)
  pen.at = copy(view, 0, length, pen.view, pen.at)
}

export function createStamp(text: string): Stamp {
  const encoded = new TextEncoder().encode(text)
  const bytes = new Uint8Array(encoded.length + BEYOND)
  bytes.set(encoded)
  return { view: new DataView(bytes.buffer), length: encoded.length }
}
