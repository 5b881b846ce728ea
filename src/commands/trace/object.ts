import type { Outcome } from '../../audit/outcomes.js'
import type { AuditLine } from '../../audit/read.js'
import type { AuditTrace, RevisionTrace, RunLines } from '../../audit/trace.js'
import type { AuditProblem } from '../../audit/verify.js'
import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import type { FigureSpec } from '../../model/job.js'
import { formatPeriod } from '../../model/period.js'
import { parseKey, type Reference } from '../../model/reference.js'
import { mapsOf, valuesOf, type MapUsed } from './maps.js'
import * as line from './read.js'
import { attempt, figureOf, type Figured } from './rows.js'

/** The `mlc/trace/1` object, which is also what people are shown. */
export type Traced = Awaited<ReturnType<typeof tracedObject>>

/** Whether the audit, which all of this is from, can be trusted. */
export interface AuditState {
  readonly ok: boolean
  readonly records: number
  readonly problems: readonly AuditProblem[]
}

/**
 * All that is known of one revision of a reference, and what became of the others.
 * @param told the one that is told in full
 */
export async function tracedObject(trace: AuditTrace, told: RevisionTrace, audit: AuditState, context: Context) {
  const { key, revision, outcome, sent } = told
  const origin = originOf(told, trace.runs)
  const figured = await figuresOf(told, origin, context)
  const replay = line.textIn(sent?.data, 'replay')
  const posting = trace.runs.get(replay ?? sent?.run ?? origin.run ?? '')
  const reasons = reasonsOf([origin.lines, posting])
  return {
    schema: 'mlc/trace/1',
    key,
    baseKey: outcome.baseKey,
    revision,
    qadRef: outcome.qadRef,
    amount: origin.reference?.amount ?? outcome.amount,
    currency: origin.reference?.currency ?? null,
    state: outcome.state,
    current: currentOf(trace.revisions),
    posted: postedObject(told, origin.reference, posting),
    before: sent ? line.postedIn(sent.data, 'before') : outcome.before,
    run: sent?.run ?? outcome.run,
    replay,
    job: sent?.job ?? outcome.job,
    period: origin.reference && formatPeriod(origin.reference),
    plan: planObject(origin.planned),
    source: sourceObject(origin.lines?.pulled?.data),
    ...figured,
    actor: (sent ?? told.settled ?? told.same)?.actor ?? null,
    approved: approvalOf(posting, sent),
    reason: reasons.at(-1) ?? null,
    reasons,
    revisions: trace.revisions.map(revisionObject),
    history: historyObjects(trace.history),
    earlier: trace.earlier,
    audit,
  }
}

/** Where a revision came from: the reference as it was sent, and what the run that made it says. */
interface Origin {
  readonly reference: Reference | null
  readonly run: string | null
  readonly lines: RunLines | undefined
  /** Of a run that was mapped again, the map and plan that were the newest when the reference was sent. */
  readonly mapped: AuditLine | undefined
  readonly planned: AuditLine | undefined
}

function originOf({ sent, outcome }: RevisionTrace, runs: AuditTrace['runs']): Origin {
  const reference = line.referenceIn(sent?.data) ?? outcome.reference
  const run = [reference?.run, sent?.run, outcome.run].find((one) => one && runs.get(one)?.pulled) ?? outcome.run
  const lines = runs.get(run ?? '')
  const inTime = ({ seq }: AuditLine) => sent === null || seq < sent.seq
  return { reference, run, lines, mapped: lines?.mapped.findLast(inTime), planned: lines?.planned.findLast(inTime) }
}

/** How the posting was approved: the last word before the reference was sent. */
function approvalOf(posting: RunLines | undefined, sent: AuditLine | null) {
  const note = sent && posting?.approved.findLast(({ seq }) => seq < sent.seq)
  return note ? { how: line.textIn(note.data, 'approved'), at: note.at, actor: note.actor } : null
}

