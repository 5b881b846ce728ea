import type { AuditLine } from '../../audit/read.js'
import type { ReconcileReport } from '../../pipeline/reconcile.js'
import { visibleLine } from '../../terminal/sanitise.js'
import { numberIn, sourceIn, textIn } from '../trace/read.js'
import type { RunTold } from './told.js'

/** Each question that Looker was asked: those of the report, then those of the runs that posted, as the audit has them. */
export function queriesText(report: ReconcileReport, runs: readonly RunTold[]): string {
  const asked = report.sources.map((source) => [
    `Of the report${source.run === null ? '' : `, from run ${source.run}`}`,
    ...sourceLines(source),
    `  rows ${source.rows}, answered ${source.ranAt}`,
    ...source.definitionLines.map((line) => `  asks: ${line}`),
  ])
  const held =
    report.from === 'references' ? [['Of the report: the references that QAD holds; Looker was not asked.']] : []
  const pulled = runs.flatMap(({ run, pulled }) => (pulled === null ? [] : [[`Of run ${run}`, ...pulledLines(pulled)]]))
  return [...held, ...asked, ...pulled].map((lines) => `${lines.map(visibleLine).join('\n')}\n`).join('\n')
}

function pulledLines({ data }: AuditLine): string[] {
  const source = sourceIn(data)
  return [
    ...(source === null ? ['  its query is not in the audit'] : sourceLines(source)),
    `  rows ${numberIn(data, 'rows') ?? '?'}, answered ${textIn(data, 'ranAt') ?? '?'}, paging ${textIn(data, 'paging') ?? '?'}`,
    `  hash of its rows ${textIn(data, 'rowsHash') ?? '?'}`,
  ]
}

interface Asked {
  readonly look?: string | null
  readonly title?: string | null
  readonly model?: string
  readonly explore?: string
  readonly queryId?: string | null
  readonly timeZone?: string | null
  readonly definition?: string
  readonly exploreUrl?: string | null
  readonly filters?: Readonly<Record<string, string>>
}

function sourceLines(asked: Asked): string[] {
  const { model, explore, timeZone, definition, exploreUrl, filters = {} } = asked
  return [
    `  ${nameOf(asked)}`,
    ...(model === undefined ? [] : [`  model ${model}, explore ${explore ?? '?'}`]),
    `  time zone ${timeZone ?? 'of Looker'}`,
    ...Object.entries(filters).map(([field, value]) => `  filter ${field} = ${value}`),
    `  definition ${definition ?? '?'}`,
    `  in Looker: ${exploreUrl ?? 'no address'}`,
  ]
}

/** `Look 42 "GL summary", query id f2c2…` */
export function nameOf({ look = null, title = null, queryId = null }: Asked): string {
  const name = [look === null ? [] : `Look ${look}`, title === null ? [] : JSON.stringify(title)].flat().join(' ')
  return [name === '' ? [] : name, queryId === null ? [] : `query id ${queryId}`].flat().join(', ') || 'a delivery'
}
