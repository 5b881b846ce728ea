import { isDeepStrictEqual } from 'node:util'
import { MlcError } from '../errors.js'
import type { Ports, RunHead } from './ports.js'

/**
 * That the folder of a run is what was pulled, by the audit: whoever edits the rows can edit their hash in the same folder, or
 * what column is what. An audit that does not know the run says nothing of it. @throws MLC-P012
 */
export async function refuseChangedRun(head: RunHead, { history }: Pick<Ports, 'history'>): Promise<void> {
  const pulled = await history.pulled(head.run)
  if (pulled === null) return
  const { rowsHash, figure, period } = pulled
  const changed = [
    ...(rowsHash === null || rowsHash === head.rowsHash ? [] : ['its rows']),
    ...(figure === null || isDeepStrictEqual(figure, asWritten(head.figure)) ? [] : ['which column is what']),
    ...(period === head.period ? [] : ['its period']),
  ]
  if (changed.length === 0) return
  throw new MlcError(
    'MLC-P012',
    `the folder of run ${head.run} is not what the audit says was pulled: ${changed.join(', ')} changed since. Nothing was posted.`,
    { fix: 'Keep the folder, find out who changed it, and run mlc pull again.' },
  )
}

/** What JSON keeps of it. */
function asWritten(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
