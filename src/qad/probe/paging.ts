import type { MlcError } from '../../errors.js'
import { browsePage, totalCount, type Filter } from '../browse.js'
import type { ExactObject } from '../exact.js'
import type { ReadOptions } from '../options.js'
import { fingerprintOf } from '../repeats.js'
import { describeRead } from '../rows.js'
import type { Tenant } from '../tenant.js'
import { factsOf, refusalOf, type Fact } from './fact.js'
import type { ReadName, Sample } from './rows.js'

/** mlc's own page size where mlc.yaml names none. */
const PAGE_SIZE = 1000
/** Rows of a page that is asked for to see the next one. */
const LARGEST = 50

/** A browse and its conditions, as the probe asks for single pages of it. */
export interface Shelf {
  readonly tenant: Tenant
  readonly name: ReadName
  readonly read: ReadOptions
  readonly filters: readonly Filter[]
}

export function pageOf({ tenant, name, read, filters }: Shelf, page: number, pageSize: number, callId: string) {
  return browsePage(tenant, read, { callId, page, pageSize, filters }, describeRead(name, read))
}

/** Whether a browse gives every row once: pages that differ, an end that is one, and a count that agrees. */
export async function pagingFacts(shelf: Shelf, sample: Sample): Promise<readonly Fact[]> {
  try {
    const paging = await smallPages(shelf, sample.rows)
    return [paging, await pastTheEnd(shelf, sample.rows.length), await countFact(shelf, sample.rows.length)].filter(
      (fact) => fact !== null,
    )
  } catch (error) {
    const refusal = refusalOf(error)
    return [factsOf(`reads.${shelf.name}`).failed('paging', refusal, LOST)]
  }
}

const LOST = 'a row that no page shows is an account that does not exist, or a reference that is posted again'

async function smallPages(shelf: Shelf, all: readonly ExactObject[]): Promise<Fact> {
  const rows = all.length
  const facts = factsOf(`reads.${shelf.name}`)
  const setting = `qad.reads.${shelf.name}.pageSize`
  const wanted = shelf.read.pageSize ?? PAGE_SIZE
  if (rows < 2)
    return facts.assumed('paging', `${rows} row: no second page to look at`, { meaning: LOST, change: UNTIL_MORE })
  const size = Math.min(Math.floor(rows / 2) + 1, LARGEST)
  const callId = shelf.tenant.uuid()
  const first = await pageOf(shelf, 1, size, callId)
  if (first.rows.length > size) {
    const seen = `asked for ${size} rows a page, QAD gave ${first.rows.length}: it does not look at pageSize`
    const bearing = {
      meaning: 'a read of more rows than a page is taken for endless, and refused',
      change: `Set ${setting} above the number of rows.`,
    }
    return rows >= wanted ? facts.contradicted('paging', seen, bearing) : facts.assumed('paging', seen, bearing)
  }
  if (first.rows.length < size) {
    const seen = `asked for ${size} rows a page, QAD gave ${first.rows.length} of ${rows}`
    return facts.contradicted(
      'paging',
      seen,
      { meaning: LOST, change: `Set ${setting} to ${first.rows.length}.` },
      'MLC-Q012',
    )
  }
  const second = await pageOf(shelf, 2, size, callId)
  const known = new Set(first.rows.map(fingerprintOf))
  const alike = alikeAmong(all.map(fingerprintOf))
  const repeated = second.rows.map(fingerprintOf).filter((row) => known.has(row) && !alike.has(row)).length
  const seen = `pages of ${size}: page 1 has ${first.rows.length}, page 2 has ${second.rows.length}`
  if (repeated > 0)
    return facts.contradicted('paging', `${seen}, ${repeated} of them on page 1 as well`, REPEATS(setting), 'MLC-Q012')
  if (second.rows.length !== Math.min(size, rows - size))
    return facts.contradicted('paging', `${seen}, of ${rows} in all`, { meaning: LOST }, 'MLC-Q012')
  return facts.confirmed('paging', `${seen} other rows; ${flagWords(first.more, second.more, rows > 2 * size)}`)
}

/** Rows that the whole read shows more than once, too: two movements of one amount. */
function alikeAmong(rows: readonly string[]): ReadonlySet<string> {
  const once = new Set<string>()
  return new Set(rows.filter((row) => once.has(row) || !once.add(row)))
}

const UNTIL_MORE = 'Run mlc qad probe again when there are more rows.'

function REPEATS(setting: string) {
  return {
    meaning: 'rows that come twice would count twice: mlc refuses such a read, and nothing can be posted',
    change: `Set ${setting} above the number of rows, so that one page holds them all.`,
  }
}

function flagWords(first: boolean | null, second: boolean | null, isMore: boolean): string {
  if (first === null) return 'QAD does not say whether there are more, and mlc does not need it'
  const isRight = first && second === isMore
  return isRight
    ? 'HasMoreParams says rightly whether there are more'
    : 'HasMoreParams does not tell whether there are more'
}

/** A page that is shorter than asked for is the last one: unless the tenant caps its pages. */
async function pastTheEnd(shelf: Shelf, rows: number): Promise<Fact | null> {
  const size = shelf.read.pageSize ?? PAGE_SIZE
  if (rows === 0 || rows >= size) return null
  const facts = factsOf(`reads.${shelf.name}`)
  const callId = shelf.tenant.uuid()
  const first = await pageOf(shelf, 1, size, callId)
  const behind = await pageOf(shelf, 2, size, callId)
  const known = new Set(first.rows.map(fingerprintOf))
  const more = behind.rows.filter((row) => !known.has(fingerprintOf(row))).length
  if (behind.rows.length === 0) return facts.confirmed('end', `behind the short page of ${rows} rows there is nothing`)
  if (more === 0)
    return facts.assumed('end', `behind the short page of ${rows} rows QAD gives the same rows again`, {
      meaning: `a read whose rows fill a page exactly is refused (MLC-Q012)`,
      change: `Set qad.reads.${shelf.name}.pageSize above the number of rows.`,
    })
  return facts.contradicted(
    'end',
    `behind a page of ${first.rows.length} rows, fewer than the ${size} asked for, there are ${more} more`,
    { meaning: LOST, change: `Set qad.reads.${shelf.name}.pageSize to ${first.rows.length}.` },
    'MLC-Q012',
  )
}

async function countFact({ tenant, name, read, filters }: Shelf, rows: number): Promise<Fact> {
  const facts = factsOf(`reads.${name}`)
  const total = await totalCount(tenant, read.browse ?? '', filters, describeRead(name, read))
  if (total === rows) return facts.confirmed('count', `totalCount says ${total}, as many as were read`)
  if (total === null)
    return facts.assumed('count', 'totalCount gives no number', {
      meaning: 'nothing but the short last page tells that a read is whole',
    })
  const seen = `totalCount says ${total}, ${rows} rows were read`
  if (filters.length > 0)
    return facts.assumed('count', `${seen}; it may not look at filters`, {
      meaning: 'the count proves nothing for this read',
    })
  return facts.contradicted('count', seen, { meaning: LOST, change: RIGHTS }, 'MLC-Q012')
}

const RIGHTS = 'Look at the browse in QAD itself with the rights of this user, and how many rows it has there.'

/** One page of a browse under one more condition; the error where QAD refuses it. */
export async function narrowed(shelf: Shelf, filter: Filter): Promise<readonly ExactObject[] | MlcError> {
  const narrow = { ...shelf, filters: [...shelf.filters, filter] }
  try {
    return (await pageOf(narrow, 1, LARGEST, shelf.tenant.uuid())).rows
  } catch (error) {
    return refusalOf(error)
  }
}
