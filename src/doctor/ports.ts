import type { LoadedConfig } from '../config/load.js'
import type { SourceDefinition, SourceSpec } from '../looker/source.js'
import type { MapLine } from '../mapping/map-file.js'
import type { Balance, MasterCode } from '../model/chart.js'
import type { Clock } from '../model/clock.js'
import type { CalendarPeriod, Period } from '../model/period.js'
import type { Posted } from '../model/reference.js'
import type { Network } from './network.js'

export type System = 'looker' | 'qad'

/** Everything that the doctor looks at. What cannot be had throws MlcError; the checks turn that into findings. */
export interface DoctorPorts {
  readonly clock: Clock
  readonly machine: Machine
  readonly network: Network
  config(): Promise<LoadedConfig>
  state(): Promise<StateFolder>
  auditFolder(): Promise<string>
  /** Finds the credentials of a system without trying them. @throws MLC-S001, MLC-S002 … */
  secret(system: System): Promise<SecretSource>
  /** Looks at the secret of mlc listen. @throws MLC-S030 none is set, MLC-S031 it cannot be used, MLC-S002 */
  ingestSecret(): Promise<void>
  /** Certificate authorities that are trusted for a system; null: those of Node. @throws MLC-C011 */
  authorities(system: System): Promise<readonly string[] | null>
  /** The proxy that requests to the address go through; null: none. */
  proxyFor(address: URL): URL | null
  looker(): Promise<LookerLink>
  qad(): Promise<QadLink>
  /** Lines of a map file named in mlc.yaml. @throws MLC-C011, MLC-P020 */
  map(path: string): Promise<readonly MapLine[]>
  /** Text of a file beside mlc.yaml; null when there is none. */
  file(path: string): Promise<string | null>
  /** Takes every credential that is known so far out of a text. */
  redact(text: string): string
}

export interface Machine {
  readonly mlc: string
  /** Such as 20.20.2. */
  readonly node: string
  readonly platform: string
  readonly arch: string
  /** True where the platform hands out variables by design: CI, a container of Kubernetes. */
  readonly isManaged: boolean
  /** How mlc.yaml was found: `--config`, `MLC_CONFIG`; null: by looking for it. */
  readonly configBy: string | null
}

export interface StateFolder {
  readonly path: string
  /** Null where the system does not tell. */
  readonly freeBytes: number | null
  /** Permission bits; null on Windows, where they mean nothing. */
  readonly mode: number | null
}

export interface SecretSource {
  /** Such as `MLC_QAD_PASSWORD_FILE` or `the keychain`: a name, never the value. */
  readonly origin: string
  /** The variable itself holds the value. */
  readonly isPlainVariable: boolean
  /** What MLC_STORE names: whether a login would be kept. */
  readonly store: 'keychain' | 'vault' | 'none'
  /** The file that the secret, or the passphrase of its vault, comes from, where users who have no business there may read it. */
  readonly exposed: ExposedFile | null
}

export interface ExposedFile {
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  /** False: another user's, so that ours cannot change its mode. */
  readonly isOurs: boolean
}

/** A Looker as the doctor questions it: one session, reads only, nothing repeated. */
export interface LookerLink {
  /** @throws MLC-L004 … */
  logIn(): Promise<void>
  /** `looker_release_version`; null when it is not told. */
  release(): Promise<string | null>
  /** Who the key belongs to and what it may do; null permissions: not readable. */
  grants(): Promise<Grants>
  describe(source: SourceSpec): Promise<SourceDefinition>
  /** What its answers said of the time; asks once when there was none yet. */
  times(): Promise<readonly TimeSeen[]>
}

export interface Grants {
  readonly user: string | null
  readonly permissions: ReadonlySet<string> | null
  /** Those it may query; null: not readable. */
  readonly models?: ReadonlySet<string> | null
}

/** A QAD tenant as the doctor questions it: one session, reads only. */
export interface QadLink {
  /** One login and one small read with it. @throws MLC-Q004 … */
  logIn(): Promise<void>
  /** The first rows of a configured read as QAD answers them, names and all. @throws MLC-Q006 … */
  sample(read: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** A document under the base URL. @throws MlcError */
  document(path: string): Promise<string>
  masters(read: 'glAccounts' | 'costCentres'): Promise<readonly MasterCode[]>
  periods(): Promise<readonly CalendarPeriod[]>
  balances(period: Period): AsyncIterable<Balance>
  posted(period: Period): AsyncIterable<Posted>
  daybooks(): AsyncIterable<string>
  /** Whether the daybook and the offset account of journals may be written to. @throws MLC-Q043, MLC-Q044 */
  readiness(): Promise<{ readonly caution: string | null }>
  times(): Promise<readonly TimeSeen[]>
}

/** A Date header, and when by our clock the answer was on its way. Milliseconds since 1970. */
export interface TimeSeen {
  readonly serverMs: number
  readonly askedMs: number
  readonly answeredMs: number
}
