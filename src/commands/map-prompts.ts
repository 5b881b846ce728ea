import type { Context } from '../context.js'
import type { NewMapLine } from '../mapping/map-file.js'
import type { Job } from '../model/job.js'
import type { MapReport } from '../pipeline/map.js'
import { groupDigits } from '../terminal/amount.js'
import { visible } from '../terminal/sanitise.js'
import { counted } from '../model/counted.js'

type Open = MapReport['unmapped'][number]

/** What may be typed: the active codes of QAD. */
export interface Codes {
  readonly accounts: ReadonlySet<string>
  readonly costCentres: ReadonlySet<string>
}

/** Asks for each unmapped value, best suggestion first, and adds the answers to the map files. @returns how many were added */
export async function askForMappings(job: Job, report: MapReport, codes: Codes, context: Context): Promise<number> {
  const answers = new Map<string, NewMapLine[]>()
  for (const open of report.unmapped) {
    const path = open.dimension === 'account' ? job.map.accounts : job.map.costCentres
    if (path === null || open.kind === 'ambiguous') {
      context.terminal.warn(
        `${open.dimension} ${JSON.stringify(visible(open.value))} cannot be mapped: the job names no map file for it`,
      )
      continue
    }
    const line = await askOne(open, open.dimension === 'account' ? codes.accounts : codes.costCentres, context)
    if (line) answers.set(path, [...(answers.get(path) ?? []), line])
  }
  const store = await context.maps()
  for (const [path, lines] of answers) {
    await store.add(path, lines)
    context.terminal.note(`+ ${path}: ${counted(lines.length, 'line')} added`)
  }
  return [...answers.values()].flat().length
}

async function askOne(open: Open, codes: ReadonlySet<string>, context: Context): Promise<NewMapLine | null> {
  const { measure = '', currency = '' } = open.amounts.find(({ amount }) => amount === open.amount) ?? {}
  const dimension = open.dimension === 'account' ? 'account' : 'cost centre'
  const named = `${dimension} ${JSON.stringify(visible(open.value))} (${counted(open.rows, 'row')}, ${measure} ${groupDigits(open.amount)} ${currency})`
  const suggested = open.suggestions.map(({ code, description, score }) => ({
    name: `${code}  ${visible(description)}  ${score.toFixed(2)}`,
    value: `code:${code}`,
  }))
  const choices = [
    ...suggested,
    { name: 'another code', value: 'type' },
    { name: 'ignore it, with a reason', value: 'ignore' },
    { name: 'leave it for now', value: 'leave' },
  ]
  const choice = await context.prompts.select(`Map ${named} to`, choices, NO_ONE)
  if (choice === 'leave') return null
  if (choice === 'ignore')
    return {
      ...EMPTY,
      looker: open.value,
      ignore: true,
      reason: await askUntil('Reason', (text) => text !== '', context),
    }
  if (choice !== 'type') return { ...EMPTY, looker: open.value, qad: choice.slice('code:'.length) }
  return { ...EMPTY, looker: open.value, qad: await askUntil('QAD code', (text) => codes.has(text), context) }
}

/** Asks again until the answer can be used: a line that cannot would stop every run after it. */
async function askUntil(question: string, isGood: (text: string) => boolean, context: Context): Promise<string> {
  for (;;) {
    const answer = (await context.prompts.input(question, NO_ONE)).trim()
    if (isGood(answer)) return answer
    context.terminal.warn(
      answer === '' ? `${question} is needed` : `${JSON.stringify(visible(answer))} is no active code in QAD`,
    )
  }
}

const NO_ONE = 'the value to the map file'

const EMPTY = { looker: '', qad: '', ignore: false, reason: '', from: null, to: null }
