import { MlcError } from '../../errors.js'
import { readHoldings, type Holding } from '../../mapping/posted.js'
import type { Job } from '../../model/job.js'
import { isoTime } from '../../model/clock.js'
import { counted } from '../../model/counted.js'
import { add, money, toText, ZERO } from '../../model/money.js'
import { formatPeriod, type Period } from '../../model/period.js'
import type { Books, PlacedFigure } from '../../reconcile/compare/books.js'
import type { Target } from '../map.js'
import type { Ports } from '../ports.js'
import { readHeld } from '../posted.js'
import { createShelf, type Compared } from './compared.js'

/**
 * The job's references as QAD holds them in these periods, each at its newest amount (of journals, all revisions summed). What the
 * audit here does not know counts when it carries a measure that is compared: somebody posted it from elsewhere.
 * @throws MLC-Q011 on a reference whose place neither QAD nor the audit tells
 */
export async function comparedReferences(
  job: Job,
  periods: readonly Period[],
  measures: readonly string[],
  { target, books }: { readonly target: Target; readonly books: Books },
  ports: Ports,
): Promise<Compared> {
  const owners = await ports.history.owners()
  const { held } = await readHeld(periods, target.settleMs, ports)
  const isOurs = (base: string) => (owners.get(base) ?? job.name) === job.name
  const shelf = createShelf(() => books.figures())
  let asOf: string | null = null
  let strangers = 0
  for (const [base, holding] of readHoldings([...held.values()].flat(), isOurs)) {
    const found = await amountOf(holding, target.movements ?? false, ports)
    if (!measures.includes(found.measure)) continue
    if (!periods.some((period) => formatPeriod(period) === found.period)) continue
    if (holding.fault !== null) ports.say(`warning: ${holding.fault}; compared as ${found.figure.amount}`)
    if (!owners.has(base)) strangers += 1
    shelf.open(found.period, found.measure).add(found.figure)
    if (found.sentAt !== null && (asOf === null || found.sentAt > asOf)) asOf = found.sentAt
  }
  if (strangers > 0)
    ports.say(`${counted(strangers, 'reference')} of QAD, posted from elsewhere, counted for job ${job.name}`)
  return {
    ...{ from: 'references', sources: [], shelf, ignoredRows: 0, unmappedRows: 0, periods },
    // Of references no more is known than where they stand.
    values: () => ({ partsAt: () => [], leftOut: [] }),
    keyOf: () => '',
    asOf: asOf ?? isoTime(ports.clock),
    hasCostCentres: job.figure.costCentre !== null,
  }
}

async function amountOf({ newest, byRevision }: Holding, movements: boolean, ports: Ports) {
  const outcome = await ports.history.outcome(newest.key)
  const known = outcome?.reference ?? null
  const account = newest.account ?? known?.account ?? null
  const currency = newest.currency ?? known?.currency ?? null
  const measure = newest.measure ?? known?.measure ?? null
  const year = newest.year ?? known?.year ?? null
  const period = newest.period ?? known?.period ?? null
  if (account === null || currency === null || measure === null || year === null || period === null) {
    throw new MlcError(
      'MLC-Q011',
      `reads.posted shows no account, currency, measure or period of ${newest.key}, and the audit here does not know it`,
      {
        fix: 'Add the columns account, costCentre, currency, measure, year and period to qad.reads.posted in mlc.yaml.',
      },
    )
  }
  const costCentre = newest.costCentre ?? known?.costCentre ?? ''
  const all = [...byRevision.values()].reduce((sum, row) => add(sum, money(row.amount)), ZERO)
  const amount = movements ? toText(all) : newest.amount
  const values = { lookerAccount: newest.key, lookerCostCentre: null, further: null }
  const figure: PlacedFigure = { kind: 'reference', account, costCentre, currency, amount, ...values }
  return { figure, measure, period: formatPeriod({ year, period }), sentAt: outcome?.sentAt ?? null }
}