async function figuresOf({ sent, outcome }: RevisionTrace, origin: Origin, context: Context) {
  const { reference, run, lines, mapped, planned } = origin
  const spec = line.figureIn(lines?.pulled?.data) ?? (await specKept(run, context))
  const maps = spec ? await mapsOf(spec, lines?.pulled?.job ?? null, mapped, context) : []
  const total = line.textIn(sent?.data, 'total') ?? outcome.total
  const amount = total ?? reference?.amount ?? ''
  const listed = sent ? line.rowNumbersIn(sent.data) : outcome.rows
  const hashes = {
    rowsHash: line.textIn(lines?.pulled?.data, 'rowsHash'),
    planHash: line.textIn(planned?.data, 'hash'),
  }
  const figured =
    run !== null && reference !== null
      ? await figureOf({ run, reference, amount, listed, ...hashes, maps }, context)
      : { ...NOTHING, remarks: ['no line of the audit carries the reference itself, so its rows cannot be told'] }
  const rows = figured.rows.map(({ row }) => row)
  return {
    rowNumbers: figured.rows.length > 0 ? figured.rows.map(({ number }) => number) : listed,
    rows,
    figure: {
      measure: reference?.measure ?? null,
      column: (reference && spec?.measures[reference.measure]) ?? null,
      rowCount: figured.rowCount,
      sum: figured.sum,
      sign: spec?.sign ?? null,
      rounding: line.roundingIn(mapped?.data),
      // Of a journal: its own amount is what it moved.
      total,
      residue: figured.residue,
      ties: figured.ties,
    },
    map: {
      hash: line.textIn(mapped?.data, 'mapHash'),
      at: mapped?.at ?? null,
      files: maps.map((map) => mapObject(map, reference ? valuesOf(map, rows, reference) : [])),
    },
    remarks: figured.remarks,
  }
}

/** Lines of earlier releases do not say which column is what. */
async function specKept(run: string | null, context: Context): Promise<FigureSpec | null> {
  if (run === null) return null
  const store = await context.runs()
  const head = await attempt(async () => store.head(run))
  return head instanceof MlcError ? null : head.figure
}

const NOTHING: Figured = { rows: [], rowCount: null, sum: null, residue: null, ties: null, remarks: [] }

function mapObject({ dimension, column, file, hash, unchanged }: MapUsed, values: ReturnType<typeof valuesOf>) {
  return { dimension, column, file, hash, unchanged, values }
}

function planObject(planned: AuditLine | undefined) {
  if (!planned) return null
  return { hash: line.textIn(planned.data, 'hash'), at: planned.at, tenant: line.textIn(planned.data, 'tenant') }
}

function sourceObject(data: AuditLine['data'] | undefined) {
  const source = line.sourceIn(data)
  if (!source) return null
  const { look = null, title = null, model = null, explore = null } = source
  const { queryId = null, exploreUrl = null, filters = {}, timeZone = null, definition = null } = source
  const rows = line.numberIn(data, 'rows')
  const ranAt = line.textIn(data, 'ranAt')
  return { look, title, model, explore, queryId, exploreUrl, filters, timeZone, definition, ranAt, rows }
}

/** The reference as it was sent, when, and what QAD was seen to have stored. */
function postedObject(told: RevisionTrace, reference: Reference | null, posting: RunLines | undefined) {
  const { outcome, sent, settled } = told
  const isThere = outcome.state === 'posted' || outcome.state === 'same'
  return {
    state: outcome.state,
    sentAt: sent?.at ?? null,
    at: isThere ? (settled?.at ?? told.same?.at ?? null) : null,
    code: outcome.code,
    message: line.textIn(settled?.data, 'message'),
    tenant: outcome.tenant,
    resolution: outcome.resolution,
    reference,
    readBack: readBackOf(told, posting),
  }
}

