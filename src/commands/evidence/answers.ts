import { counted } from '../../model/counted.js'
import { groupDigits } from '../../terminal/amount.js'
import { columns, type Answer } from '../../terminal/report/evidence.js'
import { doubts, heading, notCompared } from '../reconcile-report.js'
import { numberIn, readBackIn, textIn } from '../trace/read.js'
import type { Gathered } from './gathered.js'
import { breaksAnswer, mapAnswer, openAnswer, signedAnswer } from './judged.js'
import { approvedAnswer, beforeAnswer, postedAnswer, queryOfPostedAnswer } from './posted.js'
import { nameOf } from './queries.js'
import { wasDelivered, type RunTold } from './told.js'

/** The twelve questions that are asked of information that an entity produced, answered for this period. */
export function answersOf(gathered: Gathered): readonly Answer[] {
  return [
    madeAnswer(gathered),
    sourceAnswer(gathered),
    completeAnswer(gathered),
    accurateAnswer(gathered),
    postedAnswer(gathered),
    queryOfPostedAnswer(gathered),
    approvedAnswer(gathered),
    beforeAnswer(gathered),
    mapAnswer(gathered),
    breaksAnswer(gathered),
    signedAnswer(gathered),
    openAnswer(gathered),
  ]
}

function madeAnswer(gathered: Gathered): Answer {
  const { job, period, report, target, at, by, version } = gathered
  return {
    question: 'What is this, and who made it, when and how?',
    says: [
      `The figures of job ${job.name} against the ledger of QAD domain ${target.domain}, entity ${target.entity}, period ${period}.`,
      `Made at ${at} by ${by} with mlc ${version}, command mlc evidence.`,
      ...heading(job, period, report),
      `No amount was typed into it: they come from ${givenIn(gathered)} and the answers of QAD. Who did what comes from the audit.`,
    ],
    tables: [],
  }
}

/** Where the figures of the report come from. */
function givenIn({ report, told }: Gathered): 'a delivery' | 'the references in QAD' | 'the answers of Looker' {
  if (report.from === 'references') return 'the references in QAD'
  const runs = report.sources.map((source) => told.runs.find(({ run }) => run === source.run))
  return runs.some(wasDelivered) ? 'a delivery' : 'the answers of Looker'
}

const ORIGINS = {
  'a delivery':
    'They were delivered as a file or a webhook. A delivery is not signed: its name and SHA-256 are in audit.jsonl (delivery.received), but nothing proves that Looker made it.',
  'the answers of Looker':
    'Looker gave them. The definition is a hash over model, Explore, fields, filters and sorts: it changes when the query does.',
}

function sourceAnswer(gathered: Gathered): Answer {
  const { report } = gathered
  const given = givenIn(gathered)
  const rows = report.sources.map((source) => [
    ...[nameOf(source), source.period ?? 'named by the rows', source.ranAt, source.timeZone ?? 'of Looker'],
    ...[source.run ?? 'asked for this report', source.definition, String(source.rows)],
  ])
  const held = `The figures are the references that QAD holds, as of ${report.asOf}; Looker was not asked.`
  return {
    question: 'Where do the figures of the report come from?',
    says: [
      given === 'the references in QAD' ? held : ORIGINS[given],
      'Each query stands with fields, filters, time zone and its address in the folder queries.',
    ],
    tables: [{ columns: columns(['Query', 'Period', 'Answered', 'Time zone', 'Run', 'Definition'], ['Rows']), rows }],
  }
}

function completeAnswer(gathered: Gathered): Answer {
  const { job, report, told } = gathered
  const { ignoredRows, unmappedRows } = report
  const others = notCompared(job, report)
  return {
    question: 'Is the report complete?',
    says: [
      givenIn(gathered) === 'a delivery'
        ? 'mlc refuses a delivery that broke off, repeats a row or has as many rows as a limit lets through; what else is missing in it does not show.'
        : 'mlc refuses an answer of Looker that was cut, broke off or repeated itself, and rows of another period than the one asked for.',
      `Rows left out of the report: ${ignoredRows} that the map ignores, ${unmappedRows} not mapped, shown under Looker’s own names.`,
      'Every balance that the read of QAD shows is in it, also those without a figure in Looker.',
      ...(others === null ? [] : [`Not compared, because the ledger has one balance: ${others}.`]),
      ...doubts(job, report),
      ...(told.runs.some(({ mapped }) => mapped) ? ['For each run, pulled = mapped + ignored + unmapped:'] : []),
    ],
    tables: [
      {
        columns: columns(['Run', 'Measure', 'Currency', 'Ties'], ['Pulled', 'Mapped', 'Ignored', 'Unmapped']),
        rows: told.runs.flatMap(tieRows),
      },
      {
        columns: columns(['Run', 'Whole', 'Paging', 'Compared with Looker’s totals'], ['Rows', 'Query calls']),
        rows: told.runs.flatMap(pullRow),
      },
    ],
  }
}

/** The sums of a run as `map.done` has them. */
function tieRows({ run, mapped }: RunTold): string[][] {
  const totals = mapped?.data['totals']
  const amounts = isObject(totals) && Array.isArray(totals['amounts']) ? totals['amounts'].filter(isObject) : []
  return amounts.map((sums) => {
    const [pulled, placed, ignored, unmapped] = ['pulled', 'mapped', 'ignored', 'unmapped'].map((name) =>
      groupDigits(textIn(sums, name) ?? '?'),
    )
    const ties = sums['ties'] === true ? 'yes' : 'no'
    return [
      run,
      textIn(sums, 'measure') ?? '?',
      textIn(sums, 'currency') ?? '?',
      ties,
      pulled,
      placed,
      ignored,
      unmapped,
    ].map((cell) => cell ?? '?')
  })
}

function pullRow({ run, pulled }: RunTold): string[][] {
  if (pulled === null) return []
  const { data } = pulled
  const control = isObject(data['control']) ? 'yes, equal' : 'no'
  const counts = ['rows', 'requests'].map((name) => String(numberIn(data, name) ?? '?'))
  return [[run, data['complete'] === true ? 'yes' : 'no', textIn(data, 'paging') ?? '?', control, ...counts]]
}

function accurateAnswer(gathered: Gathered): Answer {
  const { report, told } = gathered
  const { summary, lines, totals } = report
  const sums = totals.map(({ measure, currency, ...amounts }) => [
    ...[measure, currency],
    ...[amounts.looker, amounts.ledger, amounts.net, amounts.gross].map(groupDigits),
  ])
  const readBack = told.runs.flatMap(({ run, done }) => {
    const counts = readBackIn(done?.data)
    return counts === null ? [] : [[run, String(counts.equal), String(counts.notRead)]]
  })
  return {
    question: 'Are its amounts right?',
    says: [
      `Amounts are exact decimals from ${givenIn(gathered)} to this page; none is rounded by binary floating point.`,
      `Of ${counted(lines.length, 'line')}: ${summary.equal} equal, ${summary.within} within tolerance, ${summary.outside} outside, ${summary.onlyLooker} only in Looker, ${summary.onlyLedger} only in QAD.`,
      'What is read back is compared with what was sent: amount, account, cost centre, currency and period.',
    ],
    tables: [
      { columns: columns(['Measure', 'Currency'], ['Looker', 'QAD', 'Net variance', 'Gross variance']), rows: sums },
      { columns: columns(['Run'], ['Read back and equal', 'Not read back']), rows: readBack },
    ],
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
