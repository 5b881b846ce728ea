import { posix } from 'node:path'
import { onCalendar } from './calendar.js'
import {
  apart,
  credentialFolder,
  fileNameOf,
  MADE_BY,
  markOf,
  nameOf,
  syncWords,
  usualFile,
  withStore,
  type Place,
  type ScheduledRun,
  type Written,
} from './run.js'

/** system: of the machine, under a user of its own. user: of the person who installs it, by `systemctl --user`. */
export type Scope = 'system' | 'user'

/** Service and timer. @returns with names instead of paths: `mlc-plant-gl.service` */
export function systemdUnits(run: ScheduledRun, scope: Scope): readonly [service: Written, timer: Written] {
  const unit = `mlc-${nameOf(run)}`
  return [
    { path: `${unit}.service`, text: serviceText({ ...run, place: placeOfService(run, scope) }, scope) },
    { path: `${unit}.timer`, text: timerText(run) },
  ]
}

/** As the service finds it. A person's vault is in that person's state folder, and a service of the machine has one of its own. */
export function placeOfService({ place }: ScheduledRun, scope: Scope): Place {
  return scope === 'user' || stateBelowVarLib(place) !== null ? place : apart(place)
}

/** By its path from there, where StateDirectory= can say it; null: it is elsewhere. */
function stateBelowVarLib({ state }: Place): string | null {
  const below = posix.relative('/var/lib', state)
  return below !== '' && !below.startsWith('..') && !/[\s:%\\"]/.test(below) ? below : null
}

function serviceText(run: ScheduledRun, scope: Scope): string {
  const { place } = run
  const words = [place.node, place.script, ...syncWords(run)].map((word) => quoted(word).replaceAll('$', '$$$$'))
  const network = scope === 'system' ? ['Wants=network-online.target', 'After=network-online.target'] : []
  return lines(
    `# ${MADE_BY} ${place.version}`,
    markOf(run, place.config),
    '[Unit]',
    `Description=mlc sync of ${specifiers(nameOf(run))}`,
    ...network,
    '# Looker or QAD down (exit 75): again after 15 minutes, five times at most.',
    'StartLimitIntervalSec=6h',
    'StartLimitBurst=6',
    '',
    '[Service]',
    'Type=oneshot',
    ...(scope === 'system' ? [`User=${SERVICE_USER}`] : []),
    `WorkingDirectory=${specifiers(place.folder)}`,
    `ExecStart=${words.join(' ')}`,
    ...Object.entries({ ...withStore(place), MLC_CONFIG: place.config }).map(environment),
    ...stateLines(run, scope),
    ...credentialLines(run, scope),
    '# Stopped in the middle, mlc finishes the record in flight and ends with 143.',
    'TimeoutStartSec=infinity',
    'TimeoutStopSec=3min',
    'SuccessExitStatus=143',
    'Restart=on-failure',
    '# All that a second try would meet again: only the lock (7) and 75 are worth one, and a run that was killed.',
    'RestartPreventExitStatus=1 2 3 4 5 6 8 9',
    'RestartSec=15min',
    ...(scope === 'system' ? hardening(run) : USER_HARDENING),
  )
}

/** A user for the service alone, as the README has it. */
const SERVICE_USER = 'mlc'

function stateLines({ place }: ScheduledRun, scope: Scope): readonly string[] {
  if (scope === 'user') return [environment(['MLC_STATE_DIR', place.state])]
  // Where the state folder is a person's own, the service gets one that only it can read.
  const name = stateBelowVarLib(place) ?? 'mlc'
  return [
    `StateDirectory=${name}`,
    'StateDirectoryMode=0700',
    `Environment=MLC_STATE_DIR=%S/${name}`,
    'CacheDirectory=mlc',
    'CacheDirectoryMode=0700',
    'Environment=XDG_CACHE_HOME=%C',
  ]
}

/** systemd reads the files as root (or as the person) and shows them to this service alone. */
function credentialLines({ place }: ScheduledRun, scope: Scope): readonly string[] {
  const usual = credentialFolder(place, scope === 'system' ? 'machine' : 'person')
  return place.credentials.flatMap((one) => {
    if (one.file === null && one.value !== null) return [environment([one.variable, one.value])]
    const name = fileNameOf(one)
    const path = one.file ?? usualFile(usual, one)
    return [`LoadCredential=${name}:${specifiers(path)}`, `Environment=${one.variable}_FILE=%d/${name}`]
  })
}

/** What takes nothing from mlc. MemoryDenyWriteExecute= is not among it: Node compiles while it runs. */
function hardening({ place }: ScheduledRun): readonly string[] {
  const paths = [place.node, place.script, place.folder, ...place.writes]
  const isAtHome = paths.some((path) => /^\/(?:home|root|run\/user)\//.test(path))
  return [
    'UMask=0077',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    ...place.writes.map((path) => `ReadWritePaths=${quoted(path)}`),
    `ProtectHome=${isAtHome ? 'read-only' : 'yes'}`,
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  ]
}

/** What a service of a user can have on every kernel: no mounts of its own. */
const USER_HARDENING = ['UMask=0077', 'NoNewPrivileges=yes', 'LockPersonality=yes', 'RestrictRealtime=yes']

function timerText(run: ScheduledRun): string {
  return lines(
    `# ${MADE_BY} ${run.place.version}`,
    markOf(run, run.place.config),
    '[Unit]',
    `Description=when to run mlc sync of ${specifiers(nameOf(run))}`,
    '',
    '[Timer]',
    ...onCalendar(run.cron, run.zone).map((value) => `OnCalendar=${value}`),
    '# What a machine slept through is made up for when it wakes.',
    'Persistent=true',
    'AccuracySec=1min',
    '',
    '[Install]',
    'WantedBy=timers.target',
  )
}

function environment([name, value]: readonly [string, string]): string {
  return `Environment=${quoted(`${name}=${value}`)}`
}

/** One word of a list, whatever is in it. (systemd.syntax(7)) */
function quoted(text: string): string {
  const escaped = specifiers(text)
  return /^[\w@+=:,./%-]+$/.test(escaped) ? escaped : `"${escaped.replace(/[\\"]/g, '\\$&')}"`
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%')
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
