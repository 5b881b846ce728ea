import { EXIT, MlcError } from '../errors.js'
import { AUDIT_EVENTS, type AuditEvent } from '../audit/event.js'
import type { AuditLine } from '../audit/read.js'
import type { Context } from '../context.js'
import { parsePeriod, samePeriod, type Period } from '../model/period.js'
import { groupDigits } from '../terminal/amount.js'
import { visible } from '../terminal/sanitise.js'
import { table } from '../terminal/table.js'
import { formatFlag, type CommonFlags } from './flags.js'

/** `mlc audit verify`: needs neither network nor credentials. */
export async function runVerify(flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const { verifyAudit } = await import('../audit/verify.js')
  const folder = await context.auditFolder()
  const { ok, files, records, head, problems, moreProblems, torn } = await verifyAudit(folder)
  if (format === 'json') {
    await context.data(
      flags,
      `${JSON.stringify({ schema: 'mlc/audit/1', ok, files, records, head, problems, moreProblems, torn })}\n`,
    )
  } else {
    await context.data(
      flags,
      `${ok ? '+ Intact, as far as local files can show' : 'x Not intact'}: ${records} records, ${files} files in ${folder}\n  head ${head}\n`,
    )
    for (const { file, line, problem } of problems)
      context.terminal.warn(`${file} line ${line}: ${WORDS[problem] ?? problem}`)
    if (torn)
      context.terminal.note(`${torn.file}: the last line is torn (a run was cut off); the next run sets it aside`)
  }
  return ok ? EXIT.done : EXIT.audit
}

const WORDS: Readonly<Record<string, string>> = {
  hash: 'its content does not match its hash',
  prev: 'it does not follow the line before it',
  seq: 'its number does not follow the line before it',
  json: 'it cannot be read',
  blank: 'a blank line',
  shape: 'it is not an audit line',
  'missing-month': 'the month before it is missing',
}

export interface ShowFlags extends CommonFlags {
  readonly run?: string
  readonly job?: string
  readonly key?: string
  readonly event?: string
  readonly period?: string
}

/** `mlc audit show`: the records that meet all flags, oldest first. */
export async function runShow(flags: ShowFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'ndjson', 'json'])
  const { readAudit } = await import('../audit/read.js')
  const period = flags.period === undefined ? null : parsePeriod(flags.period)
  if (flags.period !== undefined && !period)
    throw new MlcError('MLC-C006', `--period is ${JSON.stringify(flags.period)}`, { fix: 'Write --period YYYY-PP.' })
  const event = flags.event === undefined ? null : eventOf(flags.event)
  const filter = {
    ...(flags.run === undefined ? {} : { run: flags.run }),
    ...(flags.job === undefined ? {} : { job: flags.job }),
    ...(flags.key === undefined ? {} : { key: flags.key }),
  }
  const output = await context.output(flags.output)
  const lines: string[][] = []
  const keys = new Set<string>()
  let first = true
  if (format === 'json') await output.write('{"schema":"mlc/audit-records/1","records":[')
  for await (const record of readAudit(await context.auditFolder(), filter)) {
    if (period && !isOfPeriod(record, period, keys)) continue
    if (event !== null && record.event !== event) continue
    if (format === 'table') lines.push(tableLine(record))
    else if (format === 'ndjson') await output.write(`${record.text}\n`)
    else await output.write(`${first ? '' : ','}\n${record.text}`)
    first = false
  }
  if (format === 'json') await output.write('\n]}\n')
  if (format === 'table') await output.write(await table(COLUMNS, lines))
  await output.end()
  return 0
}

function eventOf(name: string): AuditEvent {
  const found = AUDIT_EVENTS.find((event) => event === name)
  if (found !== undefined) return found
  throw new MlcError('MLC-C006', `--event is ${JSON.stringify(name)}`, {
    fix: `Use one of ${AUDIT_EVENTS.join(', ')}.`,
  })
}

const COLUMNS = [
  { title: 'SEQ', align: 'right' },
  { title: 'AT', align: 'left' },
  { title: 'RUN', align: 'left' },
  { title: 'JOB', align: 'left' },
  { title: 'EVENT', align: 'left' },
  { title: 'KEY', align: 'left' },
  { title: 'AMOUNT', align: 'right' },
  { title: 'WHO', align: 'left' },
] as const

function tableLine({ seq, at, run, job, event, key, data, actor }: AuditLine): string[] {
  const amount = typeof data['amount'] === 'string' ? groupDigits(data['amount']) : ''
  return [
    String(seq),
    at,
    run ?? '',
    visible(job ?? ''),
    event,
    key ?? '',
    amount,
    visible(`${actor.user}@${actor.host}`),
  ]
}

/** A line that carries the reference, or the period itself, tells; a later line of the same key goes with it. */
function isOfPeriod({ key, data }: AuditLine, period: Period, keys: Set<string>): boolean {
  if (typeof data['period'] === 'string') {
    const named = parsePeriod(data['period'])
    return named !== null && samePeriod(named, period)
  }
  const { reference } = data
  if (typeof reference === 'object' && reference !== null) {
    const { year, period: number } = reference as { year?: unknown; period?: unknown }
    if (year === period.year && number === period.period && key !== null) keys.add(key)
  }
  return key !== null && keys.has(key)
}
