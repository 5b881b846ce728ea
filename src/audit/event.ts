/** The events an audit line can carry (CLI contract, section 5). */
export const AUDIT_EVENTS = [
  'run.started',
  'pull.done',
  'map.done',
  'plan.made',
  'record.sent',
  'record.posted',
  'record.same',
  'record.failed',
  'record.unknown',
  'record.conflict',
  'record.skipped',
  'record.resolved',
  'readback.mismatch',
  'delivery.received',
  'note.added',
  'signoff',
  'run.done',
  'audit.recovered',
] as const

export type AuditEvent = (typeof AUDIT_EVENTS)[number]

/** What a stage says; the journal adds v, seq, at, actor, prev and hash. Amounts are decimal text. Never a secret. */
export interface AuditEntry {
  readonly event: AuditEvent
  readonly run: string | null
  readonly job: string | null
  readonly key: string | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface AuditRecord extends AuditEntry {
  readonly v: 1
  readonly seq: number
  readonly at: string
  readonly actor: { readonly user: string; readonly host: string; readonly mlc: string }
  readonly prev: string
  readonly hash: string
}

/** The audit as the pipeline sees it: one line after another, hash-chained. */
export interface Journal {
  /**
   * On stable storage when the promise resolves, unless `durable` is false: then with the next durable line, or `flush`.
   * @throws MLC-A001 when the line cannot be written: then nothing may be sent
   */
  append(entry: AuditEntry, options?: { readonly durable: boolean }): Promise<void>
  flush(): Promise<void>
  /** Hash of the last line, where it is known: what the last reference of a run carries into QAD. */
  readonly head?: string | undefined
}
