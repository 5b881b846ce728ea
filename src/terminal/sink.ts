import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { MlcError } from '../errors.js'
import type { Terminal } from './output.js'

/** Where a command's data goes: stdout, or the file named by --output. */
export interface Output {
  /** Resolves when more may be written. */
  write(text: string): Promise<void>
  end(): Promise<void>
}

/** @throws MLC-C006 when the file cannot be written */
export async function openSink(path: string | undefined, terminal: Pick<Terminal, 'data'>): Promise<Output> {
  if (path === undefined || path === '-') return { write: (text) => terminal.data(text), end: async () => undefined }
  const file = createWriteStream(path, { mode: 0o600 })
  const failed = (error: NodeJS.ErrnoException) =>
    new MlcError('MLC-C006', `--output ${path} cannot be written: ${error.code ?? 'unexpected error'}`)
  await once(file, 'open').catch((error: NodeJS.ErrnoException) => {
    throw failed(error)
  })
  let failure: NodeJS.ErrnoException | null = null
  file.on('error', (error) => (failure = error))
  const check = () => {
    if (failure) throw failed(failure)
  }
  return {
    write: async (text) => {
      check()
      if (!file.write(text) && !file.destroyed)
        await Promise.race([once(file, 'drain'), once(file, 'close')]).catch(() => undefined)
      check()
    },
    end: async () => {
      await new Promise<void>((resolve) => file.end(() => resolve())).catch(() => undefined)
      check()
    },
  }
}
