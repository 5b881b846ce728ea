import { everything, looksCut, type Strategy } from './paging.js'
import { needWhole } from './whole.js'

/** One request for everything; where the count looks like a limit, Looker is asked whether that is all. */
export const stream: Strategy = async function* (pull) {
  const rows = yield* everything(pull)
  if (looksCut(rows, pull)) await needWhole(pull, rows)
  return 'stream'
}
