import { groupDigits } from '../../terminal/amount.js'
import { visibleLine } from '../../terminal/sanitise.js'
import type { Traced } from './object.js'
import { counted } from '../../model/counted.js'

/** A trace as a person reads it, on one screen of 80 columns. Hashes are shortened; --json has all of them. */
export function tracedText(traced: Traced): string {
  return [
    headline(traced),
    ...PARTS.flatMap(([label, lines]) => section(label, lines(traced))),
    'history',
    ...historyLines(traced)
      .flatMap((line) => wrap(visibleLine(line), WIDTH - 2))
      .map((line) => `  ${line}`),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

const WIDTH = 80
const LABEL = 8

const PARTS: readonly (readonly [string, (traced: Traced) => readonly string[]])[] = [
  [
    'state',
    ({ state, posted }) => [posted.resolution === 'posted' ? 'settled: a person found it in QAD' : STATES[state]],
  ],
  ['place', placeLines],
  ['QAD', qadLines],
  ['before', beforeLines],
  ['now', nowLines],
  ['Looker', lookerLines],
  ['open', ({ source }) => (source?.exploreUrl ? [source.exploreUrl] : [])],
  ['rows', rowLines],
  ['figure', figureLines],
  ['map', mapLines],
  ['run', runLines],
  ['by', byLines],
]

function headline({ key, revision, amount, currency }: Traced): string {
  return visibleLine(`${key}  ${amountText(amount)} ${currency ?? ''}  revision ${revision}`)
}

const STATES: Readonly<Record<Traced['state'], string>> = {
  posted: 'posted',
  same: 'posted, and unchanged since',
  open: 'IN DOUBT: sent, and no answer is recorded',
  unknown: 'IN DOUBT: it is not known whether QAD holds it',
  failed: 'FAILED: QAD does not hold it',
  conflict: 'CONFLICT: QAD holds something else',
  skipped: 'NOT SENT: the run stopped before it',
  resolved: 'settled: QAD does not hold it',
}

function placeLines({ posted, period }: Traced): string[] {
  const { reference } = posted
  if (!reference) return []
  const { account, costCentre, subAccount, project, site, measure, domain, entity, description } = reference
  const codes = [
    costCentre === '' ? account : `${account}/${costCentre}`,
    subAccount && `sub-account ${subAccount}`,
    project && `project ${project}`,
    site && `site ${site}`,
  ]
  const company = `${domain}/${entity}`
  return [[...codes.filter(Boolean), measure, period ?? '', company].join('  '), description]
}

function qadLines({ qadRef, posted }: Traced): string[] {
  const { sentAt, at, readBack, code, message, tenant } = posted
  const times = [sentAt && `sent ${sentAt}`, at && `posted ${at}`].filter(Boolean).join(', ')
  return [
    qadRef ?? '',
    sentAt === null ? (NOT_SENT[posted.state] ?? '') : times,
    tenant ?? '',
    code === null ? '' : `${code} ${message ?? ''}`,
    readBack ? readBackText(readBack) : '',
  ].filter((line) => line !== '')
}

/** Why no line announces a request: where the state alone does not say it. */
const NOT_SENT: Partial<Record<Traced['state'], string>> = {
  same: 'mlc did not send it: QAD held it when mlc first looked',
  conflict: 'mlc did not send it: QAD held something else when mlc first looked',
}

function readBackText({ result, at, run, stored, message }: NonNullable<Traced['posted']['readBack']>): string {
  switch (result) {
    case 'equal':
      return `equal in QAD at ${brief(at ?? '')}, run ${run ?? ''}`
    case 'different':
      return `DIFFERENT IN QAD at ${brief(at ?? '')}: ${message ?? ''}${stored ? `; QAD shows ${groupDigits(stored.amount)}` : ''}`
    case 'not shown':
      return `NOT SHOWN BY QAD at ${brief(at ?? '')}: ${message ?? ''}`
    case 'not read':
      return 'NOT READ BACK: qad.reads.posted is not configured, or could not be read'
    case 'not known':
      return 'not known to have been read back: the run did not come to its end'
  }
}

function beforeLines({ before, posted }: Traced): string[] {
  if (before)
    return [
      `${groupDigits(before.amount)} under ${before.key}${before.revision === null ? '' : ` (revision ${before.revision})`}`,
    ]
  return posted.sentAt === null && posted.state !== 'skipped' ? [] : ['nothing: QAD held no such reference']
}

/** What QAD holds now, where that is something else than the revision told above; and the other revisions. */
function nowLines({ key, current, revisions, revision }: Traced): string[] {
  const holds =
    current === null
      ? ['QAD is not known to hold any revision of it']
      : current.key === key
        ? []
        : [
            `QAD holds ${groupDigits(current.amount ?? '')} under ${current.key}${current.revision > revision ? ', newer than this' : ''}`,
          ]
  const others = revisions
    .filter((one) => one.key !== key)
    .map((one) => `revision ${one.revision}  ${amountText(one.amount)}  ${one.state}  ${brief(one.at)}`)
  return [...holds, ...others]
}

function lookerLines({ source }: Traced): string[] {
  if (!source) return ['not in the audit']
  const { look, title, model, explore, queryId, definition, filters, timeZone, ranAt, rows } = source
  const name = look === null ? 'query' : `Look ${look}${title === null ? '' : ` "${title}"`}`
  const conditions = Object.entries(filters).map(([field, value]) => `${field}=${JSON.stringify(value)}`)
  return [
    `${name}  ${model ?? '?'}/${explore ?? '?'}  ${counted(rows ?? '?', 'row')}`,
    `ran ${ranAt ?? '?'}  time zone ${timeZone ?? 'of the connection'}`,
    `filters ${conditions.join(' ') || 'none'}`,
    `query ${queryId ?? '?'}  definition ${short(definition)}`,
  ]
}

/** More rows than this fill the screen; --json has up to 1,000. */
const MOST_SHOWN = 6

function rowLines({ rows, rowNumbers, figure }: Traced): string[] {
  if (rows.length === 0) return rowNumbers.length === 0 ? [] : [`${listed(rowNumbers)} (no longer kept)`]
  const shown = rows.slice(0, MOST_SHOWN).map((row, index) => {
    const cells = Object.entries(row).map(([name, cell]) => `${name}=${cell === null ? '' : String(cell)}`)
    return `${rowNumbers[index] ?? '?'}  ${cells.join(' ')}`
  })
  const rest = (figure.rowCount ?? rows.length) - shown.length
  return rest > 0 ? [...shown, `… ${rest} more: ${listed(rowNumbers.slice(shown.length))}`] : shown
}

function listed(numbers: readonly number[]): string {
  const [first = ''] = numbers
  if (numbers.length === 1) return `row ${first}`
  const some = numbers.slice(0, 12)
  return `rows ${some.join(', ')}${numbers.length > some.length ? ', …' : ''}`
}

/** The figure's arithmetic: what was summed, the sign, and what rounding took away. */
function figureLines({ figure, amount }: Traced): string[] {
  const { column, rowCount, sum, sign, rounding, residue, ties, total } = figure
  if (sum === null) return []
  const how = rounding === null ? 'rounded' : `rounded to ${rounding.scale} places ${rounding.mode}`
  const signed = sign === -1 ? ', sign reversed' : ''
  return [
    `${column ?? ''} of ${counted(rowCount ?? '?', 'row')} = ${groupDigits(sum)}${signed}, ${how} = ${amountText(total ?? amount)}`,
    ...(total === null ? [] : [`of which this revision moves ${amountText(amount)}`]),
    `residue ${residue ?? '?'}   ${ties ? 'ties' : 'DOES NOT TIE'}`,
  ]
}

function mapLines({ map }: Traced): string[] {
  return map.files.flatMap(({ column, file, hash, unchanged, values }) => {
    const where = file === null ? 'codes are taken as they are' : `${file} ${short(hash)}`
    const state = unchanged === false ? ', changed since' : unchanged === null && file !== null ? ', not found' : ''
    const shown = values.slice(0, MOST_SHOWN).map(({ looker, qad, line }) => {
      return `${JSON.stringify(looker)} → ${qad}${line === null ? '' : ` (line ${line})`}`
    })
    const rest = values.length > shown.length ? `, … ${values.length - shown.length} more` : ''
    return [`${column} ${shown.join(', ')}${rest}`.trimEnd(), `  ${where}${state}`]
  })
}

function runLines({ run, replay, job, plan }: Traced): string[] {
  const line = `${run ?? '?'}  job ${job ?? '?'}  plan ${short(plan?.hash ?? null)}`
  return replay === null ? [line] : [line, `sent by replay ${replay}`]
}

function byLines({ actor, approved, reasons }: Traced): string[] {
  const who = actor ? `${actor.user}@${actor.host}  mlc ${actor.mlc}` : '?'
  const how = approved ? `  approved by ${approved.how ?? '?'}` : ''
  return [`${who}${how}`, ...reasons.map((reason) => `because ${JSON.stringify(reason)}`)]
}

/** Later lines tell more than a year of unchanged ones. */
const MOST_LINES = 12

function historyLines({ history, earlier, job, baseKey }: Traced): string[] {
  const told: string[] = []
  let same = 0
  for (const [index, one] of history.entries()) {
    if (one.event === 'record.same' && history[index + 1]?.event === 'record.same') {
      same += 1
      continue
    }
    const times = same > 0 ? ` (${same + 1} runs)` : ''
    same = 0
    told.push(`${eventLine(one)}${times}${one.job === job ? '' : `  job ${one.job ?? '?'}`}`)
    const note = noteOf(one)
    if (note !== '') told.push(`  ${note}`)
  }
  const kept = told.slice(-MOST_LINES)
  return earlier > 0 || told.length > kept.length ? [`… earlier: mlc audit show --key ${baseKey}`, ...kept] : kept
}

function eventLine({ at, event, revision, amount, run }: Traced['history'][number]): string {
  const name = event.replace(/^(record|readback)\./, '').padEnd(8)
  return `${brief(at)}  ${name}  R${revision}  ${amountText(amount).padStart(12)}  ${run ?? ''}`
}

function noteOf({ code, message, reason, resolution, supersededBy, found, replay }: Traced['history'][number]): string {
  const words = [
    code,
    message ?? reason,
    resolution,
    supersededBy && `superseded by ${supersededBy}`,
    found && `found by ${found}`,
    replay && `replay ${replay}`,
  ]
  return words.filter(Boolean).join('  ')
}

/** A label and its lines, wrapped between words; what has no blank, such as an address, stays in one piece. */
function section(label: string, lines: readonly string[]): string[] {
  const wrapped = lines.flatMap((line) => wrap(visibleLine(line), WIDTH - LABEL))
  return wrapped.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL)}${line}`)
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S)(?= )/)) {
    if (line !== '' && line.length + word.length > width) {
      lines.push(line)
      line = `    ${word.trimStart()}`
    } else line += word
  }
  return [...lines, line]
}

function amountText(amount: string | null): string {
  return amount === null ? '?' : groupDigits(amount)
}

function brief(at: string): string {
  return `${at.slice(0, 19)}Z`
}

function short(hash: string | null): string {
  return hash === null ? '?' : hash.slice(0, 'sha256:'.length + 12)
}
