import { checkReferences } from '../mapping/checks.js'
import { differenceFrom, readHoldings, sameAmount, type Holding } from '../mapping/posted.js'
import { isoTime } from '../model/clock.js'
import type { ControlTotals, Plan, PlanEntry, Problem } from '../model/plan.js'
import { baseKeyOf, type Posted } from '../model/reference.js'
import type { Target } from './map.js'
import { record, type RecordOutcome } from './outcome.js'
import { readHeld } from './posted.js'
import { withoutDoubts, withReadiness } from './doubts.js'
import { appending } from './dry.js'
import type { Ports } from './ports.js'
import { periodsOf, push, refusalOf, type PushReport } from './push.js'
import type { Leftover } from './rest.js'

/** What a replay would do with the rest of one job, now that QAD was asked. */
export interface ReplayPlan {
  readonly plan: Plan
  /** Not sent as things stand: a period closed since, an account made inactive, another tenant. */
  readonly heldBack: readonly HeldBack[]
  /** No longer wanted, and what QAD holds of them all the same. */
  readonly superseded: readonly Superseded[]
  /** Whether QAD showed references of ours, so that what it does not show is not there. */
  readonly isProven: boolean
}

export interface HeldBack {
  readonly leftover: Leftover
  readonly problem: Problem
}

export interface Superseded {
  readonly leftover: Leftover
  readonly held: Posted | null
}

/**
 * Asks QAD for what earlier runs left undone and plans the rest: what is there is `same`, what is not is sent as it was
 * recorded, under the same key. Nothing is sent yet.
 * @throws MLC-Q033, MLC-Q503 … when QAD cannot be asked
 */
export async function planReplay(
  run: string,
  job: string,
  rest: readonly Leftover[],
  target: Target,
  ports: Ports,
): Promise<ReplayPlan> {
  const here = rest.filter((leftover) => foreign(leftover, target) === null)
  const { held, proven } = await readHeld(periodsOf(here), target.settleMs, ports)
  const stale = here.flatMap((leftover) => heldBackBy(leftover, stalenessOf(leftover, held)))
  const isStale = new Set(stale.map(({ leftover }) => leftover))
  const wanted = here.filter((leftover) => leftover.supersededBy === null && !isStale.has(leftover))
  const holdings = holdingsOf(wanted, held)
  const judged = wanted.map((leftover) => judge(leftover, holdings, held))
  const guards = await guardsOf(judged, target, ports)
  const isHeld = (verdict: Verdict) => verdict.entry !== null && guards.has(verdict.entry.reference.key)
  const open = judged.filter((verdict) => !isHeld(verdict))
  const plan: Plan = {
    ...planOf(run, job, target, ports),
    entries: open.flatMap(({ entry }) => entry ?? []),
    problems: open.flatMap(({ problem }) => problem ?? []),
  }
  return {
    plan: await withReadiness(await withoutDoubts(plan, ports), ports),
    heldBack: [
      ...judged.filter(isHeld).flatMap(({ leftover }) => heldBackBy(leftover, guards.get(leftover.reference.key))),
      ...stale,
      ...rest.flatMap((leftover) => heldBackBy(leftover, foreign(leftover, target))),
    ],
    superseded: [...supersededOf(here, wanted), ...open.flatMap((one) => (one.entry ? [] : [one.leftover]))].map(
      (leftover) => ({ leftover, held: held.get(leftover.reference.key)?.[0] ?? null }),
    ),
    isProven: proven,
  }
}

