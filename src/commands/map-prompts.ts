import type { Context } from '../context.js'
import type { NewMapLine } from '../mapping/map-file.js'
import type { Job } from '../model/job.js'
import type { MapReport } from '../pipeline/map.js'
import { groupDigits } from '../terminal/amount.js'
import { visible } from '../terminal/sanitise.js'

type Open = MapReport['unmapped'][number]

/** Asks for each unmapped value, best suggestion first, and adds the answers to the map files. @returns how many were added */
export async function askForMappings(job: Job, report: MapReport, context: Context): Promise<number> {
  const answers = new Map<string, NewMapLine[]>()
  for (const open of report.unmapped) {
    const path = open.dimension === 'account' ? job.map.accounts : job.map.costCentres
    if (path === null || open.kind === 'ambiguous') {
      context.terminal.warn(
        `${open.dimension} ${JSON.stringify(visible(open.value))} cannot be mapped: the job names no map file for it`,
      )
      continue
    }
    const line = await askOne(open, context)
    if (line) answers.set(path, [...(answers.get(path) ?? []), line])
  }
  const store = await context.maps()
  for (const [path, lines] of answers) {
    await store.add(path, lines)
    context.terminal.note(`+ ${path}: ${lines.length} lines added`)
  }
  return [...answers.values()].flat().length
}

async function askOne(open: Open, context: Context): Promise<NewMapLine | null> {
  const named = `${open.dimension} ${JSON.stringify(visible(open.value))} (${open.rows} rows, ${groupDigits(open.amount)})`
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
    return { ...EMPTY, looker: open.value, ignore: true, reason: await context.prompts.input('Reason', NO_ONE) }
  const code = choice === 'type' ? await context.prompts.input('QAD code', NO_ONE) : choice.slice('code:'.length)
  return code.trim() === '' ? null : { ...EMPTY, looker: open.value, qad: code.trim() }
}

const NO_ONE = 'the value to the map file'

const EMPTY = { looker: '', qad: '', ignore: false, reason: '', from: null, to: null }
