import type { PublicKey, Signer } from './audit/keys.js'
import type { CommonFlags } from './commands/flags.js'
import type { Access } from './composition/access.js'
import type { Lesson } from './composition/lesson.js'
import type { QadProbe } from './composition/qad-probe.js'
import type { Endpoint, KeptDeliveries } from './composition/endpoint.js'
import type { Scheduling } from './composition/scheduling/scheduling.js'
import type { Setup } from './composition/setup.js'
import type { DoctorPorts } from './doctor/ports.js'
import type { LookEntry } from './model/look.js'
import type { FigureSource } from './looker/source.js'
import type { Clock } from './model/clock.js'
import type { Job } from './model/job.js'
import type { Overflow } from './model/overflow.js'
import type { Period } from './model/period.js'
import type { DeliveryReader } from './pipeline/deliver.js'
import type { Target } from './pipeline/map.js'
import type { History, Ports, RunStore, Scratch } from './pipeline/ports.js'
import type { Breaks } from './pipeline/breaks.js'
import type { Readings } from './pipeline/reconcile/readings.js'
import type { System } from './secrets/store.js'
import type { MapFiles } from './store/maps.js'
import type { Terminal } from './terminal/output.js'
import type { Prompts } from './terminal/prompt.js'
import type { Output } from './terminal/sink.js'
import type { RowOutput, RowOutputOptions } from './terminal/export/rows.js'

export type { Access, Removed, Wanted } from './composition/access.js'
export type { Lesson } from './composition/lesson.js'
export type { Candidate, Fact, QadProbe, Verdict } from './composition/qad-probe.js'
export type { Endpoint, KeptDeliveries } from './composition/endpoint.js'
export type { Scheduling } from './composition/scheduling/scheduling.js'
export type { Effective, LookerKey, Setup } from './composition/setup.js'
export type { System } from './secrets/store.js'

/** The process as mlc sees it: the only door to the environment. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly platform: NodeJS.Platform
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly version: string
  /** How this very mlc is started: absolute paths of node and of what it runs. */
  readonly program: { readonly node: string; readonly script: string }
  /** Aborted by the first SIGINT or SIGTERM: what is in flight is finished, nothing after it is started. */
  readonly stop: AbortSignal
}

/** What Looker's monthly quota of query calls counts, as far as it was sent by an mlc with this state folder. */
export interface LookerCalls {
  /** `acme.cloud.looker.com` */
  readonly instance: string
  /** `YYYY-MM`, UTC. */
  readonly month: string
  readonly calls: number
  /** What looker.callsPerMonth allows; absent: nothing is said of it. */
  readonly budget?: number
}

/** Section `ingest` of mlc.yaml. */
export interface Ingest {
  readonly host: string
  readonly port: number
  readonly maxBodyBytes: number
  readonly publicUrl: string | null
}

export interface Settings {
  readonly environment: string
  readonly jobs: readonly Job[]
  readonly target: Target
  readonly ingest: Ingest
  /** `secondPerson`: who prepared a reconciliation may not review it. */
  readonly signoff: { readonly secondPerson: boolean }
}

