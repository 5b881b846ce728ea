import type { Job } from '../model/job.js'
import type { Target } from '../pipeline/map.js'
import type { LivingReport } from '../pipeline/breaks.js'
import type { ReconcileReport } from '../pipeline/reconcile.js'
import type { Report } from '../terminal/report/report.js'
import { lifeLines } from './reconcile-life.js'
import { doubts, heading, notCompared } from './reconcile-report.js'

/** A reconciliation as it is forwarded: what was compared, under which rules, and where both sides come from. */
export function pageOf(
  job: Job,
  period: string | null,
  report: LivingReport,
  { target, at }: { readonly target: Target; readonly at: string },
): Report {
  const others = notCompared(job, report)
  return {
    title: period === null ? job.name : `${job.name} ${period}`,
    at,
    conventions: heading(job, period, report),
    warnings: doubts(job, report),
    origin: [
      ['QAD', `domain ${target.domain}, entity ${target.entity}, read ${at}`],
      ...report.sources.flatMap((source) => originOf(source)),
      ...(report.from === 'references'
        ? [['figures', `the references that QAD holds, as of ${report.asOf}`] as const]
        : []),
      ...lifeLines(report).map((line) => ['said of it', line] as const),
      ...(others === null ? [] : [['not compared', `${others}: the ledger has one balance`] as const]),
      ['rows left out', `${report.ignoredRows} ignored by the map, ${report.unmappedRows} not mapped`],
    ],
    pages: report.sources.flatMap((source) =>
      source.exploreUrl === null ? [] : [[`${nameOf(source)} in Looker`, source.exploreUrl] as const],
    ),
    totals: report.totals,
    lines: report.lines,
  }
}

type Source = ReconcileReport['sources'][number]

function originOf(source: Source): Report['origin'] {
  const filters = Object.entries(source.filters).map(([field, value]) => `${field} = ${value}`)
  return [
    [nameOf(source), `${source.rows} rows, answered ${source.ranAt}, time zone ${source.timeZone ?? 'of Looker'}`],
    ...(source.run === null ? [] : [['run', source.run] as const]),
    ...(filters.length === 0 ? [] : [['filters', filters.join(', ')] as const]),
    ['definition', source.definition],
  ]
}

function nameOf({ look, title, queryId }: Source): string {
  const name = look === null ? `Query ${queryId ?? ''}`.trim() : `Look ${look}`
  return title === null ? name : `${name} "${title}"`
}

/** The page or the workbook, in pieces. */
export async function inForm(format: string, report: Report): Promise<Iterable<string | Uint8Array>> {
  if (format === 'xlsx') return [await (await import('../terminal/report/xlsx.js')).xlsxReport(report)]
  return (await import('../terminal/report/html.js')).htmlReport(report)
}
