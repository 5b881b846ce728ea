import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import { requirePeriod } from '../pipeline/masters.js'

/**
 * Whatever is delivered, it cannot be of a period that QAD does not have. Where QAD cannot be asked, the sync of a delivery finds out.
 * @param flag what --period says
 * @throws MLC-C006, MLC-Q032
 */
export async function refuseUnknownPeriod(flag: string | undefined, context: Context): Promise<void> {
  if (flag === undefined || flag === 'current' || flag === 'previous') return
  const period = await context.period(flag)
  try {
    requirePeriod(await (await context.reading()).ledger().chart(), period)
  } catch (error) {
    if (!(error instanceof MlcError) || error.code === 'MLC-Q032') throw error
  }
}