/** Posts what the plan says and closes in the audit what is settled without posting. */
export async function replay(planned: ReplayPlan, target: Target, ports: Ports): Promise<PushReport> {
  const { plan, heldBack, superseded, isProven } = planned
  const refusal = refusalOf(plan)
  // Before anything is closed: what is refused stays to be replayed.
  if (refusal) throw refusal
  for (const one of superseded) await closeSuperseded(one, isProven, ports)
  const refused: RecordOutcome[] = []
  for (const one of heldBack) refused.push(await holdBack(one, isProven, ports))
  await ports.journal.flush()
  const pushed =
    plan.entries.length > 0
      ? await push(plan, target, ports, 'part')
      : { run: plan.run, ...{ records: [] }, ...UNSTOPPED }
  const records = refused.map((outcome) => ({ action: 'blocked' as const, ...outcome }))
  return { ...pushed, records: [...pushed.records, ...records] }
}

const UNSTOPPED = { stopped: null, interrupted: false, sweep: null } as const

/** What every plan of a replay says of itself: it is not made from figures of its own, so there is nothing to add up. */
export function planOf(
  run: string,
  job: string,
  { tenant, domain, entity }: Target,
  { clock }: Ports,
): Omit<Plan, 'entries' | 'problems'> {
  const totals: ControlTotals = { rows: { pulled: 0, mapped: 0, ignored: 0, unmapped: 0 }, amounts: [] }
  const from = { figuresHash: '', mapHash: '', totals }
  return { schema: 'mlc/plan/1', run, job, madeAt: isoTime(clock), tenant, domain, entity, ...from }
}

/** A record that was made for another company or tenant is never posted into this one. */
export function foreign({ reference, tenant }: Leftover, target: Target): Problem | null {
  const { domain, entity, key } = reference
  if (domain === target.domain && entity === target.entity && (tenant ?? target.tenant) === target.tenant) return null
  const place = `${domain}/${entity} at ${tenant ?? 'an unknown address'}`
  const message = `it was made for ${place}, mlc.yaml names ${target.domain}/${target.entity} at ${target.tenant}`
  return { code: 'MLC-P012', key, message }
}

/** What was in doubt is there after all, and the figure has changed since: only a sync looks at both. */
function stalenessOf(
  { reference: { key, amount }, sent, supersededBy }: Leftover,
  held: ReadonlyMap<string, readonly Posted[]>,
): Problem | null {
  const stored = held.get(key)?.[0]
  if (supersededBy !== null || sent === null || stored === undefined) return null
  if (!sameAmount(stored.amount, sent) || sameAmount(stored.amount, amount)) return null
  const message = `QAD holds ${sent} under ${key}, as it was sent; the figure is ${amount} since, which mlc sync posts`
  return { code: 'MLC-P012', key, message }
}

interface Verdict {
  readonly leftover: Leftover
  /** Null: QAD holds a later revision, so this one is of no use any more. */
  readonly entry: PlanEntry | null
  readonly problem: Problem | null
}

/** What is to become of one leftover, by what QAD holds of its identity now. */
function judge(
  leftover: Leftover,
  holdings: ReadonlyMap<string, Holding>,
  held: ReadonlyMap<string, readonly Posted[]>,
): Verdict {
  const { reference, before, rows, total } = leftover
  const holding = holdings.get(baseKeyOf(reference.key)) ?? null
  const entry = (action: PlanEntry['action'], seen: Posted | null): PlanEntry => {
    return { action, reference, before: seen, rows, ...(total === null ? {} : { total }), residue: '0' }
  }
  const blocked = (message: string, seen: Posted | null): Verdict => {
    return { leftover, entry: entry('blocked', seen), problem: { code: 'MLC-Q022', key: reference.key, message } }
  }
  const stored = held.get(reference.key)?.[0]
  if (holding && holding.fault !== null) return blocked(holding.fault, holding.newest)
  if (stored && holding) {
    const difference = differenceFrom(reference, stored)
    if (difference !== null) return blocked(`QAD holds ${stored.key} with ${difference}`, holding.newest)
    if (!sameAmount(stored.amount, reference.amount))
      return blocked(`QAD holds ${stored.amount} under ${stored.key}, mlc sent ${reference.amount}`, holding.newest)
    return { leftover, entry: entry('same', before), problem: null }
  }
  if (!holding) {
    if (before === null) return { leftover, entry: entry('create', null), problem: null }
    return blocked(`QAD no longer shows ${before.key}, which this record revises`, null)
  }
  if (holding.revision > reference.revision) return { leftover, entry: null, problem: null }
  const isAsSeen = before?.key === holding.newest.key && sameAmount(before.amount, holding.newest.amount)
  if (isAsSeen) return { leftover, entry: entry('revise', holding.newest), problem: null }
  const { key, amount } = holding.newest
  return blocked(`QAD holds ${amount} under ${key}, which is not what the record was planned on`, holding.newest)
}

