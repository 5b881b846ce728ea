import { posix } from 'node:path'
import { MlcError } from '../errors.js'
import {
  credentialFolder,
  jobsMark,
  MADE_BY,
  nameOf,
  syncWords,
  usualFile,
  withStore,
  type Place,
  type ScheduledRun,
} from './run.js'

/**
 * The lines of a user's crontab, between two marks by which mlc finds them again.
 * @param mailBefore what MAILTO is above them; null: not set
 * @throws MLC-C006 when cron could not read them
 */
export function crontabBlock(run: ScheduledRun, mailBefore: string | null): string {
  const { mailTo, place } = run
  const started = startLines(run)
  // MAILTO holds for all lines below it, so what held before is put back.
  const mailed = mailTo === null ? started : [`MAILTO=${mailTo}`, ...started, `MAILTO=${mailBefore ?? place.user}`]
  const lines = [
    beginMark(run),
    `# ${MADE_BY} ${place.version}. cron mails what mlc says: a line for each job, and whatever is wrong.`,
    ...mailed,
    endMark(run),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * A crontab with the run's block in it: where one stood, else at the end. All other bytes stay as they are.
 * @param crontab bytes, one character each: others' lines may be in any encoding
 * @throws MLC-C050 when the marks are damaged; as crontabBlock
 */
export function withBlock(crontab: string, run: ScheduledRun): string {
  const found = findBlock(crontab, run)
  const whole = crontab === '' || crontab.endsWith('\n') ? crontab : `${crontab}\n`
  const [above, below] = found ? [crontab.slice(0, found.from), crontab.slice(found.to)] : [whole, '']
  return above + asBytes(crontabBlock(run, mailOf(above))) + below
}

/** The run's block as it stands in a crontab; empty when it has none. @throws MLC-C050 */
export function blockIn(crontab: string, run: ScheduledRun): string {
  const found = findBlock(crontab, run)
  return found === null ? '' : Buffer.from(crontab.slice(found.from, found.to), 'latin1').toString('utf8')
}

/** A crontab without the run's block; null when it has none. @throws MLC-C050 */
export function withoutBlock(crontab: string, run: ScheduledRun): string | null {
  const found = findBlock(crontab, run)
  return found === null ? null : crontab.slice(0, found.from) + crontab.slice(found.to)
}

function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The value that MAILTO has at the end of these lines; null: none sets it. */
function mailOf(crontab: string): string | null {
  const lines = [...crontab.matchAll(/^[ \t]*MAILTO[ \t]*=[ \t]*(.*?)[ \t]*$/gm)]
  const value = lines.at(-1)?.[1]
  return value === undefined ? null : Buffer.from(value, 'latin1').toString('utf8')
}

function findBlock(crontab: string, run: ScheduledRun): { readonly from: number; readonly to: number } | null {
  const [begin, end] = [asBytes(`${beginMark(run)}\n`), asBytes(`${endMark(run)}\n`)]
  const from = startOfLine(crontab, begin, 0)
  if (from < 0) return null
  const last = startOfLine(crontab, end, from)
  const next = crontab.indexOf('\n# BEGIN mlc ', from)
  const isWhole = last >= 0 && (next < 0 || next > last)
  if (isWhole && startOfLine(crontab, begin, last) < 0) return { from, to: last + end.length }
  throw new MlcError('MLC-C050', `the crontab has ${JSON.stringify(begin.trim())} without its end, or twice`, {
    fix: 'Run crontab -e and delete those lines of mlc; then run the same command again.',
  })
}

function startOfLine(text: string, line: string, from: number): number {
  for (let at = text.indexOf(line, from); at >= 0; at = text.indexOf(line, at + 1))
    if (at === 0 || text[at - 1] === '\n') return at
  return -1
}

// Two projects may name a job alike.
function beginMark(run: ScheduledRun): string {
  return `# BEGIN mlc ${jobsMark(run)} ${run.place.config}`
}

function endMark(run: ScheduledRun): string {
  return `# END mlc ${jobsMark(run)} ${run.place.config}`
}

/**
 * One line for sh. Variables stand before the command, since lines of their own hold for everybody's lines below; only where
 * the line grows too long for cron do those become lines that nobody but mlc reads.
 */
function startLines(run: ScheduledRun): readonly string[] {
  const all = Object.entries(crontabVariables(run.place))
  const own = all.filter(([name]) => name.startsWith('MLC_'))
  const line = (variables: typeof all) => cronSafe(`${run.cron.text} ${commandOf(run, variables)}`)
  const whole = line(all)
  if (Buffer.byteLength(whole) <= MOST_BYTES) return [whole]
  const shorter = line(all.filter((one) => !own.includes(one)))
  if (Buffer.byteLength(shorter) > MOST_BYTES) throw unfit(`it is longer than ${MOST_BYTES} bytes`)
  return [...own.map(([name, value]) => `${name}=${value}`), shorter]
}

/** cron knows no exit codes and mails what is printed: so the code is said. */
function commandOf(run: ScheduledRun, variables: readonly (readonly [string, string])[]): string {
  const { place } = run
  const given = variables.map(([name, value]) => `${name}=${shellWord(value)}`)
  const mlc = [place.node, place.script, ...syncWords(run)].map(shellWord)
  const said = `mlc sync of ${nameOf(run)} ended with exit code`
  const failed = `{ code=$?; echo "${said} $code" >&2; exit $code; }`
  return `cd ${shellWord(place.folder)} && ${[...given, ...mlc].join(' ')} || ${failed}`
}

function crontabVariables(place: Place): Readonly<Record<string, string>> {
  const files = place.credentials.map((one): [string, string] =>
    one.value !== null && one.file === null
      ? [one.variable, one.value]
      : [`${one.variable}_FILE`, one.file ?? usualFile(credentialFolder(place, 'person'), one)],
  )
  // cron itself looks into /usr/bin and /bin only.
  const folders = [...new Set([posix.dirname(place.node), '/usr/local/bin', '/usr/bin', '/bin'])]
  return {
    PATH: folders.join(':'),
    ...withStore(place),
    MLC_CONFIG: place.config,
    MLC_STATE_DIR: place.state,
    ...Object.fromEntries(files),
  }
}

/** Words of sh; only what may mean something to it is quoted. */
export function shellWord(text: string): string {
  return /^[\w@+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** To cron a percent sign is the end of the command, unless a backslash stands before it. (crontab(5)) */
function cronSafe(line: string): string {
  // Some crons take a backslash out, some leave it in.
  if (/\\(?!'')|[\r\n\0]/.test(line)) throw unfit('a path or value has a backslash or a line break')
  return line.replaceAll('%', '\\%')
}

function unfit(why: string): MlcError {
  return new MlcError('MLC-C006', `a line of a crontab cannot hold this: ${why}`, { fix: 'Use --as systemd.' })
}

/** Vixie cron holds 998 bytes of a command, and refuses a crontab with a longer one. */
const MOST_BYTES = 990
