import { MlcError } from '../errors.js'
import type { Chart, MasterCode } from '../model/chart.js'
import type { CalendarPeriod } from '../model/period.js'
import type { Cells } from './cells.js'
import type { ReadOptions, ReadsOptions } from './options.js'
import { describeRead, readRows, type Place } from './rows.js'
import { meansActive, meansOpen } from './status-words.js'

/** Accounts, cost centres and periods, one read after the other; null for each that is not configured. @throws MLC-Q010 */
export async function readChart(place: Place, reads: ReadsOptions): Promise<Chart> {
  return {
    accounts: await readMaster(place, 'glAccounts', reads.glAccounts, masterCode),
    costCentres: await readMaster(place, 'costCentres', reads.costCentres, masterCode),
    periods: await readMaster(place, 'periods', reads.periods, calendarPeriod),
  }
}

async function readMaster<T>(
  place: Place,
  name: keyof ReadsOptions,
  read: ReadOptions | null | undefined,
  take: (cells: Cells, read: ReadOptions) => T,
): Promise<readonly T[] | null> {
  if (!read) return null
  const found: T[] = []
  for await (const cells of readRows(place, name, read, null)) found.push(take(cells, read))
  // Security rules can hide every row from a user, with HTTP 200: an empty master is never believed.
  if (found.length === 0)
    throw new MlcError('MLC-Q010', `${describeRead(name, read)} returned no rows for ${place.domain} ${place.entity}`)
  return found
}

function masterCode(cells: Cells): MasterCode {
  return {
    code: cells.code('code'),
    description: cells.optionalCode('description') ?? '',
    active: cells.has('active') ? meansActive(cells.word('active')) : true,
    type: cells.optionalCode('type'),
  }
}

function calendarPeriod(cells: Cells, read: ReadOptions): CalendarPeriod {
  const word = cells.has('status') ? cells.word('status') : null
  return {
    year: cells.whole('year'),
    period: cells.whole('period'),
    start: cells.day('start'),
    end: cells.day('end'),
    open: cells.has('status') ? meansOpen(word, read.openValues) : true,
    status: String(word ?? ''),
  }
}
