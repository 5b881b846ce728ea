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
  // What fails is told by the call that failed; without a listener the process would end before it could say so.
  file.on('error', () => undefined)
  const settled = (act: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => act((error) => (error ? reject(failed(error)) : resolve())))
  return {
    // One block after another: the file is written as fast as it can be, and no faster.
    write: (text) => settled((done) => file.write(text, done)),
    end: () => settled((done) => file.end(() => done(file.errored))),
  }
}
