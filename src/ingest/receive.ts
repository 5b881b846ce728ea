import type { IncomingMessage } from 'node:http'
import { explainFault } from '../model/fault.js'
import { refused, TAKEN, type Answer } from './answers.js'
import { createEnvelopeJudge } from './envelope.js'
import type { Limits } from './limits.js'
import { SpoolFull } from './quota.js'
import type { Incoming } from './spool.js'

/** How a body was taken in. */
export interface Received {
  /** Null: the sender went away, nobody is there to be answered. */
  readonly answer: Answer | null
  readonly bytes: number
  /** For the log. */
  readonly remark: string
}

/** Reads a body into the spool. Whatever goes wrong, nothing of it stays there. */
export async function receive(request: IncomingMessage, incoming: Incoming, limits: Limits): Promise<Received> {
  const judge = createEnvelopeJudge()
  let bytes = 0
  const end = (answer: Answer | null, remark = ''): Received => ({ answer, bytes, remark })
  try {
    await readBody(request, limits, (chunk) => {
      bytes += chunk.length
      if (bytes > limits.maxBodyBytes) throw new Refusal(tooLarge(limits))
      const fault = judge.push(chunk)
      if (fault !== null) throw new Refusal(refused(400, fault))
      return incoming.write(chunk)
    })
    const fault = judge.end()
    if (fault !== null) throw new Refusal(refused(400, fault))
    const { isRepeated, isOvertaken } = await incoming.accept()
    if (!isRepeated) return end(TAKEN)
    return end(TAKEN, isOvertaken ? 'repeated, after another of this job: not taken again' : 'repeated')
  } catch (error) {
    await incoming.discard()
    if (error instanceof Refusal) return end(error.answer)
    if (error instanceof Gone) return end(null, 'the sender went away')
    const isFull = error instanceof SpoolFull
    const why = isFull ? error.message : explainFault(error)
    return end(refused(503, 'it cannot be kept at present', { 'Retry-After': '60' }), why)
  }
}

export function tooLarge({ maxBodyBytes }: Limits): Answer {
  return refused(413, `a delivery may have ${maxBodyBytes} bytes`)
}

/** Thrown inside only: why a body is not read any further. */
class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super('refused')
  }
}

class Gone extends Error {}

type Take = (chunk: Buffer) => Promise<void> | null

/** Gives each piece to `take` and reads no further while that is at work. @throws what `take` throws, Gone, Refusal (408) */
function readBody(request: IncomingMessage, limits: Limits, take: Take): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    let last: Promise<void> | null = null
    const started = performance.now()
    const timer = setInterval(() => {
      const allowed = limits.bodyMs + (bytes / limits.leastBytesPerSecond) * 1000
      if (performance.now() - started > allowed) fail(new Refusal(refused(408, 'the body came too slowly')))
    }, limits.checkMs)
    const done = () => {
      clearInterval(timer)
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
    }
    const fail = (error: Error) => {
      done()
      request.pause()
      // The piece being written is waited for: what is forgotten then is all of it.
      void Promise.allSettled([last]).then(() => reject(error))
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      try {
        last = take(chunk)
      } catch (error) {
        return fail(error as Error)
      }
      if (last === null) return
      request.pause()
      last.then(() => request.resume(), fail)
    }
    const onEnd = () => {
      done()
      Promise.resolve(last).then(() => resolve(), reject)
    }
    const onGone = () => fail(new Gone())
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}
