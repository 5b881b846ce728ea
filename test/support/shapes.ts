/** The JSON that mlc promises, as a script of a user reads it. */
export interface SyncJson {
  readonly schema: string
  readonly exit_code: number
  readonly jobs: readonly SyncJob[]
}

export interface SyncJob {
  readonly job: string
  readonly run: string
  readonly period: string | null
  readonly exit_code: number
  readonly error?: ErrorJson
  readonly pull: { readonly rows: number; readonly complete: boolean; readonly requests: number } | null
  readonly map: { readonly mapped: number; readonly ignored: number; readonly unmapped: number } | null
  readonly push: Readonly<Record<'created' | 'revised' | 'same' | 'failed' | 'unknown' | 'conflict', number>> | null
  readonly records: readonly SyncRecord[]
}

export interface SyncRecord {
  readonly key: string
  readonly status: string
  readonly account: string
  readonly costCentre: string
  readonly measure: string
  readonly amount: string
  readonly revision: number
  readonly code: string | null
}

export interface ErrorJson {
  readonly schema: string
  readonly code: string
  readonly category: string
  readonly message: string
  readonly fix: string
  readonly exit_code: number
}

export interface PullJson {
  readonly schema: string
  readonly run: string | null
  readonly complete: boolean
  readonly paging: string
  readonly requests: number
  readonly rows: number
  readonly totals: Readonly<Record<string, string>>
  readonly data: readonly Readonly<Record<string, string | boolean | null>>[]
}

export interface MapJson {
  readonly schema: string
  readonly run: string
  readonly mapped: number
  readonly unmapped: readonly {
    readonly dimension: string
    readonly value: string
    readonly suggestions: readonly { readonly code: string; readonly score: number }[]
  }[]
  readonly problems: readonly { readonly code: string; readonly message: string }[]
  readonly plan: Readonly<Record<'create' | 'revise' | 'same' | 'blocked', number>> & {
    readonly file: string
    readonly hash: string
  }
}

export interface ReconcileJson {
  readonly schema: string
  readonly summary: Readonly<Record<string, number | string>>
  readonly lines: readonly Readonly<Record<string, string | number | null>>[]
}
