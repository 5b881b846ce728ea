import type { Context } from '../context.js'
import { add, isZero, money, subtract, toText, ZERO, type Money } from '../model/money.js'
import { roundingOf, type RoundingEffect } from '../mapping/rounding.js'
import { formatPeriod } from '../model/period.js'
import type { Plan, PlanEntry } from '../model/plan.js'
import { countActions, type MapReport } from '../pipeline/map.js'
import { because } from '../pipeline/pull.js'
import { describeSource } from '../pipeline/source-name.js'
import { refusalOf } from '../pipeline/push.js'
import type { Ports, RunHead } from '../pipeline/ports.js'
import { groupDigits } from '../terminal/amount.js'
import { visible } from '../terminal/sanitise.js'
import { table } from '../terminal/table.js'
import type { CommonFlags } from './flags.js'
import { counted } from '../model/counted.js'

/** More lines than this help nobody at a terminal; the plan file holds all. */
const MAX_LINES = 60

/**
 * The plan as a person reads it: what it is for, that it ties to what Looker returned, and line by line when somebody is to decide
 * on it. What stays as it is is counted, not listed. The lines are data where the plan is all that the command is to show.
 */
export async function showPlan(shown: ShownPlan, context: Context): Promise<void> {
  const { plan, mapped, head, lines } = shown
  const { terminal } = context
  const { target, environment } = await context.settings()
  terminal.note(
    `${describeSource(head.source)}  ${counted(head.pull.rows, 'row')}${head.period ? `, period ${head.period}` : ''}`,
  )
  terminal.note(`Target  QAD ${environment}  domain ${target.domain}  entity ${target.entity}`)
  if (lines !== 'none') await listEntries(plan, mapped?.file ?? 'the plan file', lines, context)
  for (const problem of unmappedLines(mapped)) terminal.warn(problem)
  for (const problem of problemLines(plan)) terminal.warn(problem)
  for (const warning of leftOverLines(mapped)) terminal.warn(warning)
  terminal.note(totalsLine(plan))
  for (const total of controlLines(plan)) terminal.note(total)
  for (const effect of roundingOf(plan.entries)) terminal.note(roundingLine(effect))
}

export interface ShownPlan {
  readonly plan: Plan
  /** What the mapping came to; null when the plan was made before. */
  readonly mapped: MapReport | null
  readonly head: RunHead
  /** Where the single lines go: `data` (stdout, --output), `remarks` (stderr), or nowhere. */
  readonly lines: 'data' | 'remarks' | 'none'
}

/** The lines are listed for whoever decides: as data when the plan is only shown, as remarks before the question. */
export function linesFor(flags: CommonFlags): ShownPlan['lines'] {
  if (flags.json || flags.format === 'json') return 'none'
  if (flags.dryRun) return 'data'
  return flags.yes ? 'none' : 'remarks'
}

export async function listEntries(
  plan: Plan,
  file: string,
  lines: 'data' | 'remarks',
  context: Context,
): Promise<void> {
  const changes = plan.entries.filter(({ action }) => action !== 'same')
  if (changes.length === 0) return
  if (lines === 'data') return context.data(context.flags, await table(COLUMNS, changes.map(line)))
  const shown = changes.slice(0, MAX_LINES)
  context.terminal.note((await table(COLUMNS, shown.map(line))).trimEnd())
  if (changes.length > shown.length) context.terminal.note(`  … ${changes.length - shown.length} more in ${file}`)
}

/** One line for what is the same of many references. */
export function problemLines(plan: Plan): string[] {
  const counts = new Map<string, number>()
  for (const { code, message } of plan.problems)
    counts.set(`${code} ${message}`, (counts.get(`${code} ${message}`) ?? 0) + 1)
  const lines = [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} references)`))
  return lines.length > MAX_LINES
    ? [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more problems in the plan file`]
    : lines
}

function leftOverLines(mapped: MapReport | null): string[] {
  const leftOver = mapped?.leftOver ?? []
  if (leftOver.length === 0) return []
  const named = leftOver
    .slice(0, 5)
    .map(({ account, costCentre, amount }) => `${account ?? '?'}/${costCentre ?? '?'} ${groupDigits(amount)}`)
  const more = leftOver.length > named.length ? ` and ${leftOver.length - named.length} more` : ''
  return [
    `QAD still holds ${counted(leftOver.length, 'reference')} of this job that its figures no longer produce: ${named.join(', ')}${more}.`,
    'Did the map change? mlc deletes nothing: have them removed in QAD, or the same figure counts twice there.',
  ]
}

/** A plan that somebody is to decide on. */
interface Proposed {
  readonly plan: Plan
  readonly hash: string
  readonly job: string
}

/**
 * Asks before anything is posted. In an environment called `prod` only a typed "yes" counts. How it was approved stands in the
 * audit, with who and where, before anything is sent.
 */
