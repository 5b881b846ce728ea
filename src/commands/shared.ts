import type { Command } from 'commander'

/** A flag that means the same everywhere. (CLI contract, section 1) Each command takes all of them; help names those that do something there. */
interface SharedFlag {
  readonly flags: string
  /** May differ by command. */
  readonly says: string | ((path: string) => string)
  /** Commands by their path, such as `audit show`; a name alone means all below it. */
  readonly on: (path: string) => boolean
}

/** Adds the shared flags to every command that has something to run, under a heading of their own behind its own flags. */
export function addSharedFlags(program: Command): void {
  for (const command of program.commands) addBelow(command, command.name())
}

function addBelow(command: Command, path: string): void {
  for (const child of command.commands) addBelow(child, `${path} ${child.name()}`)
  if (command.commands.length > 0 || path === 'help') return
  command.addHelpOption(command.createOption('-h, --help', 'display help for command').helpGroup(HEADING))
  for (const { flags, says, on } of SHARED) {
    const option = command.createOption(flags, typeof says === 'string' ? says : says(path)).helpGroup(HEADING)
    // A command may mean something of its own by it, such as a folder.
    if (command.options.some(({ long }) => long === option.long)) continue
    command.addOption(on(path) ? option : option.hideHelp())
  }
}

/** `--json` or `-o`: a flag that every command takes. */
export function isSharedFlag(flag: string): boolean {
  return SHARED.some(({ flags }) => flags.split(/[ ,]+/).includes(flag))
}

const HEADING = 'Shared flags:'

const only =
  (...paths: readonly string[]) =>
  (path: string) =>
    paths.some((one) => path === one || path.startsWith(`${one} `))
const but =
  (...paths: readonly string[]) =>
  (path: string) =>
    !only(...paths)(path)

/** Nothing of the user's configuration reaches these. */
const ALONE = ['demo', 'completion', 'config schema', 'qad learn']
const POSTS = ['push', 'sync', 'ingest', 'replay']
const WRITES = ['pull', 'map', ...POSTS, 'resolve', 'listen']
const ASKS = ['init', 'login', 'map', ...POSTS, 'resolve', 'listen', 'schedule']
const CHECKS = ['reconcile', 'signoff', 'evidence', 'audit verify', 'doctor', 'qad probe', 'schedule']
const CALLS = ['init', 'login', 'logout', 'pull', 'map', ...POSTS, 'resolve', 'listen', ...CHECKS]

/** Of commands that have more than a table and JSON. */
const FORMATS: Readonly<Record<string, string>> = {
  pull: 'table, json, ndjson or csv',
  reconcile: 'table, json, ndjson, csv, html or xlsx',
  'audit show': 'table, json, ndjson or csv',
  'audit export': 'ndjson, csv or json',
}

const SHARED: readonly SharedFlag[] = [
  { flags: '--config <file>', says: 'mlc.yaml to use', on: but(...ALONE) },
  { flags: '--json', says: 'print one JSON object', on: but('demo', 'completion') },
  {
    flags: '--format <format>',
    says: (path) => FORMATS[path] ?? 'table or json',
    on: (path) => path in FORMATS,
  },
  {
    flags: '-o, --output <file>',
    says: 'write the data to a file; - is stdout',
    on: but('demo', 'login', 'logout', 'resolve', 'listen'),
  },
  { flags: '-y, --yes', says: 'post without asking', on: only(...POSTS, 'resolve', 'listen', 'schedule') },
  {
    flags: '-n, --dry-run',
    says: 'show what would be done, and do nothing',
    on: only('note', 'signoff', 'init', 'login', 'qad learn', ...POSTS, 'schedule'),
  },
  { flags: '--no-input', says: 'never ask', on: only(...ASKS) },
  { flags: '-q, --quiet', says: 'no progress and no remarks', on: but('completion', 'config') },
  { flags: '-v, --verbose', says: 'more remarks', on: () => false },
  { flags: '--debug', says: 'trace HTTP exchanges on stderr, without secrets', on: only(...CALLS) },
  { flags: '--no-color', says: 'no colours', on: but('completion', 'config') },
  { flags: '--timeout <seconds>', says: 'deadline of the whole command', on: only(...CALLS) },
  {
    flags: '--lock-timeout <seconds>',
    says: 'how long to wait for another run',
    on: only(...WRITES, 'note', 'signoff'),
  },
  { flags: '--reason <text>', says: 'why, for the audit', on: only(...WRITES) },
]
