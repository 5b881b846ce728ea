import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { scanSegment, type Gap, type Kept } from './segment.js'
import { parseSettled, type Settled } from './settled.js'

/** A delivery, and where its record stands. */
export interface Delivery extends Kept {
  readonly segment: number
  /** Of the body, where it is inline. */
  readonly bodyAt: number
}

/** Bodies that are too large for a segment. */
const BODIES = 'bodies'
/** Bodies and reasons of what was refused. */
const REFUSED = 'refused'
export const FOLDERS = [BODIES, REFUSED] as const

export function bodyPath(folder: string, id: string): string {
  return join(folder, BODIES, `${id}.body`)
}

export function refusedPath(folder: string, id: string, kind: 'body' | 'json'): string {
  return join(folder, REFUSED, `${id}.${kind}`)
}

export function segmentPath(folder: string, segment: number, kind: 'seg' | 'done'): string {
  return join(folder, `${String(segment).padStart(9, '0')}.${kind}`)
}

/** A delivery as it was found; null: it waits. */
export type FoundDelivery = Delivery & { readonly state: Settled['state'] | null }

export interface Found {
  /** In the order in which they came. */
  readonly deliveries: readonly FoundDelivery[]
  readonly lastSegment: number
  /** On the disk, in all. */
  readonly bytes: number
  /** Paths of bodies whose delivery was never accepted. */
  readonly orphans: readonly string[]
  readonly remarks: readonly string[]
  /** Deliveries that were acknowledged and cannot be read any more. */
  readonly damage: readonly Damage[]
}

/** Where the spool was damaged, and what is known of what stood there. */
export interface Damage {
  /** Such as `000000001.seg byte 4096`: of that place nothing else is ever said. */
  readonly place: string
  /** For people. */
  readonly words: string
}

/** Reads what a spool holds; a folder that is not there holds nothing. */
export async function readSpool(folder: string): Promise<Found> {
  const names = await namesIn(folder)
  const deliveries: FoundDelivery[] = []
  const remarks: string[] = []
  const damage: Damage[] = []
  const numbers = names.flatMap((name) => /^(\d{9})\.(?:seg|done)$/.exec(name)?.[1] ?? []).map(Number)
  for (const segment of [...new Set(numbers)].sort((a, b) => a - b)) {
    const bytes = await readFile(segmentPath(folder, segment, 'seg')).catch(asMissing)
    if (bytes === null) continue
    const { records, gaps, wholeBytes } = scanSegment(bytes)
    const settled = parseSettled(await textOf(segmentPath(folder, segment, 'done')))
    for (const { kept, bodyAt } of records)
      deliveries.push({ ...kept, segment, bodyAt, state: settled.get(kept.id) ?? null })
    for (const gap of gaps) {
      const isSettled = gap.kept !== null && settled.has(gap.kept.id)
      if (!isSettled) damage.push(damageOf(segmentPath(folder, segment, 'seg'), gap))
    }
    if (wholeBytes < bytes.length)
      remarks.push(
        `the last ${bytes.length - wholeBytes} bytes of ${segment}.seg are no whole delivery: cut off before anybody was told that they were taken, or damaged since`,
      )
  }
  const files = await filesIn(folder)
  const known = new Set(deliveries.filter(({ isInline }) => !isInline).map(({ id }) => bodyPath(folder, id)))
  const unclaimed = files.filter(({ path }) => path.startsWith(join(folder, BODIES)) && !known.has(path))
  // The record of one of them may be what was damaged: then a person decides.
  const orphans = damage.length > 0 ? [] : unclaimed
  if (damage.length > 0 && unclaimed.length > 0)
    remarks.push(`${unclaimed.map(({ path }) => path).join(', ')} may belong to what was damaged: mlc ingest takes it`)
  const orphaned = orphans.reduce((sum, { size }) => sum + size, 0)
  return {
    deliveries,
    remarks: [...damage.map(({ words }) => words), ...remarks],
    damage,
    lastSegment: Math.max(0, ...numbers),
    bytes: files.reduce((sum, { size }) => sum + size, 0) - orphaned,
    orphans: orphans.map(({ path }) => path),
  }
}

function damageOf(path: string, { at, bytes, kept }: Gap): Damage {
  const what =
    kept === null ? 'a delivery or several' : `a delivery of ${kept.job} that came ${new Date(kept.at).toISOString()}`
  const place = `${basename(path)} byte ${at}`
  return {
    place,
    words: `${path} is damaged: ${bytes} bytes from byte ${at} on cannot be read. They held ${what}, which Looker was told was taken: have it delivered again`,
  }
}

/** @throws the system's error when it is gone */
export async function readBody(folder: string, { id, isInline, segment, bodyAt, bytes }: Delivery): Promise<Buffer> {
  if (!isInline)
    // It may have been on its way to the refused ones when a crash came.
    return readFile(bodyPath(folder, id)).catch(() => readFile(refusedPath(folder, id, 'body')))
  const file = await open(segmentPath(folder, segment, 'seg'))
  try {
    const body = Buffer.alloc(bytes)
    const { bytesRead } = await file.read(body, 0, bytes, bodyAt)
    if (bytesRead !== bytes) throw new Error(`${segment}.seg ends before the body of ${id}`)
    return body
  } finally {
    await file.close()
  }
}

/** A delivery that was refused, as people are told of it. */
export interface Refused extends Pick<Kept, 'id' | 'job' | 'bytes'>, Settled {
  /** ISO 8601, UTC. */
  readonly arrived: string
  /** Where its body is. */
  readonly body: string
}

export async function readRefused(folder: string): Promise<readonly Refused[]> {
  const names = (await namesIn(join(folder, REFUSED))).filter((name) => name.endsWith('.json')).sort()
  const found: Refused[] = []
  for (const name of names) {
    const id = name.slice(0, -'.json'.length)
    const text = await textOf(join(folder, REFUSED, name))
    const refused = asRefused(text)
    if (refused) found.push({ ...refused, body: refusedPath(folder, id, 'body') })
  }
  return found
}

function asRefused(text: string): Omit<Refused, 'body'> | null {
  try {
    return JSON.parse(text) as Omit<Refused, 'body'>
  } catch {
    return null
  }
}

async function filesIn(folder: string): Promise<{ path: string; size: number }[]> {
  const places = [folder, ...FOLDERS.map((name) => join(folder, name))]
  const found: { path: string; size: number }[] = []
  for (const place of places) {
    for (const name of await namesIn(place)) {
      const path = join(place, name)
      // A server at work removes what it needs no more.
      const { size } = (await stat(path).catch(asMissing)) ?? { size: 0 }
      if (/\.(?:seg|done|body|json)$/.test(name)) found.push({ path, size })
    }
  }
  return found
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(asMissing)) ?? []
}

async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(asMissing)) ?? ''
}

function asMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
