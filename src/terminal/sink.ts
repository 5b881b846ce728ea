import type { Terminal } from './output.js'

/** Where a command's data goes: stdout, or the file named by --output. */
export interface Output {
  /** Resolves when more may be written. */
  write(text: string | Uint8Array): Promise<void>
  /** Everything is written: only now does the file replace the one before. */
  end(): Promise<void>
  /** Leaves nothing of a file that was not ended. */
  discard(): void
}

/** @throws MLC-C006 when the file cannot be written */
export async function openSink(
  path: string | undefined,
  terminal: Pick<Terminal, 'data' | 'isClosed' | 'isPerson'>,
): Promise<Output> {
  if (path === undefined || path === '-')
    return { write: (text) => terminal.data(text), end: async () => undefined, discard: () => undefined }
  const { openSpool } = await import('./export/spool.js')
  const spool = openSpool(path, terminal)
  return {
    write: async (data) => (typeof data === 'string' ? spool.pen.text(data) : spool.pen.raw(data)),
    end: () => spool.finish(),
    discard: () => spool.discard(),
  }
}
