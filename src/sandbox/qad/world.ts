import type { QxtendWorld } from './qxtend/world.js'

/** What a sandbox QAD Adaptive tenant holds and how it spells it. Written from the facts about QAD alone; knows nothing of the client. */
export interface QadWorld {
  readonly clients: readonly QadClient[]
  readonly users: readonly QadUser[]
  readonly companies: readonly QadCompany[]
  /** Name of the header, and of the query parameter where the tenant takes one, that choose the workspace. */
  readonly workspace: { readonly header: string; readonly query: string | null }
  readonly browses: readonly QadBrowse[]
  readonly lists: readonly QadList[]
  readonly component: QadComponent
  /** Journal entries over REST; null: the tenant offers none. */
  readonly journal?: QadJournal | null
  readonly swaggerPath: string
  /** Absent: the site has no QXtend. */
  readonly qxtend?: QxtendWorld
}

interface QadClient {
  /** 32 hex characters, one per environment. */
  readonly clientId: string
  /** With a secret and a user the client may use the client_credentials grant. */
  readonly secret?: string
  readonly username?: string
}

export interface QadUser {
  readonly username: string
  readonly password: string
  /** First one: the default workspace. */
  readonly workspaces: readonly string[]
  readonly role: 'writer' | 'reader'
  /** What record-level security hides: a browse of it answers 200 with no rows. */
  readonly hidden?: readonly Subject[]
}

export interface QadCompany {
  /** How the tenant names the workspace, such as `10USA_10USACO`. */
  readonly workspace: string
  readonly domain: string
  readonly entity: string
  readonly currencies: readonly string[]
  readonly accounts: readonly QadAccount[]
  readonly costCentres: readonly QadCostCentre[]
  readonly periods: readonly QadPeriod[]
  readonly balances: readonly QadBalance[]
  readonly daybooks: readonly QadDaybook[]
}

export interface QadAccount {
  readonly code: string
  readonly description: string
  /** STANDARD, BANK, SUPPCONTROL, … */
  readonly type: string
  readonly active: boolean
  /** Control accounts take automatic postings only; a reference is no posting and may name them. */
  readonly posting: 'Manual' | 'Automatic'
  /** COSTCENTER: a cost centre is required. */
  readonly analysis: 'NONE' | 'COSTCENTER'
}

export interface QadCostCentre {
  readonly code: string
  readonly description: string
  readonly active: boolean
}

export interface QadPeriod {
  readonly year: number
  readonly period: number
  /** First and last day, ISO. */
  readonly start: string
  readonly end: string
  readonly status: 'open' | 'locked' | 'reported' | 'future'
}

export interface QadBalance {
  readonly year: number
  readonly period: number
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  /** Plain decimal text, debit > 0. */
  readonly amount: string
  /** Absent: OFFICIAL. */
  readonly layer?: string
}

export interface QadDaybook {
  readonly code: string
  readonly description: string
  readonly type: string
  readonly control: 'FINANCIAL' | 'OPERATIONAL' | 'EXTERNAL'
  readonly layer: string
  readonly layerType: 'OFFICIAL' | 'MANAGEMENT' | 'TRANSIENT'
  readonly active: boolean
}

/** What a browse or list shows, in the sandbox's own words; `columns` say how the tenant spells each. */
export type Subject =
  'accounts' | 'costCentres' | 'periods' | 'balances' | 'daybooks' | 'references' | 'postings' | 'domains'

export interface QadBrowse {
  /** Such as `urn:browse:mfg:xxgl01`. */
  readonly id: string
  readonly of: Subject
  /** The sandbox's word → the tenant's dotted column, such as `code: 'ac_mstr.ac_code'`. Words not named are not shown. */
  readonly columns: Readonly<Record<string, string>>
  /** Applied unless the call filters the same word: a balance browse that shows the official layer only. */
  readonly preset?: Readonly<Record<string, string>>
}

/** A REST list: `GET /api/erp/costCenters` answers `{"data":{"costCenters":[…]}}`. */
export interface QadList {
  readonly path: string
  readonly plural: string
  readonly of: Subject
  readonly columns: Readonly<Record<string, string>>
}

/**
 * Journal entries as a component of the REST API. Its name was seen on a screenshot of QAD's training; path and fields are not
 * public, so a tenant of the sandbox has its own.
 */
export interface QadJournal {
  /** Such as `/api/erp/transientJournalEntries`. */
  readonly path: string
  /** Checks an entry and saves nothing; null: the tenant cannot. */
  readonly validatePath: string | null
  readonly viewUri: string
  /** Name of the collection in requests and answers. */
  readonly plural: string
  /** True: daybooks on a transient layer only. */
  readonly isTransient: boolean
  /** The sandbox's word → the tenant's name: daybook, year, period, date, voucher, text, secondText. */
  readonly header: Readonly<Record<string, string>>
  readonly lines: string
  /** account, subAccount, costCentre, project, currency, debit, credit, text. */
  readonly line: Readonly<Record<string, string>>
}

/** A custom business component exposed as a business document. */
export interface QadComponent {
  /** Such as `/api/bdoc/acme/recon/ReconReference`. */
  readonly path: string
  /** Name of the collection in answers. */
  readonly plural: string
  /** Such as `urn:be:com.acme.recon.IReconReference`. */
  readonly uri: string
  readonly fields: readonly QadField[]
}

export interface QadField {
  /** The sandbox's word: key, domain, entity, year, period, account, subAccount, costCentre, project, site, currency, measure, amount, … */
  readonly word: string
  /** The tenant's name. */
  readonly name: string
  readonly type: 'text' | 'integer' | 'decimal'
  readonly mandatory: boolean
  readonly maxLength?: number
}
