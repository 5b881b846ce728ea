import { addAbortSignal } from 'node:stream'
import { MlcError } from '../errors.js'

/** All of stdin, as `aws s3 cp … -` writes it. @throws MLC-C006; the signal's reason when that comes first */
export async function readStdin(stdin: NodeJS.ReadStream, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  if (stdin.isTTY)
    throw new MlcError('MLC-C006', 'nothing is sent to mlc: stdin is a terminal', {
      fix: 'Name a file, or send one: aws s3 cp s3://… - | mlc ingest - --job NAME.',
    })
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of addAbortSignal(signal, stdin)) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
      if (length > maxBytes) throw new MlcError('MLC-C006', `more than ${maxBytes} bytes were sent`, { fix: TOO_LARGE })
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
  return Buffer.concat(chunks)
}

const TOO_LARGE = 'Raise ingest.maxBodyBytes in mlc.yaml, or have less delivered at a time.'
