import { randomBytes } from 'node:crypto'
import { homedir, hostname, userInfo } from 'node:os'
import { relative, resolve } from 'node:path'
import type { Signer } from '../audit/keys.js'
import { secondsFlag, type CommonFlags } from '../commands/flags.js'
import type { LoadedConfig } from '../config/load.js'
import type { Config, QadConfig } from '../config/schema.js'
import type { Host, Settings } from '../context.js'
import { MlcError } from '../errors.js'
import type { Clock } from '../model/clock.js'
import { runId } from '../model/run.js'
import type { Target } from '../pipeline/map.js'
import type { History, MapStore, Ports, RunStore } from '../pipeline/ports.js'
import type { Adapters } from './adapters.js'
import type { Voice } from './voice.js'

/** @returns also where variables are not set: a value that names one is refused when it is read */
export async function loadConfigOf(host: Host, flags: CommonFlags, signal: AbortSignal): Promise<LoadedConfig> {
  const { findConfig } = await import('../config/find.js')
  const { loadConfig } = await import('../config/load.js')
  const { refusingUnset } = await import('../config/unset.js')
  const path = await findConfig({
    flag: flags.config,
    env: host.env['MLC_CONFIG'],
    cwd: host.cwd,
    xdgConfigHome: host.env['XDG_CONFIG_HOME'],
    home: homedir(),
  })
  return refusingUnset(withAbsolutePaths(await loadConfig(path, host.env, { cwd: host.cwd, signal, mayLack: true })))
}

/** Paths in mlc.yaml are relative to it, wherever mlc is started. */
function withAbsolutePaths(loaded: LoadedConfig): LoadedConfig {
  const { config, folder } = loaded
  const { qad } = config
  if (!qad) return loaded
  const absolute = (path: string | null) => (path === null ? null : resolve(folder, path))
  const http = { ...qad.http, caFile: absolute(qad.http.caFile || null) }
  const write = qad.write && { ...qad.write, template: absolute(qad.write.template), dir: absolute(qad.write.dir) }
  const qxtend = qad.qxtend && { ...qad.qxtend, queryTemplate: absolute(qad.qxtend.queryTemplate) }
  return { ...loaded, config: { ...config, qad: { ...qad, http, write, qxtend } } }
}

export async function stateFolderOf(host: Host): Promise<string> {
  const { ensureFolder, stateFolder } = await import('../config/state.js')
  const folder = resolve(host.cwd, stateFolder(host.env, host.platform, homedir()))
  await ensureFolder(folder)
  return folder
}

/** Before anything of a run is written there. @returns a remark for people */
export async function closeStateFolder(folder: string): Promise<string | null> {
  const { closeFolder } = await import('../config/state.js')
  return closeFolder(folder)
}

export function auditFolderOf(config: LoadedConfig | null, stateFolder: string): string {
  const dir = config?.config.audit.dir ?? null
  return config && dir !== null ? resolve(config.folder, dir) : resolve(stateFolder, 'audit')
}

/** What commands need of mlc.yaml. `target` throws where there is no qad section, and all of them where a variable is not set, so only those who use it need it. */
export function settingsOf(config: Config): Settings {
  return {
    jobs: Object.entries(config.jobs).map(([name, job]) => ({ name, ...job })),
    ingest: config.ingest,
    signoff: config.signoff,
    get environment() {
      return config.environment
    },
    get target() {
      return targetOf(config)
    },
  }
}

export function systemsOf({ looker, qad }: Config): readonly ('looker' | 'qad')[] {
  return [...(looker ? (['looker'] as const) : []), ...(qad && qad.kind !== 'file' ? (['qad'] as const) : [])]
}

function targetOf({ qad }: Config): Target {
  if (!qad) throw new MlcError('MLC-C012', 'mlc.yaml has no section qad')
  const { write, limits } = qad
  const journal = write?.target === 'journal' ? write : null
  const key = limits.text - (journal?.keyPrefix.length ?? 0)
  const roomOf = (text: string) => (write?.fields[text] === undefined ? null : limits.text)
  return {
    tenant: tenantOf(qad),
    domain: qad.domain,
    entity: qad.entity,
    limits: journal ? { ...limits, key } : limits,
    movements: journal !== null,
    mastersOptional: qad.kind !== 'adaptive',
    offsetAccount: journal?.offsetAccount ?? null,
    settleMs: (write?.settleSeconds ?? 60) * 1000,
    anchorRoom: journal
      ? { description: limits.text, source: null }
      : { description: roomOf('description'), source: roomOf('source') },
  }
}

