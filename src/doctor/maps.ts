import type { QadConfig } from '../config/schema.js'
import type { ErrorCode } from '../errors.js'
import type { MapLine } from '../mapping/map-file.js'
import { createResolver } from '../mapping/resolve.js'
import type { MasterCode } from '../model/chart.js'
import { isoTime } from '../model/clock.js'
import type { Job } from '../model/job.js'
import { comparePeriods, formatPeriod, periodOfDate, type Period } from '../model/period.js'
import type { Check, CheckResult } from './check.js'
import { fail, ok, skip, warn, type Finding } from './finding.js'
import type { DoctorPorts } from './ports.js'
import { counted } from '../model/counted.js'

/** `map.<job>`: the map files parse, and each code in them exists in QAD and is active. */
export function mapChecks(jobs: readonly Job[], qad: QadConfig | null, ports: DoctorPorts): Check[] {
  return jobs.map((job) => ({
    id: `map.${job.name}`,
    group: 'QAD',
    needs: [],
    after: DIMENSIONS.map(({ read }) => `qad.reads.${read}`),
    run: (before) => checkMaps(job, qad, before, ports),
  }))
}

const DIMENSIONS = [
  {
    map: 'accounts',
    read: 'glAccounts',
    what: 'account',
    missing: 'MLC-P011',
    inactive: 'MLC-P013',
  },
  {
    map: 'costCentres',
    read: 'costCentres',
    what: 'cost centre',
    missing: 'MLC-P014',
    inactive: 'MLC-P015',
  },
] as const satisfies readonly {
  readonly map: keyof Job['map']
  readonly read: keyof QadConfig['reads']
  readonly what: string
  readonly missing: ErrorCode
  readonly inactive: ErrorCode
}[]

type Dimension = (typeof DIMENSIONS)[number]

type Before = (id: string) => CheckResult | null

async function checkMaps(job: Job, qad: QadConfig | null, before: Before, ports: DoctorPorts): Promise<Finding> {
  const maps = await readMaps(job, ports)
  if (maps.length === 0) return ok('no map file: codes of Looker are taken as they are')
  const today = periodOfDate(isoTime(ports.clock), []) ?? { year: 1970, period: 1 }
  const findings: Finding[] = []
  for (const { dimension, path, lines } of maps) {
    const read = qad?.reads[dimension.read] ?? null
    const result = before(`qad.reads.${dimension.read}`)
    if (read !== null && (result?.status === 'fail' || result?.status === 'skip'))
      return skip(`${path} parses; its codes were not compared: ${reasonOf(result)}`)
    const codes = read === null ? null : await (await ports.qad()).masters(dimension.read)
    findings.push(judge(dimension, path, lines, codes, today))
  }
  return worstOf(findings)
}

interface ReadMap {
  readonly dimension: Dimension
  readonly path: string
  readonly lines: readonly MapLine[]
}

async function readMaps({ map }: Job, ports: DoctorPorts): Promise<readonly ReadMap[]> {
  const found: ReadMap[] = []
  for (const dimension of DIMENSIONS) {
    const path = map[dimension.map]
    if (path !== null) found.push({ dimension, path, lines: await ports.map(path) })
  }
  return found
}

/** One finding for both files: the worst one's verdict, everybody's words. */
function worstOf(findings: readonly Finding[]): Finding {
  const failed = findings.find(({ status }) => status === 'fail')
  if (failed) return failed
  const detail = findings.map((finding) => finding.detail).join('; ')
  const warned = findings.find(({ status }) => status === 'warn')
  return warned ? { ...warned, detail } : ok(detail)
}

function reasonOf(result: CheckResult): string {
  return result.status === 'skip' ? result.detail : `needs ${result.id}, which failed`
}

/** Judges the lines as a sync would: with its resolver, in a period in which the line holds. Lines that have ended no longer matter. */
function judge(
  { what, missing, inactive, read }: Dimension,
  path: string,
  lines: readonly MapLine[],
  codes: readonly MasterCode[] | null,
  today: Period,
): Finding {
  const live = lines.filter(({ to }) => to === null || comparePeriods(to, today) >= 0)
  const ended = lines.length - live.length
  const size = `${path}: ${counted(lines.length, 'line')}${ended === 0 ? '' : ` (${ended} ended before ${formatPeriod(today)})`}`
  if (lines.length === 0) return warn(`${path}: 0 lines, nothing is mapped yet`, UNMAPPED)
  if (codes === null) return ok(`${size}, not compared with QAD (no read ${read})`)
  const spell = createResolver(null, codes, null)
  const chart = new Map<string, boolean>()
  for (const { code, active } of codes) chart.set(code, active || chart.get(code) === true)
  const stateOf = ({ qad }: MapLine) => {
    const resolved = spell(qad, today)
    return resolved.kind === 'mapped' ? chart.get(resolved.code) : undefined
  }
  const mapped = live.filter(({ ignore }) => !ignore)
  const absent = mapped.filter((line) => stateOf(line) === undefined)
  const unknown = absent.filter((line) => !startsLater(line, today))
  if (unknown.length > 0)
    return fail(missing, `${named(path, unknown, what)} ${unknown.length === 1 ? 'does' : 'do'} not exist in QAD`)
  if (absent.length > 0)
    return warn(
      `${named(path, absent, what)} ${absent.length === 1 ? 'does' : 'do'} not exist in QAD yet`,
      `Have ${absent.length === 1 ? 'it' : 'them'} made in QAD before the period that the map names under from.`,
      missing,
    )
  const closed = mapped.filter((line) => stateOf(line) === false)
  if (closed.length > 0)
    return warn(
      `${named(path, closed, what)} ${closed.length === 1 ? 'is' : 'are'} inactive in QAD`,
      INACTIVE[inactive],
      inactive,
    )
  return ok(`${size}, every code is active in QAD`)
}

const UNMAPPED = 'mlc pull, then mlc map on a terminal: it asks where each value belongs, and adds the lines.'

function startsLater({ from }: MapLine, today: Period): boolean {
  return from !== null && comparePeriods(from, today) > 0
}

const INACTIVE = {
  'MLC-P013': 'Map to an active account before a figure meets it: a sync refuses it.',
  'MLC-P015': 'Map to an active cost centre before a figure meets it: a sync refuses it.',
} as const

function named(path: string, lines: readonly MapLine[], what: string): string {
  const list = lines.slice(0, 5).map(({ line, qad }) => `${qad} (line ${line})`)
  const more = lines.length > 5 ? ` and ${lines.length - 5} more` : ''
  return `${path}: ${lines.length === 1 ? what : `${what}s`} ${list.join(', ')}${more}`
}
