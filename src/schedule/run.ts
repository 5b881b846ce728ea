import { createHash } from 'node:crypto'
import type { Cron } from './cron.js'

/** A sync that a scheduler starts. */
export interface ScheduledRun {
  /** Null: all of mlc.yaml. */
  readonly jobs: readonly string[] | null
  readonly period: 'current' | 'previous'
  readonly cron: Cron
  /** Of the IANA database; null: the scheduler's own. */
  readonly zone: string | null
  /** To whom cron mails what a run says; null: to whomever it mails everything. */
  readonly mailTo: string | null
  /** Keeps its files apart from another schedule's, where that one has the name already; null: the name is enough. */
  readonly tag: string | null
  readonly place: Place
}

/** Where the run finds things: all paths are absolute, and nothing here is a secret. */
export interface Place {
  readonly version: string
  readonly user: string
  readonly home: string
  readonly node: string
  /** What node runs. */
  readonly script: string
  readonly config: string
  /** The folder of mlc.yaml. */
  readonly folder: string
  /** Files that mlc.yaml names, as they stand there; mlc.yaml itself is none of them. */
  readonly files: readonly string[]
  readonly state: string
  /** Folders outside the state folder that a run writes into. */
  readonly writes: readonly string[]
  /** Variables that the run needs besides its credentials. */
  readonly variables: Readonly<Record<string, string>>
  readonly credentials: readonly Credential[]
  /** The same for a run with a state folder of its own, where the vault of this one is not: of a vault, what it holds. */
  readonly ownCredentials: readonly Credential[]
  /** Remarks on what a scheduled run would miss. */
  readonly remarks: readonly string[]
}

/** What a run has to be given. */
export interface Credential {
  /** `MLC_QAD_PASSWORD` */
  readonly variable: string
  /** The file that holds it here and now; null: none does. */
  readonly file: string | null
  /** The value of an id or a user's name that a variable gives; always null for a secret. */
  readonly value: string | null
}

/** `plant-gl`, `payables-plant-gl`, `all`: part of file names. Another schedule may go by the same: see markOf. */
export function nameOf({ jobs, tag }: Pick<ScheduledRun, 'jobs' | 'tag'>): string {
  const name = jobs === null ? 'all' : jobs.toSorted().join('-')
  return tag === null ? name : `${name}-${tag}`
}

/** `plant-gl`, `payables,plant-gl`, `*`: told from each other, since a job's name has neither comma nor star. */
export function jobsMark({ jobs }: Pick<ScheduledRun, 'jobs'>): string {
  return jobs === null ? '*' : jobs.toSorted().join(',')
}

/**
 * The line by which a file tells whose schedule it is.
 * @param config mlc.yaml, by the path that is its own wherever the file may stand
 */
export function markOf(run: Pick<ScheduledRun, 'jobs'>, config: string): string {
  return `# For ${jobsMark(run)} of ${JSON.stringify(config)}`
}

/** Such a line of a file; null: it has none. */
export function markIn(text: string): string | null {
  return /^# For \S+ of ".*"$/m.exec(text)?.[0] ?? null
}

/** A few characters that stand for a text. */
export function tagOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6)
}

/** The words behind `mlc`. What is refused at night waits for nobody, and another run is waited for. */
export function syncWords({ jobs, period }: Pick<ScheduledRun, 'jobs' | 'period'>): readonly string[] {
  const which = jobs === null ? ['--all'] : jobs.flatMap((job) => ['--job', job])
  const how = ['--yes', '--no-input', '--quiet', '--lock-timeout', String(LOCK_S)]
  return ['sync', ...which, '--period', period, ...how]
}

/** Two schedules that meet take turns. */
const LOCK_S = 900

/** `qad-password`: a file's name for a credential. */
export function fileNameOf({ variable }: Pick<Credential, 'variable'>): string {
  return variable.replace(/^MLC_/, '').toLowerCase().replaceAll('_', '-')
}

/** The first line of all that mlc writes for a scheduler: by it mlc knows its own. */
export const MADE_BY = 'Made by mlc schedule'

/** A file as mlc would put it somewhere. */
export interface Written {
  readonly path: string
  readonly text: string
}

/** Its variables, where credentials come from files: a scheduler has no keychain. */
export function withStore({ variables, credentials }: Place): Readonly<Record<string, string>> {
  if (credentials.length === 0 || variables['MLC_STORE'] === 'vault') return variables
  return { ...variables, MLC_STORE: 'none' }
}

/** The place of a run with a state folder of its own, such as one on another machine. */
export function apart({ variables: { MLC_STORE: _, ...variables }, ...place }: Place): Place {
  return { ...place, variables, credentials: place.ownCredentials }
}

/** A credential's file where no variable names one yet. */
export function usualFile(folder: string, credential: Credential): string {
  return `${folder}/${fileNameOf(credential)}`
}

/** Where a person keeps such files, and where a machine does. */
export function credentialFolder({ home }: Place, whose: 'person' | 'machine'): string {
  return whose === 'machine' ? '/etc/mlc' : `${home}/.config/mlc/credentials`
}
