import { fold } from './fold.js'
import type { Variance } from './variance.js'

/** A break as the last reconciliation of its period left it. */
export interface OpenBreak {
  readonly key: string
  /** Looker − ledger, plain decimal text. */
  readonly variance: string
  /** When it was first seen, in whichever period. ISO 8601, UTC. */
  readonly since: string
  /** The period in which it was first seen, `YYYY-PP`. */
  readonly firstPeriod: string
}

/** What a person wrote about a break, as the audit has it. */
export interface BreakNote extends View {
  readonly key: string
  readonly period: string
  /** The last period that it speaks of; null: its own alone. */
  readonly until: string | null
  readonly text: string
  /** The amount that it explains: it says nothing of another. */
  readonly variance: string
  readonly by: string
  /** ISO 8601, UTC. */
  readonly at: string
}

/**
 * A note as a line shows it. `explains`: the amount is the one it was written for. `moved`: it was written for another amount.
 * `lapsed`: it spoke of earlier periods only. Only the first settles anything.
 */
export interface NoteShown extends Pick<BreakNote, 'text' | 'by' | 'at' | 'until' | 'period' | 'variance'> {
  readonly state: 'explains' | 'moved' | 'lapsed'
}

export const ROLES = ['preparer', 'reviewer'] as const

export type Role = (typeof ROLES)[number]

/** A person's word that a reconciliation is right, as the audit has it. */
export interface SignOff extends View, ReportHash {
  readonly role: Role
  readonly period: string
  /** Breaks that were open when it was signed. */
  readonly open: number
  readonly by: string
  readonly at: string
}

/** `sha256:` and hex, of what was signed; nothing that changes by itself, such as times and ages, is part of it. */
export interface ReportHash {
  /** Of the settings, the lines and the notes that explain them. */
  readonly hash: string
  /** Of the amounts alone: tells whether they moved, or what they are judged by. */
  readonly figures: string
}

/**
 * Breaks of different views do not compare: an account summed up is another line than one of its cost centres, and the same account
 * of another company, or of a test tenant, is another account.
 */
export interface View {
  /** The whole address of the tenant. */
  readonly tenant: string
  readonly domain: string
  readonly entity: string
  readonly level: string
  readonly basis: string
}

/** A line that somebody has to settle: beyond the tolerance, or on one side alone. */
export function isBreak({ verdict }: Pick<Variance, 'verdict'>): boolean {
  return verdict !== 'equal' && verdict !== 'within'
}

/**
 * `5010/1200/USD/net_amount`: the same in every run and period of a job. What a level sums up is empty: `5010//USD/net_amount`.
 * A slash inside a code is spelled `%2F`.
 */
export function breakKeyOf({
  account,
  costCentre,
  currency,
  measure,
}: Pick<Variance, 'account' | 'costCentre' | 'currency' | 'measure'>): string {
  return `${spelled(account)}/${spelled(costCentre)}/${spelled(currency)}/${spelled(measure)}`
}

function spelled(code: string): string {
  return /[%/]/.test(code) ? code.replaceAll('%', '%25').replaceAll('/', '%2F') : code
}

/** Equal for two keys whose codes are the same to a reader. */
export function foldKey(key: string): string {
  return key.split('/').map(fold).join('/')
}

export function isSameView(a: View, b: View): boolean {
  return VIEW.every((name) => a[name] === b[name])
}

const VIEW = ['tenant', 'domain', 'entity', 'level', 'basis'] as const

/** The view alone, of whatever has one. */
export function viewOf({ tenant, domain, entity, level, basis }: View): View {
  return { tenant, domain, entity, level, basis }
}
