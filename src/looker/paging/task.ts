import { everything, looksCut, type Strategy } from './paging.js'
import { needWhole } from './whole.js'

/** Everything as a query task: Looker computes the whole result first, so neither a page cap nor a long first byte cuts it. */
export const task: Strategy = async function* (pull) {
  const rows = yield* everything(pull, { asTask: true })
  if (looksCut(rows, pull)) await needWhole(pull, rows, true)
  return 'task'
}
