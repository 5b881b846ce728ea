import { isBreak } from '../../model/break.js'
import { counted } from '../../model/counted.js'
import { fold } from '../../model/fold.js'
import { openBreaks, type LivingVariance } from '../../pipeline/breaks.js'
import { groupAmounts, groupDigits } from '../../terminal/amount.js'
import { columns, type Answer } from '../../terminal/report/evidence.js'
import { VERDICT_WORDS } from '../../terminal/report/report.js'
import { openRecord } from '../open-record.js'
import { ageOf } from '../reconcile-life.js'
import type { Gathered } from './gathered.js'
import { wasUsedBy, type MapCopy } from './maps.js'
import { unsettledOf } from './told.js'

export function mapAnswer({ maps, told }: Gathered): Answer {
  const usedBy = (map: MapCopy) => {
    const uses = told.runs.map((run) => ({ run: run.run, isSame: wasUsedBy(run, map) }))
    const since = uses.filter(({ isSame }) => isSame === false).map(({ run }) => run)
    if (since.length > 0) return `changed since, or other than used, in ${since.join(', ')}`
    return uses.some(({ isSame }) => isSame) ? 'as it is here' : 'by no run of the period'
  }
  const rows = maps.map((map) => [map.dimension, map.file, map.name, map.hash, usedBy(map)])
  return {
    question: 'By which map were Looker’s values translated, and has it changed since?',
    says: [
      rows.length === 0
        ? 'None: codes are taken as Looker gives them.'
        : 'The files are in the archive as they are today; each run names the hash of the file that it used (map.done in audit.jsonl).',
    ],
    tables: [{ columns: columns(['Of', 'File', 'In the archive', 'Hash', 'Used by the runs']), rows }],
  }
}

export function breaksAnswer({ report, period }: Gathered): Answer {
  const breaks = report.lines.unequal.filter((line) => line.period === period && isBreak(line))
  const open = openBreaks(breaks).length
  return {
    question: 'Which differences are there, and who explained them?',
    says: [
      breaks.length === 0
        ? 'None: every line is equal or within tolerance.'
        : `${counted(breaks.length, 'break')}, ${breaks.length - open} explained by a note, ${open} open. Explained is not equal: the difference stands.`,
    ],
    tables: [
      {
        columns: columns(['Key', 'Verdict', 'Age', 'Likely cause', 'Explained'], ['Looker', 'QAD', 'Variance']),
        rows: breaks.map(breakRow),
      },
    ],
  }
}

function breakRow(line: LivingVariance): string[] {
  const { key, verdict, cause, note, looker, ledger, variance } = line
  const said = note === null ? 'no' : `${STATES[note.state]}: ${note.text} (${note.by}, ${note.at})`
  const amounts = [looker ?? '—', ledger ?? '—', variance].map(groupDigits)
  return [key, VERDICT_WORDS[verdict], ageOf(line), groupAmounts(cause ?? ''), said, ...amounts]
}

const STATES = {
  explains: 'yes',
  moved: 'no, the amount has moved since',
  lapsed: 'no, the note was for earlier periods',
} as const

export function signedAnswer({ report, period }: Gathered): Answer {
  const signoffs = report.signoffs.filter((one) => one.period === period)
  const rows = signoffs.map(({ role, by, at, open, state, moved, hash }) => [
    ...[role, by, at, state === 'standing' ? 'stands' : `suspended: the ${moved ?? ''} have changed since`, hash],
    String(open),
  ])
  const now = report.hashes.get(period)?.hash ?? 'none'
  const [one, other] = signoffs.map(({ by }) => fold(by))
  return {
    question: 'Who prepared and who reviewed it?',
    says: [
      rows.length === 0
        ? 'Nobody has signed this period.'
        : 'A sign-off is bound to a hash over settings, lines and notes.',
      ...(one !== undefined && one === other ? ['The same user signed as preparer and as reviewer.'] : []),
      `The hash of this report is ${now}.`,
    ],
    tables: [{ columns: columns(['Role', 'By', 'When', 'State', 'Signed hash'], ['Open breaks when signed']), rows }],
  }
}

export function openAnswer({ told, report, period, slice, audit }: Gathered): Answer {
  const open = openBreaks(report.lines.unequal.filter((line) => line.period === period)).length
  const records = unsettledOf(told).map(openRecord)
  const { check, verdict, remarks } = audit
  return {
    question: 'What is still open, and can the record be trusted?',
    says: [
      `${counted(open, 'break is', 'breaks are')} open, ${counted(records.length, 'record is', 'records are')} not settled.`,
      `mlc audit verify: ${verdict.trim().replace(/\n\s*/, '; ')}.`,
      ...remarks,
      `audit.jsonl has ${counted(slice.length, 'line')} of the ${check.records}: each proves itself by its own hash; that none was left out is proved only by the whole audit, whose last line has the hash ${check.head}.`,
    ],
    tables: [
      {
        columns: columns(['Key', 'State', 'Code', 'Account', 'Cost centre', 'Currency', 'Run', 'Since'], ['Amount']),
        rows: records.map(({ key, state, code, account, costCentre, currency, run, since, amount }) =>
          [
            key,
            state,
            code,
            account,
            costCentre,
            currency,
            run,
            since,
            amount === null ? null : groupDigits(amount),
          ].map((cell) => cell ?? ''),
        ),
      },
    ],
  }
}
