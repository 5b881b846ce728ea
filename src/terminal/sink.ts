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
  const settled = (act: (done: () => void) => void) =>
    new Promise<void>((resolve) => act(resolve)).then(() => {
      if (failure) throw failed(failure)
    })
  return {
    // One block after another: the file is written as fast as it can be, and no faster.
    write: (text) => settled((done) => file.write(text, () => done())),
    end: () => settled((done) => file.once('close', done).end()),
  }
}
