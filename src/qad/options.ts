import type { Template } from './template/template.js'

/**
 * The `qad:` section of mlc.yaml for kind adaptive, after defaults. What is optional may be absent, undefined or null:
 * all three mean "not configured".
 */
export interface AdaptiveOptions extends TenantOptions {
  readonly reads: ReadsOptions
  /** Null: the tenant is only read. */
  readonly write?: WriteOptions | null | undefined
  readonly limits: LimitOptions
}

/** Where a tenant is and how it is entered. */
export interface TenantOptions {
  /** The whole tenant URL, context root and environment segment included: nothing is appended to it by guess. */
  readonly baseUrl: string
  readonly domain: string
  readonly entity: string
  readonly auth: AuthOptions
  readonly workspace: WorkspaceOptions
  readonly http: HttpDoorOptions
}

/** A further flow is one file in auth/ and one member here. */
export type AuthOptions = OauthOptions | SessionOptions | BasicOptions

export interface OauthOptions {
  readonly type: 'oauth_password' | 'oauth_client_credentials'
  /** Under the base URL. */
  readonly tokenPath: string
  readonly logoutPath?: string | null | undefined
  /** What stands before the token in the Authorization header, its space included. */
  readonly headerPrefix: string
}

export interface SessionOptions {
  readonly type: 'session_json' | 'session_form'
  /** Under the base URL. */
  readonly loginPath: string
  readonly logoutPath?: string | null | undefined
  /** The one cookie that is kept and sent. */
  readonly cookieName: string
}

interface BasicOptions {
  readonly type: 'basic'
  readonly logoutPath?: string | null | undefined
}

interface WorkspaceOptions {
  /** header: the template's text in `header`. query: the same as parameters. none: the user's default applies. */
  readonly mode: 'header' | 'query' | 'none'
  readonly header: string
  /** `{domain}` and `{entity}` are filled in. */
  readonly template: string
}

export interface HttpDoorOptions {
  readonly readTimeoutMs: number
  /** Silence between two requests to the tenant. */
  readonly minGapMs: number
  readonly maxInFlight: number
  /** Further tries after the first, of what is safe to repeat. */
  readonly retries: number
  readonly caFile?: string | null | undefined
  readonly extraHeaders: Readonly<Record<string, string>>
}

export interface ReadsOptions {
  readonly glAccounts?: ReadOptions | null | undefined
  readonly costCentres?: ReadOptions | null | undefined
  readonly periods?: ReadOptions | null | undefined
  readonly balances?: ReadOptions | null | undefined
  readonly posted?: ReadOptions | null | undefined
  readonly daybooks?: ReadOptions | null | undefined
}

/** Where records are listed: a browse, or a REST path whose answer holds them under the dotted name `rows`. */
export interface ReadOptions {
  readonly browse?: string | null | undefined
  readonly path?: string | null | undefined
  readonly rows?: string | null | undefined
  /** Our name → the tenant's column. */
  readonly columns: Readonly<Record<string, string | null | undefined>>
  /** Words of the status column that mean "open"; case does not matter. */
  readonly openValues?: readonly Word[] | null | undefined
  /** field, operator, value; `{domain} {entity} {year} {period}` are filled in. */
  readonly filters?: readonly (readonly [string, string, Word])[] | null | undefined
  readonly pageSize?: number | null | undefined
  /** What stands before the decimals of an amount; a point unless told. */
  readonly decimalSeparator?: '.' | ',' | undefined
  /** Our name → the value where the tenant gives none. */
  readonly defaults?: Readonly<Record<string, Word | null | undefined>> | null | undefined
}

export type Word = string | number | boolean

/** A record of a component of the site's own, or an entry in a daybook. */
export type WriteOptions = BdocOptions | JournalOptions

export interface JournalOptions extends JournalForm {
  readonly target: 'journal'
  /** Under the base URL, such as `/api/erp/transientJournalEntries`. */
  readonly path: string
  /** Goes along in the query where it is set. */
  readonly viewUri?: string | null | undefined
  /** Where answers hold the entries: `data.<collection>`. */
  readonly collection?: string | null | undefined
  /** Checks an entry without saving it; null: the tenant has no such path. */
  readonly validatePath?: string | null | undefined
  /** Renders one entry. */
  readonly template: Template
  readonly settleSeconds: number
}

/** What an entry is made of besides the figure, and what it is known by again. */
export interface JournalForm {
  readonly daybook: string
  /** Takes the other side of every entry. */
  readonly offsetAccount: string
  /** Stands before the key in QAD. */
  readonly keyPrefix: string
  /** True: a layer that counts in the books is allowed, once a person has typed yes. */
  readonly allowOfficialLayer: boolean
}

export interface BdocOptions {
  readonly target: 'bdoc'
  /** Under the base URL: `/api/bdoc/<org>/<app>/<Component>`. */
  readonly path: string
  readonly batchSize: number
  /** Our name → the tenant's field; only those named are sent. */
  readonly fields: Readonly<Record<string, string | null | undefined>>
  readonly constants?: Readonly<Record<string, Word | null>> | null | undefined
  /** Exact text either way: a JSON number written digit for digit, or a JSON string. */
  readonly amountAs: 'number' | 'string'
  readonly settleSeconds: number
}

export interface LimitOptions {
  /** Longest description or source; what is longer is cut with an ellipsis. Codes and keys are refused before they get here. */
  readonly text?: number | null | undefined
}
