import type { KeptDeliveries } from '../context.js'
import type { History } from '../pipeline/ports.js'
import { counted } from '../model/counted.js'

/** What `mlc listen` keeps, and what of it newer deliveries have overtaken. */
export interface Shelved extends Omit<KeptDeliveries, 'refused'> {
  readonly refused: readonly RefusedHere[]
}

interface RefusedHere extends RefusedDelivery {
  /** ISO time at which the newest delivery of the job came that was taken after it; null: none. */
  readonly newer: string | null
}

type RefusedDelivery = KeptDeliveries['refused'][number]

/** Whoever takes a refused delivery by hand must know whether its figures are still the newest. */
export async function shelved(
  kept: KeptDeliveries,
  history: () => Promise<Pick<History, 'deliveries'>>,
): Promise<Shelved> {
  if (kept.refused.length === 0) return { ...kept, refused: [] }
  const { deliveries } = await history()
  const newest = new Map<string, string>()
  for (const job of new Set(kept.refused.map((one) => one.job)))
    newest.set(
      job,
      (await deliveries(job)).reduce((last, one) => (one.receivedAt > last ? one.receivedAt : last), ''),
    )
  const newerThan = ({ job, arrived }: RefusedDelivery) => {
    const taken = newest.get(job) ?? ''
    return taken > arrived ? taken : null
  }
  return { ...kept, refused: kept.refused.map((one) => ({ ...one, newer: newerThan(one) })) }
}

/** As `mlc status --json` tells it. */
export function deliveriesObject(kept: Shelved) {
  const repeated = Object.entries(kept.notes.repeated).map(([job, told]) => ({ job, ...told }))
  const damaged = kept.damage.map(({ words }) => words)
  return { waiting: kept.waiting.length, refused: kept.refused, waits: waitsOf(kept), repeated, damaged }
}

/** The same for people, where there is anything that somebody should look at. */
export function deliveryLines(kept: Shelved): string[] {
  const { refused } = kept
  const more =
    refused.length > MOST_REFUSED ? [`… and ${refused.length - MOST_REFUSED} more refused deliveries, see --json`] : []
  return [
    ...kept.damage.map(({ words }) => words),
    ...waitsOf(kept).map(waitLine),
    ...refused.slice(0, MOST_REFUSED).map(refusedLine),
    ...more,
  ]
}

/** What is as it should be, unless somebody meant to go back to what was delivered before. */
export function repeatedLines(kept: Shelved): string[] {
  return deliveriesObject(kept).repeated.map(repeatedLine)
}

/** A person needs the body to take it again; more than these are in --json. */
const MOST_REFUSED = 20

interface Waits {
  readonly job: string
  readonly count: number
  /** When the oldest came. ISO 8601, UTC, as `next`. */
  readonly since: string
  /** Of the last try; null: it was not tried yet. */
  readonly code: string | null
  readonly message: string | null
  readonly tries: number
  readonly next: string | null
}

/** One for each job with a delivery that is not settled. */
function waitsOf({ waiting, notes }: Pick<KeptDeliveries, 'waiting' | 'notes'>): readonly Waits[] {
  const jobs = [...new Set(waiting.map(({ job }) => job))]
  return jobs.map((job) => {
    const own = waiting.filter((one) => one.job === job)
    const since = new Date(Math.min(...own.map(({ at }) => at))).toISOString()
    const { code = null, message = null, tries = 0, next = null } = notes.waits[job] ?? {}
    return { job, count: own.length, since, code, message, tries, next }
  })
}

function waitLine({ job, count, since, code, message, tries, next }: Waits): string {
  const what = `${job}: ${counted(count, 'delivery', 'deliveries')} accepted by mlc listen ${count === 1 ? 'waits' : 'wait'}, since ${since}`
  if (tries === 0) return `${what}: not tried yet; mlc listen takes it in its turn, while it runs`
  const then = next === null ? 'until mlc listen is started again' : `tried ${counted(tries, 'time')}, next ${next}`
  return `${what}, ${then}: ${`${code ?? ''} ${message ?? ''}`.trim()}`
}

type RepeatedHere = KeptDeliveries['notes']['repeated'][string] & { readonly job: string }

function repeatedLine({ job, count, overtaken, last }: RepeatedHere): string {
  const what = `${job}: ${counted(count, 'delivery', 'deliveries')} came again and ${count === 1 ? 'was' : 'were'} not taken again, last ${last}`
  if (overtaken === 0) return what
  return `${what}; ${overtaken} of them behind another one: if those figures count, mlc ingest takes them`
}

/** What a person does with it: correct the plan or the job, take it by hand, or throw it away. */
function refusedLine({ job, arrived, code, message, body, newer }: RefusedHere): string {
  const why = `${code ?? ''} ${message ?? ''}`.trim()
  const what = `${job}: a delivery was refused (${arrived}): ${why}. It is kept in ${body}: mlc ingest takes it again, or remove it`
  if (newer === null) return what
  return `${what}. A newer one was taken since (${newer}): of the same period, this one would put older figures in its place`
}