/** Where references go: what was made for one place is never sent to another. */
function tenantOf({ baseUrl, qxtend, write }: QadConfig): string {
  if (qxtend) return `${baseUrl}#${qxtend.receiver}`
  return baseUrl || `file:${write?.dir ?? ''}`
}

export interface StateNeeds {
  readonly folder: string
  readonly auditFolder: string
  readonly command: string
  readonly clock: Clock
  readonly host: Host
  readonly flags: CommonFlags
  readonly closers: (() => Promise<void>)[]
  /** Signs checkpoints of the audit; null: nothing is signed. */
  readonly signer: Signer | null
  readonly warn: (line: string) => void
}

/** Makes this process the one writer: first the lock, then the audit, whose newest month is checked before anything is sent. */
export async function openState(needs: StateNeeds) {
  const { folder, auditFolder, command, clock, host, flags, closers, signer, warn } = needs
  const { acquireLock } = await import('../audit/lock.js')
  const { openJournal } = await import('../audit/journal.js')
  const { readAudit } = await import('../audit/read.js')
  const { withHistory } = await import('../audit/history.js')
  const timeoutMs = secondsFlag('--lock-timeout', flags.lockTimeout) ?? 0
  const lock = await acquireLock(folder, { clock, timeoutMs, who: `mlc ${command}`, signal: host.stop })
  closers.push(() => lock.release())
  if (relative(folder, auditFolder).startsWith('..')) {
    // An audit that several state folders share has one writer as well.
    const shared = await acquireLock(auditFolder, { clock, timeoutMs, who: `mlc ${command}`, signal: host.stop })
    closers.push(() => shared.release())
  }
  const actor = { user: userName(host), host: hostname(), mlc: host.version }
  const journal = await openJournal(auditFolder, { clock, actor, signer, warn })
  closers.push(() => journal.close())
  return withHistory(journal, () => readAudit(auditFolder), clock)
}

/** What the audit remembers, for a command that appends nothing to it. */
export async function historyOf(auditFolder: string, clock: Clock): Promise<History> {
  const { readAudit } = await import('../audit/read.js')
  const { withHistory } = await import('../audit/history.js')
  return withHistory({ append: refuse, flush: refuse }, () => readAudit(auditFolder), clock).history
}

async function refuse(): Promise<never> {
  throw new MlcError('MLC-X001', 'this command does not write the audit')
}

export interface PortsNeeds {
  readonly clock: Clock
  readonly runs: RunStore
  readonly maps: MapStore
  readonly adapters: Adapters
  readonly terminal: Voice
  readonly stop: AbortSignal
  readonly reason: string | null
}

/** Ports of a command that only reads: whoever writes replaces journal and history. */
export function portsOf({ clock, runs, maps, adapters, terminal, stop, reason }: PortsNeeds): Ports {
  return {
    clock,
    journal: { append: refuse, flush: refuse },
    jobName: '',
    reason,
    store: runs,
    source: () => adapters.source(),
    ledger: () => adapters.ledger(),
    maps,
    history: {
      owners: async () => new Map(),
      open: async () => new Map(),
      waited: () => undefined,
      held: async () => new Set(),
      conflicts: async () => new Map(),
      known: async () => [],
      taken: async () => new Set(),
      accepted: async () => [],
      disputed: async () => [],
      outcome: async () => null,
      rest: async () => ({ unfinished: [], died: [], conflicts: [] }),
      standing: async () => [],
      deliveries: async () => [],
      plan: async () => null,
      pulled: async () => null,
      names: async () => ({ keys: [], runs: [], jobs: [] }),
    },
    newRunId: () => runId(clock.now(), randomBytes(10)),
    signal: stop,
    say: (line) => terminal.note(line),
    progress: (done, of) => terminal.working(`${done}/${of} posted`),
  }
}

export function userName(host: Pick<Host, 'env'>): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return host.env['USER'] ?? host.env['USERNAME'] ?? 'unknown'
  }
}
