import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyAudit } from '../../src/audit/verify.js'
import type { StoredReference } from '../../src/sandbox/qad/books.js'
import { FIGURES, type Figure } from './company.js'

/**
 * What is wrong, in words; nothing when QAD holds every figure exactly once at its newest amount, in as many revisions as
 * the figure had amounts, and the audit is sound and knows an intent for each row. Knows nothing of mlc but its keys.
 */
export async function findFaults(
  figures: readonly Figure[],
  books: readonly StoredReference[],
  audits: string | readonly string[],
): Promise<string[]> {
  const places = new Map<string, StoredReference[]>()
  for (const row of books) {
    const place = placeOf(row)
    places.set(place, [...(places.get(place) ?? []), row])
  }
  const faults = figures.flatMap((figure) => faultsOf(figure, places.get(placeOf(figure)) ?? []))
  for (const place of places.keys())
    if (!figures.some((figure) => placeOf(figure) === place)) faults.push(`EXTRA ${place}`)
  return [...faults, ...(await auditFaults(books, [audits].flat()))]
}

function placeOf({ account, costCentre }: { readonly account: string; readonly costCentre: string }): string {
  return `${account}/${costCentre}`
}

function faultsOf(figure: Figure, rows: readonly StoredReference[]): string[] {
  const place = placeOf(figure)
  if (rows.length === 0) return [`LOST ${place} ${figure.amount}`]
  const bases = new Set(rows.map(({ key }) => key.split('-R')[0]))
  if (bases.size > 1) return [`DOUBLED ${place} under ${bases.size} keys`]
  const byRevision = new Map<number, StoredReference>()
  const faults: string[] = []
  for (const row of rows) {
    const revision = Number(row.key.split('-R')[1] ?? 1)
    if (byRevision.has(revision)) faults.push(`DOUBLED ${place} revision ${revision}`)
    byRevision.set(revision, row)
  }
  const newest = byRevision.get(Math.max(...byRevision.keys()))
  if (newest?.amount !== figure.amount) faults.push(`WRONG ${place} is ${newest?.amount}, not ${figure.amount}`)
  const first = FIGURES.find((original) => placeOf(original) === place)
  const amounts = new Set([first?.amount, figure.amount]).size
  if (byRevision.size > amounts) faults.push(`REVISED ${place} ${byRevision.size} times for ${amounts} amounts`)
  return faults
}

interface Line {
  readonly event: string
  readonly key: string | null
  readonly data: { readonly reference?: { readonly amount?: string } }
}

/** Two hosts have an audit each: what one of them posted, the other only found. */
async function auditFaults(books: readonly StoredReference[], folders: readonly string[]): Promise<string[]> {
  const faults: string[] = []
  for (const folder of folders) {
    const { ok, problems } = await verifyAudit(folder)
    if (!ok) faults.push(`AUDIT ${JSON.stringify(problems[0])}`)
  }
  const lines = folders.flatMap(auditLines)
  const intents = new Set(
    lines.filter(({ event }) => event === 'record.sent').map(({ key, data }) => `${key} ${data.reference?.amount}`),
  )
  const settled = new Set(
    lines.filter(({ event }) => event === 'record.posted' || event === 'record.same').map(({ key }) => key),
  )
  for (const { key, amount } of books) {
    if (!intents.has(`${key} ${amount}`)) faults.push(`NO INTENT ${key} ${amount}`)
    if (!settled.has(key)) faults.push(`NO OUTCOME ${key}`)
  }
  return faults
}

/** The complete lines of an audit; a torn last one is left out. */
export function auditLines(folder: string): Line[] {
  const months = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
  return months.flatMap((month) =>
    readFileSync(join(folder, month), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line),
  )
}