/** What QAD showed when it was last asked: by the end of the posting run, or by a later one. */
function readBackOf(told: RevisionTrace, posting: RunLines | undefined) {
  const { sent, settled, same, mismatch, outcome } = told
  const wasPosted = settled?.event === 'record.posted'
  const done = posting?.done && sent && posting.done.seq > sent.seq ? posting.done : null
  const counts = line.readBackIn(done?.data)
  const found = wasPosted && line.textIn(settled.data, 'found') !== null ? settled : null
  const confirmed = wasPosted && counts?.notRead === 0 ? done : null
  const looks = [found, confirmed, same, mismatch].filter((one) => one !== null && one.seq > (sent?.seq ?? 0))
  const last = looks.toSorted((a, b) => (a?.seq ?? 0) - (b?.seq ?? 0)).at(-1)
  if (last) {
    const stored = line.postedIn(last.data, 'stored')
    const result = last !== mismatch ? 'equal' : stored ? 'different' : 'not shown'
    return { result, at: last.at, run: last.run, stored, message: line.textIn(last.data, 'message') } as const
  }
  if (outcome.state !== 'posted') return null
  const result = counts && counts.notRead > 0 ? 'not read' : 'not known'
  return { result, at: null, run: null, stored: null, message: null } as const
}

/** What QAD holds of the identity, by the audit; null: nothing that is certain. */
function currentOf(revisions: readonly RevisionTrace[]) {
  const held = revisions.find(({ outcome }) => isHeld(outcome))
  if (!held) return null
  const { key, revision, outcome, mismatch } = held
  const stored = outcome.state === 'conflict' ? line.postedIn((mismatch ?? held.settled)?.data, 'stored') : null
  return { key, revision, amount: stored?.amount ?? outcome.amount, state: outcome.state }
}

function isHeld({ state, resolution }: Outcome): boolean {
  return state === 'posted' || state === 'same' || state === 'conflict' || resolution === 'posted'
}

/** What --reason said, oldest first, each once. */
function reasonsOf(runs: readonly (RunLines | undefined)[]): string[] {
  const lines = runs.flatMap((run) => (run ? [run.started, ...run.planned, ...run.approved, run.done] : []))
  return [...new Set(lines.map((one) => line.textIn(one?.data, 'reason')).filter((reason) => reason !== null))]
}

function revisionObject({ key, revision, outcome, sent, settled, same }: RevisionTrace) {
  const { state, amount, qadRef } = outcome
  const at = (settled ?? same ?? sent)?.at ?? outcome.at
  return {
    key,
    revision,
    amount: line.referenceIn(sent?.data)?.amount ?? amount,
    state,
    qadRef,
    at,
    run: sent?.run ?? outcome.run,
  }
}

/** A line that does not name the amount speaks of the one that an earlier line about its key named. */
function historyObjects(lines: readonly AuditLine[]) {
  const amounts = new Map<string | null, string | null>()
  return lines.map((each) => {
    const named = line.textIn(each.data, 'amount') ?? line.referenceIn(each.data)?.amount
    const amount = named ?? amounts.get(each.key) ?? null
    amounts.set(each.key, amount)
    return historyObject(each, amount)
  })
}

function historyObject(found: AuditLine, amount: string | null) {
  const { seq, at, event, run, job, key, data, actor, file, line: number } = found
  const told = key === null ? null : parseKey(key.toUpperCase())
  return {
    ...{ seq, at, event, run, job, key, revision: told?.revision ?? 1 },
    amount,
    code: line.textIn(data, 'code'),
    message: line.textIn(data, 'message'),
    qadRef: line.textIn(data, 'qadRef'),
    found: line.textIn(data, 'found'),
    resolution: line.textIn(data, 'resolution'),
    supersededBy: line.textIn(data, 'supersededBy'),
    reason: line.textIn(data, 'reason'),
    replay: line.textIn(data, 'replay'),
    ...{ actor, file, line: number },
  }
}