function holdingsOf(
  wanted: readonly Leftover[],
  held: ReadonlyMap<string, readonly Posted[]>,
): ReadonlyMap<string, Holding> {
  const bases = new Set(wanted.map(({ reference }) => baseKeyOf(reference.key)))
  return readHoldings([...held.values()].flat(), (baseKey) => bases.has(baseKey))
}

/** Masters change: a period may have been closed since, an account made inactive. Each holds back its own reference only. */
async function guardsOf(
  judged: readonly Verdict[],
  { limits }: Target,
  ports: Ports,
): Promise<ReadonlyMap<string, Problem>> {
  const toSend = judged.flatMap(({ entry }) =>
    entry?.action === 'create' || entry?.action === 'revise' ? [entry.reference] : [],
  )
  if (toSend.length === 0) return new Map()
  const problems = checkReferences(toSend, { chart: await ports.ledger().chart(), limits, owners: new Map() })
  return new Map(problems.map((problem) => [problem.key ?? '', problem]))
}

export function heldBackBy(leftover: Leftover, problem: Problem | null | undefined): HeldBack[] {
  return problem ? [{ leftover, problem }] : []
}

function supersededOf(here: readonly Leftover[], wanted: readonly Leftover[]): Leftover[] {
  const keys = new Set(wanted.map(({ reference }) => reference.key))
  return here.filter(({ supersededBy, reference }) => supersededBy !== null && !keys.has(reference.key))
}

/** What is not there is settled for good; what is there all the same is QAD's newest word, and the next sync meets it. */
async function closeSuperseded({ leftover, held }: Superseded, isProven: boolean, ports: Ports): Promise<void> {
  const { reference, state, supersededBy } = leftover
  const { amount } = reference
  if (held) return record('record.posted', reference, { amount, qadRef: held.qadRef, found: 'read-back' }, ports, LATER)
  const isCertain = !['open', 'unknown'].includes(state)
  if (!isCertain && !isProven) return
  const data = { resolution: 'not-posted', found: isCertain ? 'audit' : 'read-back', supersededBy, amount }
  await record('record.resolved', reference, data, ports, LATER)
}

async function holdBack({ leftover, problem }: HeldBack, isProven: boolean, ports: Ports): Promise<RecordOutcome> {
  const { reference, state } = leftover
  const { code, message } = problem
  const isInDoubt = state === 'open' || state === 'unknown'
  // QAD was asked (unless it is another QAD), and does not have it.
  if (isInDoubt && isProven && code !== 'MLC-P012')
    await record('record.failed', reference, { code, message }, ports, LATER)
  const status = isInDoubt && (!isProven || code === 'MLC-P012') ? ('unknown' as const) : ('failed' as const)
  return { reference, status, qadRef: null, code, message }
}

const LATER = { durable: false } as const

/** The ports of a replay: its lines stay with the run that made the record, and name the replay besides. */
export function replayPorts(ports: Ports, job: string, replayRun: string): Ports {
  const { journal } = ports
  const append: Ports['journal']['append'] = (entry, options) => {
    const isOwn = entry.run === replayRun
    return journal.append(isOwn ? entry : { ...entry, data: { ...entry.data, replay: replayRun } }, options)
  }
  return { ...appending(ports, append), jobName: job }
}