export async function approvePlan({ plan, hash, job }: Proposed, context: Context, ports: Ports): Promise<boolean> {
  const { create, revise } = countActions(plan)
  if (create + revise === 0 || refusalOf(plan) !== null) return true
  const { caution } = (await ports.ledger().ready?.()) ?? { caution: null }
  if (caution !== null && !context.prompts.canAsk) return true
  const { environment } = await context.settings()
  const warning = caution === null ? '' : `${caution}. `
  const question = `${warning}Post ${counted(create + revise, 'reference')} to QAD ${environment}?`
  const mustType = environment === 'prod' || caution !== null
  const ask = () => (mustType ? context.prompts.typedYes(question) : context.prompts.confirm(question))
  const isWaved = context.flags.yes === true && caution === null
  if (!isWaved && !(await ask())) return false
  if (caution !== null) ports.ledger().consent?.()
  const approved = isWaved ? '--yes' : mustType ? 'typed yes' : 'answered yes'
  const data = { approved, create, revise, plan: hash, environment, ...because(ports) }
  await ports.journal.append({ event: 'note.added', run: plan.run, job, key: null, data })
  return true
}

const COLUMNS = [
  { title: '', align: 'left' },
  { title: 'ACCOUNT/CC', align: 'left' },
  { title: 'MEASURE', align: 'left' },
  { title: 'PERIOD', align: 'left' },
  { title: 'AMOUNT', align: 'right' },
  { title: 'CUR', align: 'left' },
  { title: 'IN QAD', align: 'right' },
] as const

const SIGNS = { create: '+ create', revise: '~ revise', same: '= same', blocked: 'x blocked', skip: '. zero' } as const

function line(entry: PlanEntry): string[] {
  const { action, reference } = entry
  const place = reference.costCentre === '' ? reference.account : `${reference.account}/${reference.costCentre}`
  const held = heldBefore(entry)
  return [
    SIGNS[action],
    place,
    reference.measure,
    formatPeriod(reference),
    groupDigits(reference.amount),
    reference.currency,
    held === null ? '' : groupDigits(held),
  ]
}

/** What QAD held when the plan was made; of a journal, all its revisions together. */
function heldBefore({ action, reference, before, total }: PlanEntry): string | null {
  if (before === null || total === undefined || action === 'blocked') return before?.amount ?? null
  return action === 'same' ? total : toText(subtract(money(total), money(reference.amount)))
}

function totalsLine(plan: Plan): string {
  const { create, revise, same, blocked, skip } = countActions(plan)
  // Amounts of different currencies or measures make no sum.
  const isOneSum = plan.totals.amounts.length === 1
  const shown = (sum: Money) => (isOneSum ? ` (${groupDigits(toText(sum, 2))})` : '')
  const created = sumOf(plan, 'create', ({ reference }) => money(reference.amount))
  const changed = sumOf(plan, 'revise', (entry) =>
    subtract(money(entry.total ?? entry.reference.amount), money(heldBefore(entry) ?? '0')),
  )
  const counts = [
    `${create} to create${shown(created)}`,
    `${revise} to revise${revise > 0 ? shown(changed) : ''}`,
    `${same} unchanged`,
  ]
  return `Plan: ${[...counts, ...(blocked > 0 ? [`${blocked} blocked`] : []), ...(skip > 0 ? [`${skip} zero, which post nothing`] : [])].join(', ')}.`
}

/** mapped + ignored + unmapped = what Looker returned, said every time. `ok` is judged on the exact sums. */
function controlLines(plan: Plan): string[] {
  return plan.totals.amounts.map(({ measure, currency, pulled, mapped, ignored, unmapped, ties }) => {
    const [all, ...parts] = inCents([pulled, mapped, ignored, unmapped]).map(groupDigits)
    const sum = `mapped ${parts[0] ?? ''} + ignored ${parts[1] ?? ''} + unmapped ${parts[2] ?? ''}`
    return `${measure} ${currency}: ${sum} = Looker ${all ?? ''}   ${ties ? 'ok' : 'DOES NOT TIE'}`
  })
}

/** What is posted differs from what Looker says by so much, and by no more. */
function roundingLine({ measure, currency, amounts, difference, largest }: RoundingEffect): string {
  const changed = counted(amounts, 'amount')
  return `${measure} ${currency}: rounding changed ${changed} by ${difference} in all (at most ${largest} each)`
}

/** The sums to the cent, as a controller reads them, where the rounded sums still add up; else as they are. */
function inCents(sums: readonly [string, string, string, string]): readonly string[] {
  const rounded = sums.map((sum) => money(toText(money(sum), 2)))
  const [all = ZERO, ...parts] = rounded
  const addsUp = isZero(subtract(all, parts.reduce(add, ZERO)))
  return addsUp ? rounded.map((sum) => toText(sum, 2)) : sums
}

function unmappedLines(mapped: MapReport | null): string[] {
  return (mapped?.unmapped ?? []).slice(0, MAX_LINES).map(({ dimension, value, rows, amount, suggestions }) => {
    const best = suggestions
      .map(({ code, description, score }) => `${code} ${description} ${score.toFixed(2)}`)
      .join(', ')
    return `? ${dimension} ${JSON.stringify(visible(value))} is not mapped (${counted(rows, 'row')}, ${groupDigits(amount)})${best ? `; perhaps ${best}` : ''}`
  })
}

function sumOf(plan: Plan, action: PlanEntry['action'], amount: (entry: PlanEntry) => Money): Money {
  return plan.entries.filter((entry) => entry.action === action).reduce((sum, entry) => add(sum, amount(entry)), ZERO)
}
