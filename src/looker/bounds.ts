import { MlcError } from '../errors.js'
import type { Clock } from '../model/clock.js'
import { notPromised } from './reader/bytes.js'

/** What ends an answer that never would by itself: one that sends a blank now and then is not silent. */
export interface Bounds {
  /** A piece came in. @param brought whether it completed a row or a member @throws MLC-L002, MLC-L015 */
  took(bytes: number, brought: boolean): void
  /** What was brought has been dealt with, however long that took; from now on the answer is waited for. */
  resume(): void
}

interface BoundsOptions {
  readonly host: string
  /** From one row to the next. */
  readonly timeoutMs: number
  readonly maxBytes?: number
}

export function createBounds({ host, timeoutMs, maxBytes = MAX_ANSWER_BYTES }: BoundsOptions, clock: Clock): Bounds {
  let since = clock.now()
  let total = 0
  let barren = 0
  return {
    took(bytes, brought) {
      total += bytes
      barren = brought ? 0 : barren + bytes
      if (total > maxBytes) throw notPromised(`larger than ${maxBytes / GIB} GiB`)
      if (barren > MAX_BARREN_BYTES) throw notPromised(`${MAX_BARREN_BYTES / MIB} MiB without a row`)
      if (brought || clock.now() - since <= timeoutMs) return
      throw new MlcError('MLC-L002', `Looker at ${host} goes on, but sent no row in ${timeoutMs / 1000} seconds`)
    },
    resume: () => void (since = clock.now()),
  }
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** Some hundred million rows: nothing that a ledger is summed up in. */
const MAX_ANSWER_BYTES = 16 * GIB
/** More than the largest row and the largest metadata, which the reader bounds. */
const MAX_BARREN_BYTES = 16 * MIB
