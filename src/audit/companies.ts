import type { AuditRecord } from './event.js'
import { readAudit } from './read.js'

/** A company of QAD, and the tenant that holds it. */
export interface Company {
  /** Address of the tenant; null where no line says. */
  readonly tenant: string | null
  readonly domain: string
  readonly entity: string
}

/** `10USA/10USACO at https://acme.qad.com/clouderp` */
export function companyName({ tenant, domain, entity }: Company): string {
  return `${domain}/${entity} at ${tenant ?? 'an unknown address'}`
}

/**
 * Tells which company a record speaks of, by its name; null where no line says. A state folder may serve a test and a production
 * company whose jobs have the same names: most lines name neither, and belong where the plan of their run does, whenever it was made.
 * Records are to come in the order of the audit. @throws as `readAudit`
 */
export async function companiesIn(folder: string): Promise<(record: AuditRecord) => string | null> {
  const byRun = new Map<string, string>()
  const byKey = new Map<string, string>()
  for await (const { run, data } of readAudit(folder, { events: ['plan.made'] })) {
    const named = namedIn(data)
    if (run !== null && named !== null) byRun.set(run, named)
  }
  return ({ run, key, data }) => {
    const named = namedIn(data) ?? byRun.get(run ?? '') ?? null
    if (key !== null && named !== null) byKey.set(key, named)
    return named ?? byKey.get(key ?? '') ?? null
  }
}

function namedIn(data: AuditRecord['data']): string | null {
  const { tenant, domain, entity } = companySaid(data)
  if (tenant === undefined || domain === undefined || entity === undefined) return null
  return companyName({ tenant, domain, entity })
}

/** What a line says itself, or by its reference, of the company that it speaks of: most say nothing. */
export function companySaid(
  data: AuditRecord['data'],
): Partial<Readonly<Record<'tenant' | 'domain' | 'entity', string>>> {
  const { reference } = data
  const said = { ...(typeof reference === 'object' ? reference : {}), ...data } as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    ['tenant', 'domain', 'entity'].flatMap((name) => (typeof said[name] === 'string' ? [[name, said[name]]] : [])),
  )
}
