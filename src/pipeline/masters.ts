import { MlcError } from '../errors.js'
import type { Chart } from '../model/chart.js'
import type { Job } from '../model/job.js'
import { formatPeriod, parsePeriod, samePeriod, type Period } from '../model/period.js'
import type { Target } from './map.js'
import type { Ports, RunHead } from './ports.js'

/** What is to be mapped, and where it is to go. */
interface Mapping {
  readonly job: Job
  readonly head: RunHead
  readonly target: Target
}

/** QAD's masters have to be there before figures are mapped: the guards check against them. @throws MLC-C012, MLC-Q032 */
export function requireChart(chart: Chart, { job, head, target }: Mapping, ports: Ports): void {
  if (ports.ledger().noMasters) ports.say(UNCHECKED)
  else requireMasters(chart, job, target, ports)
  requireMeantPeriod(chart, head)
}

/** Of a period that QAD does not have there is nothing to compare, which would look like agreement. @throws MLC-Q032 */
export function requirePeriod({ periods }: Chart, period: Period | null): void {
  if (period === null || periods === null || periods.some((known) => samePeriod(known, period))) return
  throw new MlcError('MLC-Q032', `the calendar of QAD has no period ${formatPeriod(period)}`, {
    fix: 'Check --period.',
  })
}

const UNCHECKED =
  'kind file: there is no QAD to ask, so accounts, cost centres and periods are NOT checked; what imports the files must'

function requireMasters(chart: Chart, job: Job, { mastersOptional = false }: Target, { say }: Ports): void {
  const missing = [
    chart.accounts === null ? 'glAccounts' : null,
    chart.costCentres === null && job.figure.costCentre !== null ? 'costCentres' : null,
    chart.periods === null ? 'periods' : null,
  ].filter((name) => name !== null)
  if (missing.length === 0) return
  const lack = `qad.reads lacks ${missing.join(', ')}: without it mlc cannot check what it would post to`
  if (mastersOptional) return say(`warning: ${lack}; QAD alone decides`)
  throw new MlcError('MLC-C012', lack, { fix: `Add qad.reads.${missing[0] ?? ''} to mlc.yaml.` })
}

/** Without a row there is no reference whose period would be looked at: a period mistyped would pass for an empty one. */
function requireMeantPeriod(chart: Chart, { period, pull }: RunHead): void {
  if (pull.rows === 0 && period !== null) requirePeriod(chart, parsePeriod(period))
}
