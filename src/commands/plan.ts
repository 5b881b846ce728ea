import type { Context } from '../context.js'
import { add, isZero, money, subtract, toText, ZERO, type Money } from '../model/money.js'
import { formatPeriod } from '../model/period.js'
import type { Plan, PlanEntry } from '../model/plan.js'
import { countActions, type MapReport } from '../pipeline/map.js'
import { describeSource } from '../pipeline/pull.js'
import type { RunHead } from '../pipeline/ports.js'
import { groupDigits } from '../terminal/amount.js'
import { visible } from '../terminal/sanitise.js'
import { table } from '../terminal/table.js'
import type { CommonFlags } from './flags.js'

/** More lines than this help nobody at a terminal; the plan file holds all. */
const MAX_LINES = 60

/**
 * The plan as a person reads it, on stderr: what it is for, that it ties to what Looker returned, and line by line when somebody
 * is to decide on it. What stays as it is is counted, not listed.
 */
export async function showPlan(
  plan: Plan,
  mapped: MapReport,
  head: RunHead,
  context: Context,
  isDecision: boolean,
): Promise<void> {
  const { terminal } = context
  const { target, environment } = await context.settings()
  terminal.note(`${describeSource(head.source)}  ${head.pull.rows} rows${head.period ? `, period ${head.period}` : ''}`)
  terminal.note(`Target  QAD ${environment}  domain ${target.domain}  entity ${target.entity}`)
  if (isDecision) await listEntries(plan, mapped.file, context)
  for (const problem of unmappedLines(mapped)) terminal.warn(problem)
  for (const { code, message } of plan.problems.slice(0, MAX_LINES)) terminal.warn(`${code} ${message}`)
  terminal.note(totalsLine(plan))
  for (const total of controlLines(plan)) terminal.note(total)
}

async function listEntries(plan: Plan, file: string, { terminal }: Context): Promise<void> {
  const changes = plan.entries.filter(({ action }) => action !== 'same')
  const shown = changes.slice(0, MAX_LINES)
  if (shown.length > 0) terminal.note((await table(COLUMNS, shown.map(line))).trimEnd())
  if (changes.length > shown.length) terminal.note(`  … ${changes.length - shown.length} more in ${file}`)
}

/** Asks before anything is posted. In an environment called `prod` only a typed "yes" counts. */
export async function approvePlan(plan: Plan, environment: string, context: Context): Promise<boolean> {
  const { create, revise } = countActions(plan)
  if (context.flags.yes || create + revise === 0 || plan.problems.length > 0) return true
  const question = `Post ${create + revise} references to QAD ${environment}?`
  return environment === 'prod' ? context.prompts.typedYes(question) : context.prompts.confirm(question)
}

/** True when a person is to decide on the plan: they are asked, or asked to see it only. */
export function isDecision(flags: CommonFlags): boolean {
  return !flags.yes || (flags.dryRun ?? false)
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

const SIGNS = { create: '+ create', revise: '~ revise', same: '= same', blocked: 'x blocked' } as const

function line({ action, reference, before }: PlanEntry): string[] {
  const place = reference.costCentre === '' ? reference.account : `${reference.account}/${reference.costCentre}`
  const held = before ? groupDigits(before.amount) : ''
  return [
    SIGNS[action],
    place,
    reference.measure,
    formatPeriod(reference),
    groupDigits(reference.amount),
    reference.currency,
    held,
  ]
}

function totalsLine(plan: Plan): string {
  const { create, revise, same, blocked } = countActions(plan)
  // Amounts of different currencies or measures make no sum.
  const isOneSum = plan.totals.amounts.length === 1
  const shown = (sum: Money) => (isOneSum ? ` (${groupDigits(toText(sum, 2))})` : '')
  const created = sumOf(plan, 'create', ({ reference }) => money(reference.amount))
  const changed = sumOf(plan, 'revise', ({ reference, before }) =>
    subtract(money(reference.amount), money(before?.amount ?? '0')),
  )
  const counts = [
    `${create} to create${shown(created)}`,
    `${revise} to revise${revise > 0 ? shown(changed) : ''}`,
    `${same} unchanged`,
  ]
  return `Plan: ${[...counts, ...(blocked > 0 ? [`${blocked} blocked`] : [])].join(', ')}. After: ${plan.entries.length} references.`
}

/** mapped + ignored + unmapped = what Looker returned, said every time. `ok` is judged on the exact sums. */
function controlLines(plan: Plan): string[] {
  return plan.totals.amounts.map(({ measure, currency, pulled, mapped, ignored, unmapped, ties }) => {
    const [all, ...parts] = inCents([pulled, mapped, ignored, unmapped]).map(groupDigits)
    const sum = `mapped ${parts[0] ?? ''} + ignored ${parts[1] ?? ''} + unmapped ${parts[2] ?? ''}`
    return `${measure} ${currency}: ${sum} = Looker ${all ?? ''}   ${ties ? 'ok' : 'DOES NOT TIE'}`
  })
}

/** The sums to the cent, as a controller reads them, where the rounded sums still add up; else as they are. */
function inCents(sums: readonly [string, string, string, string]): readonly string[] {
  const rounded = sums.map((sum) => money(toText(money(sum), 2)))
  const [all = ZERO, ...parts] = rounded
  const addsUp = isZero(subtract(all, parts.reduce(add, ZERO)))
  return addsUp ? rounded.map((sum) => toText(sum, 2)) : sums
}

function unmappedLines(mapped: MapReport): string[] {
  return mapped.unmapped.map(({ dimension, value, rows, amount, suggestions }) => {
    const best = suggestions
      .map(({ code, description, score }) => `${code} ${description} ${score.toFixed(2)}`)
      .join(', ')
    return `? ${dimension} ${JSON.stringify(visible(value))} is not mapped (${rows} rows, ${groupDigits(amount)})${best ? `; perhaps ${best}` : ''}`
  })
}

function sumOf(plan: Plan, action: PlanEntry['action'], amount: (entry: PlanEntry) => Money): Money {
  return plan.entries.filter((entry) => entry.action === action).reduce((sum, entry) => add(sum, amount(entry)), ZERO)
}
