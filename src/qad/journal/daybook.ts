import { MlcError } from '../../errors.js'
import type { MasterCode } from '../../model/chart.js'
import type { Readiness } from '../ledger.js'
import type { JournalForm, ReadsOptions } from '../options.js'
import { readRows, type Place } from '../rows.js'
import { meansActive } from '../status-words.js'

/**
 * Looks the daybook and the offset account up in QAD. Entries on a transient layer count in no book; any other layer is refused, or
 * where mlc.yaml allows it, cautioned of.
 * @param accounts QAD's chart; null where it is not read
 * @throws MLC-Q043, MLC-Q044, MLC-Q010 when the read of daybooks shows nothing
 */
export async function checkDaybook(
  form: JournalForm,
  place: Place,
  reads: ReadsOptions,
  accounts: readonly MasterCode[] | null,
): Promise<Readiness> {
  checkOffset(form, accounts)
  const { daybook, allowOfficialLayer } = form
  if (!reads.daybooks)
    return {
      caution: null,
      unchecked: `the layer of the daybook ${daybook} is NOT checked: no read of daybooks is configured (qad.reads.daybooks)`,
    }
  const found = await findDaybook(daybook, place, reads)
  const where = `${place.domain} ${place.entity}`
  if (found === null) throw new MlcError('MLC-Q044', `QAD shows no daybook ${daybook} in ${where}`)
  if (!found.active) throw new MlcError('MLC-Q044', `the daybook ${daybook} is inactive in ${where}`)
  if (isTransient(found)) return { caution: null }
  const layer = found.layerType === '' ? 'a layer that QAD does not name' : `the layer type ${found.layerType}`
  const caution = `the daybook ${daybook} posts to ${layer}, which counts in the books of ${where}`
  if (!allowOfficialLayer) throw new MlcError('MLC-Q043', caution)
  return { caution }
}

function checkOffset({ offsetAccount }: JournalForm, accounts: readonly MasterCode[] | null): void {
  if (accounts === null) return
  const found = accounts.filter(({ code }) => code.toUpperCase() === offsetAccount.toUpperCase())
  if (found.some(({ active }) => active)) return
  const fault = found.length === 0 ? 'does not exist in QAD' : 'is inactive in QAD'
  throw new MlcError('MLC-Q044', `the offset account ${offsetAccount} of the journal ${fault}`)
}

interface Daybook {
  readonly layerType: string
  readonly active: boolean
}

/** Of several rows of one code, one that is not transient counts: which of them QAD means, nobody can tell. */
async function findDaybook(daybook: string, place: Place, reads: ReadsOptions): Promise<Daybook | null> {
  const read = reads.daybooks
  if (!read) return null
  let count = 0
  let found: Daybook | null = null
  for await (const cells of readRows(place, 'daybooks', read, null)) {
    count++
    if (cells.code('code').toUpperCase() !== daybook.toUpperCase()) continue
    const active = cells.has('active') ? meansActive(cells.word('active')) : true
    const row = { active, layerType: (cells.optionalCode('layerType') ?? '').trim() }
    if (found === null || isTransient(found)) found = row
  }
  // Security rules can hide every row from a user, with HTTP 200.
  if (count === 0)
    throw new MlcError('MLC-Q010', `qad.reads.daybooks returned no rows for ${place.domain} ${place.entity}`)
  return found
}

function isTransient({ layerType }: Daybook): boolean {
  return /^transient$/i.test(layerType)
}
