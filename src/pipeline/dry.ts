import type { AuditEntry } from '../audit/event.js'
import type { Ports } from './ports.js'

/** A dry run that pulls and maps makes a run that may be pushed later: its lines say that they are of a dry run. */
export function markedDry(ports: Ports): Ports {
  const mark = (entry: AuditEntry): AuditEntry => ({ ...entry, data: { ...entry.data, dryRun: true } })
  return appending(ports, (entry, options) => ports.journal.append(mark(entry), options))
}

/** A dry run over runs of the past leaves nothing: neither lines under their names nor plans in the place of theirs. */
export function withoutTrace(ports: Ports): Ports {
  const store = { ...ports.store, savePlan: async () => '' }
  return { ...appending(ports, async () => undefined), store }
}

/** The ports with another way into the audit. */
export function appending(ports: Ports, append: Ports['journal']['append']): Ports {
  const { journal } = ports
  return {
    ...ports,
    journal: {
      append,
      flush: () => journal.flush(),
      get head() {
        return journal.head
      },
    },
  }
}
