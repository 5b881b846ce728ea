import { lstat, writeFile } from 'node:fs/promises'
import { makeBundle } from '../doctor/bundle.js'
import type { CheckResult, Diagnosis, Group } from '../doctor/check.js'
import { runDoctor } from '../doctor/doctor.js'
import type { DoctorPorts } from '../doctor/ports.js'
import type { Context } from '../context.js'
import { isoTime } from '../model/clock.js'
import { explainFault } from '../model/fault.js'
import { comparePeriods, formatPeriod, periodOfDate, samePeriod } from '../model/period.js'
import { EXIT, MlcError } from '../errors.js'
import { visible } from '../terminal/sanitise.js'
import { wrap } from '../terminal/wrap.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { counted } from '../model/counted.js'

export interface DoctorFlags extends CommonFlags {
  readonly only: readonly string[]
  readonly check?: boolean
  readonly strict?: boolean
  readonly bundle?: string
}

/** `mlc doctor`: every link of the chain in order; the first that fails decides the exit code. */
export async function runDoctorCommand(flags: DoctorFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const ports = await context.doctor()
  // Before checks that take a minute, rather than after them.
  if (flags.bundle !== undefined) await refuseExisting(flags.bundle)
  const diagnosis = await examine(ports, flags, context)
  const exitCode = exitOf(diagnosis, flags)
  const report = reportOf(diagnosis, exitCode, ports)
  if (flags.bundle !== undefined) await saveBundle(flags.bundle, await makeBundle(ports, report))
  if (flags.check) return exitCode
  const text =
    format === 'json'
      ? `${JSON.stringify(report)}\n`
      : await page(diagnosis, exitCode, flags, context.columns(flags), ports)
  await context.data(flags, text)
  if (format === 'table' && flags.only.length === 0 && exitCode === EXIT.done) await tellNext(flags, ports, context)
  if (flags.bundle !== undefined)
    context.terminal.done(
      `${flags.bundle} is ready for support; no secret is in it, but the audit’s last lines with their amounts`,
    )
  return exitCode
}

async function examine(ports: DoctorPorts, { only, check }: DoctorFlags, context: Context): Promise<Diagnosis> {
  const progress = check ? null : context.terminal.progress('looking at every link of the chain')
  try {
    const { shown, exitCode } = await runDoctor(ports, only)
    return { shown: shown.map((result) => redacted(result, ports)), exitCode }
  } finally {
    progress?.stop()
  }
}

/** Servers repeat what they refuse, and what they say is quoted. */
function redacted(result: CheckResult, ports: DoctorPorts): CheckResult {
  return { ...result, detail: ports.redact(result.detail) }
}

/** Warnings count only with --strict, and then as what has no exit code of its own. */
function exitOf({ shown, exitCode }: Diagnosis, { strict }: DoctorFlags): number {
  if (exitCode !== EXIT.done || !strict) return exitCode
  return shown.some(({ status }) => status === 'warn') ? EXIT.guard : EXIT.done
}

function reportOf({ shown }: Diagnosis, exitCode: number, { machine }: DoctorPorts) {
  const { mlc, node, platform, arch } = machine
  const checks = shown.map(({ id, status, code, detail, fix }) => ({ id, status, code, detail, fix }))
  return { schema: 'mlc/doctor/1', exit_code: exitCode, mlc, node, platform, arch, checks }
}

const GROUPS: readonly Group[] = ['Local', 'Looker', 'QAD']

async function page(
  { shown }: Diagnosis,
  exitCode: number,
  { bundle }: DoctorFlags,
  width: number | null,
  ports: DoctorPorts,
): Promise<string> {
  const places = await placesOf(ports)
  const sections = GROUPS.flatMap((group): Line[] => {
    const results = shown.filter((result) => result.group === group)
    const title = { text: [group, places[group]].join('  ').trim(), indent: 0 }
    return results.length === 0 ? [] : [title, ...together(results).flatMap(linesOf)]
  })
  const lines = [...sections, { text: summary(shown, exitCode, bundle === undefined), indent: 0 }]
  const fitted = lines.flatMap(({ text, indent }) => (width === null ? [text] : wrap(visible(text), width, indent)))
  return fitted.map((line) => `${visible(line)}\n`).join('')
}

