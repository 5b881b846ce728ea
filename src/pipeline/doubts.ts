import { MlcError } from '../errors.js'
import { sameAmount } from '../mapping/posted.js'
import type { Plan, PlanEntry, Problem } from '../model/plan.js'
import type { Ports } from './ports.js'

/**
 * Blocks single references that a person has to decide on; the others are as sound as ever. What QAD stored otherwise than it was
 * sent is no older amount to be revised; what QAD took or showed before and does not show now must not be sent again; and what may
 * have been sent cannot be sent again to a tenant that cannot be asked.
 */
export async function withoutDoubts(plan: Plan, ports: Ports): Promise<Plan> {
  const conflicts = await ports.history.conflicts()
  const taken = await ports.history.taken()
  const open = ports.ledger().canReadBack ? new Map<string, unknown>() : await ports.history.open()
  const doubtOf = ({ action, reference, before }: PlanEntry): Problem | null => {
    if (action !== 'create' && action !== 'revise') return null
    const { key } = reference
    const sent = before === null ? undefined : conflicts.get(before.key)
    if (before !== null && sent !== undefined && !sameAmount(before.amount, sent)) {
      return { code: 'MLC-Q022', key, message: `QAD holds ${before.amount} under ${before.key}, but mlc sent ${sent}` }
    }
    if (taken.has(key))
      return {
        code: 'MLC-Q022',
        key,
        message: `QAD took ${key}, showed it or called it there before, and does not show it now`,
      }
    if (open.has(key))
      return { code: 'MLC-Q021', key, message: `whether QAD holds ${key} is not known, and QAD cannot be asked` }
    return null
  }
  const doubts = plan.entries.map(doubtOf)
  if (doubts.every((doubt) => doubt === null)) return plan
  const entries = plan.entries.map((entry, index) => (doubts[index] ? { ...entry, action: 'blocked' as const } : entry))
  return { ...plan, entries, problems: [...plan.problems, ...doubts.filter((doubt) => doubt !== null)] }
}

/** Where nothing may be written to as things stand, the plan says so: that is known before anybody approves it. */
export async function withReadiness(plan: Plan, ports: Ports): Promise<Plan> {
  if (!plan.entries.some(({ action }) => action === 'create' || action === 'revise')) return plan
  const fault = await readinessFault(ports)
  return fault === null ? plan : { ...plan, problems: [...plan.problems, fault] }
}

async function readinessFault(ports: Ports): Promise<Problem | null> {
  try {
    const unchecked = (await ports.ledger().ready?.())?.unchecked
    if (unchecked !== undefined) ports.say(`warning: ${unchecked}`)
    return null
  } catch (error) {
    if (!(error instanceof MlcError) || error.category !== 'guard') throw error
    return { code: error.code, message: error.message, key: null }
  }
}
