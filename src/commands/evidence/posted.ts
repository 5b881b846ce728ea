import type { AuditLine } from '../../audit/read.js'
import { groupDigits } from '../../terminal/amount.js'
import { columns, type Answer } from '../../terminal/report/evidence.js'
import { sourceIn, stoodBefore, textIn } from '../trace/read.js'
import type { Gathered } from './gathered.js'
import { nameOf } from './queries.js'
import type { RunTold } from './told.js'

export function postedAnswer({ told, posted, elsewhere }: Gathered): Answer {
  const runs = told.runs.map((run) => [
    ...[run.run, run.first.at, whoOf(run.first), reasonsOf(run), run.done?.at ?? 'has not ended'],
    ...[run.sent, run.posted, run.unchanged].map(({ size }) => String(size)),
  ])
  const sums = posted.map(({ measure, currency, references, amount, postings, posted: sum }) => [
    ...[measure, currency, String(references), groupDigits(amount), String(postings), groupDigits(sum)],
  ])
  const none =
    told.runs.length === 0 ? ['No run of the period into this QAD stands in the audit: mlc posted nothing there.'] : []
  const others = elsewhere.map(
    (place) => `What runs of the job and period posted into ${place} is no part of this evidence.`,
  )
  const ask =
    told.runs.length === 0 ? [] : ['mlc trace KEY tells of one reference: who, when, why, and the rows behind it.']
  return {
    question: 'What was posted into QAD, by whom and when?',
    says: [...none, ...others, ...ask],
    tables: [
      { columns: columns(['Run', 'Began', 'By', 'Reason', 'Ended'], ['Sent', 'Posted', 'There already']), rows: runs },
      {
        columns: columns(
          ['Measure', 'Currency'],
          ['References', 'Newest amounts', 'Postings', 'Amounts of all postings'],
        ),
        rows: sums,
      },
    ],
  }
}

export function queryOfPostedAnswer({ told, report }: Gathered): Answer {
  const definitions = new Set(report.sources.map(({ definition }) => definition))
  const rows = told.runs.flatMap(({ run, pulled }) => {
    if (pulled === null) return []
    const source = sourceIn(pulled.data)
    const { definition = '?', filters = {} } = source ?? {}
    const asked = Object.entries(filters).map(([field, value]) => `${field} = ${value}`)
    const isSame = definitions.size === 0 ? 'not compared' : definitions.has(definition) ? 'yes' : 'no: another query'
    const hash = textIn(pulled.data, 'rowsHash') ?? '?'
    return [[run, source === null ? '?' : nameOf(source), asked.join(', '), definition, isSame, hash]]
  })
  return {
    question: 'From which query was it posted, and is that the query of the report?',
    says: [
      rows.length === 0
        ? 'No run of the period pulled figures.'
        : 'Each posted record names its run and the rows that were summed (data.rows of record.sent in audit.jsonl).',
    ],
    tables: [
      {
        columns: columns(['Run', 'Query', 'Filters', 'Definition', 'As the report’s', 'Hash of its rows']),
        rows,
      },
    ],
  }
}

export function approvedAnswer({ told }: Gathered): Answer {
  const rows = told.runs.flatMap(({ run, approved }) =>
    approved.map((line) => [
      ...[run, line.at, whoOf(line), textIn(line.data, 'approved') ?? '?', textIn(line.data, 'environment') ?? ''],
      ...[textIn(line.data, 'reason') ?? '', textIn(line.data, 'plan') ?? ''],
    ]),
  )
  return {
    question: 'Who approved the posting?',
    says: [
      rows.length === 0
        ? 'No approval stands in the audit for this period: nothing was sent that needs one.'
        : 'How: --yes is a flag, as scripts and schedules give it; else a person was shown the plan and answered. The plan is named by its hash.',
    ],
    tables: [{ columns: columns(['Run', 'When', 'By', 'How', 'Environment', 'Reason', 'Plan']), rows }],
  }
}

export function beforeAnswer({ told: { restated, outcomes } }: Gathered): Answer {
  const rows = restated.map(({ line, key, before }) => {
    const { account = '', costCentre = '' } = outcomes.get(key)?.reference ?? {}
    const became = outcomes.get(key)?.state ?? '?'
    const amounts = [stoodBefore(line.data) ?? before.amount, textIn(line.data, 'amount') ?? '?'].map(groupDigits)
    return [line.at, key, account, costCentre, whoOf(line), before.key, became, ...amounts]
  })
  return {
    question: 'What was there before?',
    says: [
      rows.length === 0
        ? 'Nothing: no reference of the period was sent in place of an earlier one.'
        : 'These references were sent in place of what QAD held of the same identity.',
    ],
    tables: [
      {
        columns: columns(['When', 'Key', 'Account', 'Cost centre', 'By', 'In place of', 'Came to'], ['Before', 'Sent']),
        rows,
      },
    ],
  }
}

export function whoOf({ actor: { user, host } }: AuditLine): string {
  return `${user}@${host}`
}

function reasonsOf({ first, approved, done }: RunTold): string {
  const lines = [first, ...approved, done]
  return [...new Set(lines.flatMap((line) => textIn(line?.data, 'reason') ?? []))].join('; ')
}