interface Line {
  readonly text: string
  /** Blanks before what is carried over to the next line. */
  readonly indent: number
}

async function tellNext({ config: path }: DoctorFlags, ports: DoctorPorts, { terminal }: Context): Promise<void> {
  const { jobs, qad } = (await ports.config()).config
  const [job] = Object.keys(jobs)
  const where = path === undefined ? '' : ` --config ${path}`
  const period = await periodToPull(ports, qad?.reads.periods ?? null)
  if (job !== undefined && period !== null) terminal.note(`Next: mlc pull --job ${job} --period ${period}${where}`)
}

/** One that could be posted to: today's, else the newest before it that is open; null where QAD shows none. */
async function periodToPull(ports: DoctorPorts, read: object | null): Promise<string | null> {
  if (read === null) return 'current'
  const calendar = await ports.qad().then((link) => link.periods())
  const today = isoTime(ports.clock)
  const current = periodOfDate(today, calendar)
  if (calendar.some((one) => one.open && current !== null && samePeriod(one, current))) return 'current'
  const open = calendar.filter((one) => one.open && (one.start ?? formatPeriod(one)) <= today).sort(comparePeriods)
  const newest = open.at(-1)
  return newest === undefined ? null : formatPeriod(newest)
}

async function placesOf(ports: DoctorPorts): Promise<Record<Group, string>> {
  const config = await ports.config().catch(() => null)
  return { Local: '', Looker: config?.config.looker?.baseUrl ?? '', QAD: config?.config.qad?.baseUrl ?? '' }
}

/** What is skipped for one reason is one line, at the place of the first. */
function together(results: readonly CheckResult[]): readonly CheckResult[] {
  const reasons = new Map<string, CheckResult[]>()
  for (const result of results.filter(({ status }) => status === 'skip')) {
    const alike = reasons.get(result.detail) ?? []
    reasons.set(result.detail, [...alike, result])
  }
  return results.flatMap((result) => {
    if (result.status !== 'skip') return [result]
    const alike = reasons.get(result.detail) ?? []
    return alike[0] === result ? [{ ...result, id: alike.map(({ id }) => id).join(', ') }] : []
  })
}

function linesOf({ id, status, code, detail, fix }: CheckResult): readonly Line[] {
  const word = (status === 'fail' ? 'FAIL' : status).padEnd(4)
  const [first = '', ...more] = detail.split('\n')
  const named = code === null ? '' : `  ${code}`
  return [
    { text: `  ${word}  ${id}: ${first}${named}`, indent: 8 },
    ...more.map((line) => ({ text: `        ${line}`, indent: 8 })),
    ...(fix === null ? [] : [{ text: `        fix: ${fix}`, indent: 13 }]),
  ]
}

function summary(shown: readonly CheckResult[], exitCode: number, mayOffer: boolean): string {
  const count = (status: CheckResult['status']) => shown.filter((result) => result.status === status).length
  const [failed, warnings, skipped] = [count('fail'), count('warn'), count('skip')]
  const sums = `${failed} failed, ${counted(warnings, 'warning')}, ${skipped} skipped, exit ${exitCode}.`
  return failed === 0 || !mayOffer
    ? sums
    : `${sums}  Support bundle without secrets: mlc doctor --bundle mlc-doctor.zip`
}

async function refuseExisting(path: string): Promise<void> {
  if (await lstat(path).catch(() => null)) throw unwritable(path, 'is already there')
}

/** Never over a file that is there: it could be anything. */
async function saveBundle(path: string, bytes: Buffer): Promise<void> {
  await writeFile(path, bytes, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'is already there' : `cannot be written: ${explainFault(error)}`
    throw unwritable(path, why)
  })
}

function unwritable(path: string, why: string): MlcError {
  return new MlcError('MLC-C006', `--bundle ${path} ${why}`, { fix: 'Name a new file in a folder that you may write.' })
}
