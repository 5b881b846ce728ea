/** What a template may name. The contract of mlc.yaml lists the same words; anything else is refused when a template is loaded. */
export const ENTRY_NAMES = [
  ...['key', 'domain', 'entity', 'daybook', 'year', 'period', 'date', 'currency', 'measure', 'amount'],
  ...['description', 'source', 'run', 'revision', 'username', 'password', 'messageId', 'receiver', 'version'],
  ...['action', 'scopeTransaction', 'suppressResponseDetail'],
] as const

/** Inside the section `lines`, besides the names of the entry. */
export const LINE_NAMES = [
  ...['account', 'subAccount', 'costCentre', 'project', 'site', 'currency', 'debit', 'credit', 'text'],
  ...['first', 'last'],
] as const

/** In a query template besides: the periods asked for, `YYYY-PP`. */
export const QUERY_NAMES = ['from', 'to'] as const

type Texts<N extends string> = { readonly [name in N]?: string }

/** One line of an entry. `debit` and `credit` are plain decimals, the side that does not apply is zero. */
export type TemplateLine = Texts<Exclude<(typeof LINE_NAMES)[number], 'first' | 'last'>>

/** What a template is filled with, as exact text. A name that is absent renders as nothing. */
export type TemplateValues = Texts<(typeof ENTRY_NAMES)[number]> &
  Texts<(typeof QUERY_NAMES)[number]> & { readonly lines?: readonly TemplateLine[] }
