import type { Context } from '../context.js'
import { add, money, subtract, toText, ZERO, type Money } from '../model/money.js'
import { formatPeriod } from '../model/period.js'
import type { Plan, PlanEntry } from '../model/plan.js'
import { countActions, type MapReport } from '../pipeline/map.js'
import { describeSource } from '../pipeline/pull.js'
import type { RunHead } from '../pipeline/ports.js'
import { groupDigits } from '../terminal/amount.js'
import { visible } from '../terminal/sanitise.js'
import { table } from '../terminal/table.js'

/** More lines than this help nobody at a terminal; the plan file holds all. */
const MAX_LINES = 60

/** The plan as a person reads it, on stderr: what it is for, line by line, and that it ties to what Looker returned. */
export async function showPlan(plan: Plan, mapped: MapReport, head: RunHead, context: Context): Promise<void> {
  const { terminal } = context
  const { target, environment } = await context.settings()
  terminal.note(`${describeSource(head.source)}  ${head.pull.rows} rows${head.period ? `, period ${head.period}` : ''}`)
  terminal.note(`Target  QAD ${environment}  domain ${target.domain}  entity ${target.entity}`)
  const shown = plan.entries.slice(0, MAX_LINES)
  if (shown.length > 0) terminal.note((await table(COLUMNS, shown.map(line))).trimEnd())
  if (plan.entries.length > shown.length) terminal.note(`  … ${plan.entries.length - shown.length} more in ${mapped.file}`)
  for (const problem of unmappedLines(mapped)) terminal.warn(problem)
  for (const { code, message } of plan.problems.slice(0, MAX_LINES)) terminal.warn(`${code} ${message}`)
  terminal.note(totalsLine(plan))
  for (const total of controlLines(plan)) terminal.note(total)
}

/** Asks before anything is posted. In an environment called `prod` only a typed "yes" counts. */
export async function approvePlan(plan: Plan, environment: string, context: Context): Promise<boolean> {
  const { create, revise } = countActions(plan)
  if (context.flags.yes || create + revise === 0 || plan.problems.length > 0) return true
  const question = `Post ${create + revise} references to QAD ${environment}?`
  return environment === 'prod' ? context.prompts.typedYes(question) : context.prompts.confirm(question)
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
  return [SIGNS[action], place, reference.measure, formatPeriod(reference), groupDigits(reference.amount), reference.currency, held]
}

export function totalsLine(plan: Plan): string {
  const { create, revise, same, blocked } = countActions(plan)
  const created = sumOf(plan, 'create', ({ reference }) => money(reference.amount))
  const changed = sumOf(plan, 'revise', ({ reference, before }) => subtract(money(reference.amount), money(before?.amount ?? '0')))
  const parts = [
    `${create} to create (${groupDigits(toText(created, 2))})`,
    `${revise} to revise (${groupDigits(toText(changed, 2))})`,
    `${same} unchanged`,
    ...(blocked > 0 ? [`${blocked} blocked`] : []),
  ]
  return `Plan: ${parts.join(', ')}. After: ${plan.entries.length} references.`
}

/** mapped + ignored + unmapped = what Looker returned, to the cent, said every time. */
export function controlLines(plan: Plan): string[] {
  return plan.totals.amounts.map(({ measure, currency, pulled, mapped, ignored, unmapped, ties }) => {
    const shown = [mapped, ignored, unmapped].map(groupDigits)
    const sum = `mapped ${shown[0] ?? ''} + ignored ${shown[1] ?? ''} + unmapped ${shown[2] ?? ''}`
    return `${measure} ${currency}: ${sum} = Looker ${groupDigits(pulled)}   ${ties ? 'ok' : 'DOES NOT TIE'}`
  })
}

function unmappedLines(mapped: MapReport): string[] {
  return mapped.unmapped.map(({ dimension, value, rows, amount, suggestions }) => {
    const best = suggestions.map(({ code, description, score }) => `${code} ${description} ${score.toFixed(2)}`).join(', ')
    return `? ${dimension} ${JSON.stringify(visible(value))} is not mapped (${rows} rows, ${groupDigits(amount)})${best ? `; perhaps ${best}` : ''}`
  })
}

function sumOf(plan: Plan, action: PlanEntry['action'], amount: (entry: PlanEntry) => Money): Money {
  return plan.entries.filter((entry) => entry.action === action).reduce((sum, entry) => add(sum, amount(entry)), ZERO)
}