/** What commands may use. Everything is made on first use, so that no command pays for what it does not need. */
export interface Context {
  readonly version: string
  readonly flags: CommonFlags
  readonly clock: Clock
  readonly terminal: Terminal
  readonly prompts: Prompts
  readonly stop: AbortSignal
  settings(): Promise<Settings>
  /** @throws MLC-C005 */
  job(name: string): Promise<Job>
  /**
   * Reads --period; QAD's calendar is asked only for `current` and `previous`.
   * @param at ISO time at which they are meant; now unless told
   */
  period(flag: string | undefined, at?: string): Promise<Period | null>
  source(): Promise<FigureSource>
  /** The Looks that may be seen, for a person to choose from. */
  looks(): Promise<readonly LookEntry[]>
  /** Reads what Looker delivered. */
  deliveries(): Promise<DeliveryReader>
  /** What is sent to the process: all of stdin. @throws MLC-C006 when it is a terminal, or larger */
  stdin(maxBytes: number): Promise<Uint8Array>
  /** Credentials of one system: to try, to save, to remove. @throws MLC-C012, MLC-S004 */
  access(system: System): Promise<Access>
  /** Query calls sent to the Looker of mlc.yaml this month; null where it has none, or its address is not known. */
  lookerCalls(): Promise<LookerCalls | null>
  /** Those that mlc.yaml names. */
  systems(): Promise<readonly System[]>
  /** For the commands about configuration: works without mlc.yaml. */
  setup(): Promise<Setup>
  /** What a capture teaches of a QAD tenant: works without mlc.yaml. @throws MLC-Q017 */
  lesson(path: string): Promise<Lesson>
  /** Looks at QAD through reads alone. @throws MLC-C012, MLC-Q002 … */
  qadProbe(): Promise<QadProbe>
  /** For `mlc listen`: where it listens, and for whom. @throws MLC-S030, MLC-S031 */
  endpoint(): Promise<Endpoint>
  /** Deliveries that `mlc listen` accepted and that wait, or were refused. */
  deliveriesKept(): Promise<KeptDeliveries>
  /** Resolves when a signal asks the command to end; its own exit code counts then. @throws MLC-C030 */
  untilStopped(): Promise<void>
  /** A context of its own for one of several syncs of a command that stays: a lock, sessions and masters of its own; no signal stops it. */
  apart(flags: CommonFlags): Context
  /** For `mlc schedule`: what a scheduled run needs, and who starts it. */
  scheduling(): Promise<Scheduling>
  /** For `mlc doctor`: works however much is broken. */
  doctor(): Promise<DoctorPorts>
  /** Takes the lock and opens the audit: for commands that write. @throws MLC-C020 (7), MLC-A002 … (8) */
  open(command: string, job: string): Promise<Ports>
  /** Ports for commands that only read: they can append nothing to the audit. */
  reading(): Promise<Ports>
  /** What the audit remembers, and what earlier reconciliations found, for commands that only read. */
  past(): Promise<{ readonly history: History; readonly readings: Readings; readonly breaks: Breaks }>
  /** Who is at work, as the audit names them. */
  user(): string
  runs(): Promise<RunStore>
  maps(): Promise<MapFiles>
  scratch(): Promise<Scratch>
  /** Opens files for what does not fit into memory. They have no name, and are gone with the command. */
  overflow(): Promise<() => Overflow>
  /** Writes the hash of a job's query into mlc.yaml; false when it stood there already. @throws MLC-C003, MLC-C008 */
  pin(job: string, definition: string): Promise<boolean>
  auditFolder(): Promise<string>
  /** Signs checkpoints and anchors; null where no key is given. @throws MLC-A006 */
  auditSigner(): Promise<Signer | null>
  /** Name of this audit in its notes: `mlc/<tenant>/<host>`. */
  auditOrigin(): Promise<string>
  /** Public keys that mlc.yaml names. @throws MLC-A006 */
  auditKeys(): Promise<readonly PublicKey[]>
  /** Runs `act`; when it fails, the run is closed in the audit with its exit code before the error goes on. */
  ending<T>(run: string, ports: Ports, act: () => Promise<T>): Promise<T>
  /** @throws MLC-C009 when posting would need an answer that nobody can give */
  mayPost(): void
  /** Where --output says. @throws MLC-C006 */
  output(path: string | undefined): Promise<Output>
  /** Opens the way of rows to stdout or a file. @throws MLC-C006 */
  rows(options: RowOutputOptions): Promise<RowOutput>
  /** Columns that a table has for a person who reads it on a terminal; null: nobody does. */
  columns(flags: CommonFlags): number | null
  /** Writes a command's data to where --output says. */
  data(flags: CommonFlags, text: string): Promise<void>
  /** Ends sessions, closes the audit, frees the lock. */
  close(): Promise<void>
}
