import { Argument, Command, Help, Option, type CommanderError } from 'commander'
import { MlcError } from './errors.js'
import type { Context, System } from './context.js'
import { addQad } from './commands/qad.js'
import { addExamples } from './commands/examples.js'
import { refuseRepeated } from './commands/once.js'
import { addSharedFlags, isSharedFlag } from './commands/shared.js'
import type { CompletionFlags, Shell } from './commands/completion.js'
import type { CommonFlags } from './commands/flags.js'
import type { NoteFlags } from './commands/note.js'
import type { ScheduleFlags } from './commands/schedule.js'

/** Runs one command; the returned number is the exit code. Each command's code is loaded only when it is asked for. */
export type Dispatch = (flags: CommonFlags, run: (context: Context) => Promise<number>) => Promise<void>

/** The command line as commander sees it: names, flags and help. What a command does stands in commands/. */
export function createProgram(version: string, dispatch: Dispatch): Command {
  const program = new Command('mlc')
    .description(
      'Posts Looker figures into QAD as reconciliation references, reads them back and reconciles them with the ledger.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .configureHelp({ optionDescription: describeOption })
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
  addInit(program, dispatch)
  addLogin(program, dispatch)
  addLogout(program, dispatch)
  addPull(program, dispatch)
  addMap(program, dispatch)
  addPush(program, dispatch)
  addSync(program, dispatch)
  addIngest(program, dispatch)
  addReplay(program, dispatch)
  addResolve(program, dispatch)
  addReconcile(program, dispatch)
  addNote(program, dispatch)
  addSignoff(program, dispatch)
  addEvidence(program, dispatch)
  addTrace(program, dispatch)
  addAudit(program, dispatch)
  addStatus(program, dispatch)
  addListen(program, dispatch)
  addSchedule(program, dispatch)
  addDoctor(program, dispatch)
  addQad(program, dispatch)
  addDemo(program, dispatch)
  addConfig(program, dispatch)
  addCompletion(program, dispatch)
  addHelp(program, dispatch)
  addSharedFlags(program)
  addExamples(program)
  refuseRepeated(program)
  return program
}

/** That a repeatable flag begins as an empty list helps nobody. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option).replace(' (default: [])', '')
}

/** A refusal of commander as an error of ours; null when it only showed help or the version. */
export function usageError(error: CommanderError): MlcError | null {
  if (error.exitCode === 0 || error.code === 'commander.helpDisplayed' || error.code === 'commander.help') return null
  // What stands behind --flag= of a flag that mlc does not have may be a secret.
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace(/^(unknown option '--?[^=']*)=.*'/, "$1'")
  const [, flag = '', meant] = /^unknown option '(--?[^']*)'(?:.*Did you mean (\S+)\?)?/.exec(message) ?? []
  // Known by its name, it was given a value; one that every command takes is unknown only before the command.
  if (flag !== '' && flag === meant)
    return new MlcError('MLC-C006', `${flag} takes no value`, { fix: `Write ${flag} alone.` })
  if (!isSharedFlag(flag)) return new MlcError('MLC-C006', message)
  return new MlcError('MLC-C006', `${flag} stands before the command`, {
    fix: `Put it after the command, such as mlc status ${flag}.`,
  })
}

function addInit(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('init')
    .description('ask the few questions that make a working mlc.yaml, or none with --from-env; nothing is written over')
    .option('--from-env', 'ask nothing: take the answers from the variables below')
    .addHelpText(
      'after',
      `
Variables of --from-env (on a terminal they are the answers offered first):
  MLC_LOOKER_BASE_URL  address of your Looker; LOOKERSDK_BASE_URL counts too
  MLC_QAD_BASE_URL     address of your QAD tenant, context root included
  MLC_QAD_DOMAIN       QAD domain
  MLC_QAD_ENTITY       QAD entity
  MLC_LOOK             number of the Look with the figures`,
    )
  onRun(command, dispatch, async () => (await import('./commands/init.js')).runInit)
}

function addLogin(program: Command, dispatch: Dispatch): void {
  const system = new Argument('<system>', 'what to log in to').choices(['looker', 'qad'])
  program
    .command('login')
    .addArgument(system)
    .description('take or ask for credentials, try them against the real system, save them where MLC_STORE says')
    .action(async (name: System, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('./commands/login.js')).runLogin(name, flags, context))
    })
}

function addLogout(program: Command, dispatch: Dispatch): void {
  const system = new Argument('[system]', 'what to log out of').choices(['looker', 'qad'])
  program
    .command('logout')
    .addArgument(system)
    .description('end the session that is kept and remove the credentials from the store')
    .option('--all', 'of every system in mlc.yaml')
    .action(async (name: System | undefined, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('./commands/logout.js')).runLogout(name, flags, context))
    })
}

function addPull(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('pull')
    .description(
      'run a Look, a query or a job’s source and print its rows; with --job also keep them as the figures of a new run',
    )
    .option('--job <name>', 'a job of mlc.yaml')
    .option('--period <period>', 'YYYY-PP, current or previous')
    .option('--look [id]', 'a Look; without an id, a list to choose from')
    .option('--dashboard <id>', 'every tile of a dashboard that has a query; --filter sets the dashboard’s own filters')
    .option('--model <name>', 'model of an Explore query')
    .option('--explore <name>', 'Explore to query')
    .option('--fields <list>', 'fields of the Explore query, separated by commas')
    .option('--query <query>', 'a saved query: slug, Explore address, or a file FILE.json')
    .option('--filter <field=value>', 'filter; repeatable, overrides the one saved', collect, [])
    .option('--sort <sort>', 'sort such as "gl.net_amount desc"; repeatable', collect, [])
    .option('--limit <n>', 'rows at most, or all', 'all')
    .addOption(
      new Option('--paging <how>', 'how to page')
        .choices(['auto', 'single', 'stream', 'offset', 'keyset', 'task'])
        .default('auto'),
    )
    .option('--timezone <tz>', 'time zone of the query')
    .option(
      '--estimate',
      'pull nothing: say about how many rows it would be and what it would cost in query calls; takes --period FROM..TO',
    )
  onRun(command, dispatch, async () => (await import('./commands/pull.js')).runPull)
}

function addMap(program: Command, dispatch: Dispatch): void {
  const command = runFlags(program.command('map'))
    .description(
      'resolve the figures of a run to QAD accounts and cost centres and write the plan; on a terminal, offer suggestions for what is unmapped',
    )
    .option('--pin', 'write the hash of the Look’s query into mlc.yaml: from then on a changed Look is refused')
  onRun(command, dispatch, async () => (await import('./commands/map.js')).runMap)
}

function addPush(program: Command, dispatch: Dispatch): void {
  const command = runFlags(program.command('push')).description(
    'post the plan of a run into QAD, read every reference back, compare',
  )
  onRun(command, dispatch, async () => (await import('./commands/push.js')).runPush)
}

function addSync(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('sync')
    .description('pull, map and push: one job, several, or all')
    .option('--job <name>', 'a job of mlc.yaml; repeatable', collect, [])
    .option('--all', 'every job of mlc.yaml')
    .option('--period <period>', 'YYYY-PP, current or previous')
    .option('--reconcile', 'reconcile each job afterwards; variances then count for the exit code')
  onRun(command, dispatch, async () => (await import('./commands/sync.js')).runSync)
}

function addIngest(program: Command, dispatch: Dispatch): void {
  program
    .command('ingest')
    .argument('<file>', 'a delivered file, a folder of them, or - for what is sent to mlc')
    .description('take what Looker delivered as a file (S3, SFTP, e-mail) like a sync; the same file is taken once')
    .option('--job <name>', 'the job of mlc.yaml that it feeds')
    .option('--period <period>', 'YYYY-PP, current or previous')
    .option('--allow-missing', 'figures that an earlier delivery left to be posted, and this one lacks, are gone')
    .action(async (file: string, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('./commands/ingest.js')).runIngest(file, flags, context))
    })
}

function addReplay(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('replay')
    .description('finish what failed, is in doubt or was not sent: asks QAD first, posts only what is not there')
    .option('--job <name>', 'what was left of one job')
    .option('--run <id>', 'of one run')
    .option('--key <key>', 'of one reference')
    .option('--failed', 'only what QAD certainly does not have')
    .option('--since <time>', 'only what was spoken of since then: 2026-08-03, or an age such as 26h')
    .option('--code <code>', 'only what ended with this error code')
    .addOption(
      new Option('--mapping <which>', 'original: as recorded; current: map the rows of the runs anew')
        .choices(['original', 'current'])
        .default('original'),
    )
  onRun(command, dispatch, async () => (await import('./commands/replay.js')).runReplay)
}

function addResolve(program: Command, dispatch: Dispatch): void {
  program
    .command('resolve')
    .argument('<key>', 'key of the reference')
    .description('record what a person found about a record in doubt, where QAD cannot be asked; wants --reason')
    .option('--posted', 'QAD holds it')
    .option('--not-posted', 'QAD does not hold it: the next sync or replay sends it')
    .action(async (key: string, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('./commands/resolve.js')).runResolve(key, flags, context))
    })
}

function addReconcile(program: Command, dispatch: Dispatch): void {
  const command = comparing(program.command('reconcile'))
    .description('compare a job’s figures with the ledger balances of QAD')
    .option('--run <id>', 'figures of a run; without it Looker is asked afresh')
  onRun(command, dispatch, async () => (await import('./commands/reconcile.js')).runReconcile)
}

function addNote(program: Command, dispatch: Dispatch): void {
  const command = comparing(program.command('note'))
    .argument('<key>', 'key of the break, or its beginning, such as 5010/1200')
    .argument('<text>', 'what explains it')
    .description('explain a break of the last reconciliation: for its amount, in its period or up to that of --until')
    .option('--until <period>', 'last period YYYY-PP that the note speaks of')
  command.action(async (key: string, text: string) => {
    const flags: NoteFlags = command.opts()
    await dispatch(flags, async (context) => (await import('./commands/note.js')).runNote(key, text, flags, context))
  })
}

function addSignoff(program: Command, dispatch: Dispatch): void {
  const role = new Option('--role <role>', 'as whom').choices(['preparer', 'reviewer']).makeOptionMandatory()
  const command = comparing(program.command('signoff'))
    .description(
      'reconcile a period and sign it: a sign-off is suspended as soon as a figure, a setting or a note changes',
    )
    .addOption(role)
    .option('--run <id>', 'figures of a run; without it Looker is asked afresh')
    .option('--with-open', 'sign although breaks are open; they are listed in the audit')
  onRun(command, dispatch, async () => (await import('./commands/signoff.js')).runSignoff)
}

function addEvidence(program: Command, dispatch: Dispatch): void {
  const command = comparing(program.command('evidence'))
    .description(
      'reconcile a period and write what an auditor asks for into one new zip: report, queries, maps, audit lines, answers',
    )
    .option('--run <id>', 'figures of a run; without it Looker is asked afresh')
    .requiredOption('-o, --output <file>', 'the zip to write; a file that is there is never written over')
  onRun(command, dispatch, async () => (await import('./commands/evidence.js')).runEvidence)
}

/** Which job and period, and what a line of its reconciliation stands for. */
function comparing(command: Command): Command {
  return command
    .option('--job <name>', 'a job of mlc.yaml')
    .option('--period <period>', 'YYYY-PP, current or previous')
    .addOption(
      new Option('--from <source>', 'where figures come from: looker afresh, or the references that QAD holds').choices(
        ['looker', 'references'],
      ),
    )
    .addOption(
      new Option('--level <level>', 'what a line stands for; without it what mlc.yaml says').choices([
        ...['both', 'account', 'costCentre', 'total'],
      ]),
    )
    .option('--ytd', 'the year up to and with the period, instead of its movement')
}

function addTrace(program: Command, dispatch: Dispatch): void {
  const ref = new Argument('<ref>', 'key in any case, QAD’s own reference, or the beginning of a key')
  program
    .command('trace')
    .addArgument(ref)
    .description('from a reference back to the Look, query, rows, filters, run, plan and map that it came from')
    .action(async (name: string, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('./commands/trace.js')).runTrace(name, flags, context))
    })
}

function addAudit(program: Command, dispatch: Dispatch): void {
  const audit = program.command('audit').description('check, print or anchor the audit trail').helpCommand(false)
  const verify = audit
    .command('verify')
    .description('check that nothing in the audit was changed, removed or added')
    .option('--key <key>', 'public key of the checkpoints: a file, or the key itself; repeatable', collect, [])
    .option('--anchor <file>', 'a note of mlc audit anchor that was kept elsewhere; repeatable', collect, [])
    .option('--qad', 'compare with the anchors that references in QAD carry; logs in to QAD')
  onRun(verify, dispatch, async () => (await import('./commands/audit/verify.js')).runVerify)
  const show = selecting(audit.command('show')).description('print audit records, or their totals')
  onRun(show, dispatch, async () => (await import('./commands/audit/show.js')).runShow)
  const exported = selecting(audit.command('export')).description(
    'print audit records for another program: ndjson (each line as it was hashed) or csv',
  )
  onRun(exported, dispatch, async () => (await import('./commands/audit/show.js')).runExport)
  const anchor = audit
    .command('anchor')
    .description('print the end of the audit as a note to be kept elsewhere, for mlc audit verify --anchor')
  onRun(anchor, dispatch, async () => (await import('./commands/audit/anchor.js')).runAnchor)
  const keygen = audit
    .command('keygen')
    .description('make the key that signs checkpoints, in the new file that --output names, and print its public half')
  onRun(keygen, dispatch, async () => (await import('./commands/audit/keys.js')).runKeygen)
}

/** Which records of the audit. */
function selecting(command: Command): Command {
  return command
    .option('--run <id>', 'of one run')
    .option('--job <name>', 'of one job')
    .option('--key <key>', 'of one reference, all its revisions')
    .option('--event <event>', 'of one event, such as record.posted; repeatable', collect, [])
    .option('--period <period>', 'of references and runs of one period YYYY-PP')
    .option('--since <time>', 'from then on, such as 2026-08-01')
    .option('--until <time>', 'up to then; a date means all of that day, UTC')
    .option('--open', 'only the last word on each reference that is not settled')
    .option('--revised', 'only references whose amount replaced an earlier one')
    .option('--columns <list>', 'columns of the table or csv, such as at,key,data.rows')
    .option('--totals', 'what was posted, summed by period, job, measure and currency')
}

function addStatus(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('status')
    .description('last good sync of each job, records without a certain outcome; --max-age is a gate for monitoring')
    .option('--max-age <age>', 'fail with 9 when the last good sync of a job is older, such as 26h')
  onRun(command, dispatch, async () => (await import('./commands/status.js')).runStatus)
}

function addListen(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('listen')
    .description(
      'the endpoint that Looker’s scheduled plans deliver to: keeps each delivery on disk, then posts it like a sync',
    )
    .option('--job <name>', 'a job of mlc.yaml; repeatable, without it all', collect, [])
    .option('--period <period>', 'YYYY-PP, current or previous, for every delivery')
  onRun(command, dispatch, async () => (await import('./commands/listen.js')).runListen)
}

function addSchedule(program: Command, dispatch: Dispatch): void {
  program
    .command('schedule')
    .addArgument(new Argument('[where]', 'looker: the plan of Looker that delivers to mlc listen').choices(['looker']))
    .description('print or install what starts mlc sync by itself; or keep the scheduled plan of Looker')
    .option('--job <name>', 'a job of mlc.yaml; repeatable', collect, [])
    .option('--all', 'every job of mlc.yaml, in one run')
    .addOption(new Option('--as <scheduler>', 'whose schedule; crontab where not told').choices(SCHEDULERS))
    .option('--at <when>', '06:15, "weekdays 06:15", "mon,thu 06:15" or "day 3 06:15"')
    .option('--cron <expression>', 'five fields; without it and --at: 15 6 * * *')
    .option('--period <period>', 'current or previous')
    .option('--timezone <tz>', 'of the times: systemd, kubernetes and looker')
    .option('--mailto <address>', 'to whom cron mails what a run says')
    .option('--install', 'put it in place: crontab, systemd of this user, a file of the repository')
    .option('--uninstall', 'take it out again')
    .option('--look <id>', 'looker: the Look, where the job has none')
    .option('--show', 'looker: show the plan')
    .option('--run-once', 'looker: have it delivered now')
    .option('--remove', 'looker: remove the plan')
    .action(async (where: 'looker' | undefined, flags: CommonFlags) => {
      const load = async () => (await import('./commands/schedule.js')).runSchedule
      await dispatch(flags, async (context) => (await load())(where, flags as ScheduleFlags, context))
    })
}

const SCHEDULERS = ['crontab', 'systemd', 'github', 'kubernetes', 'launchd', 'schtasks']

function addDoctor(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('doctor')
    .description(
      'check every link of the chain in order and say what to do; the first that fails decides the exit code',
    )
    .option('--only <id>', 'one check, or all that begin so, such as looker; repeatable', collect, [])
    .option('--check', 'print nothing: the exit code tells')
    .option('--strict', 'warnings count as well: exit 6 when nothing worse is wrong')
    .option('--bundle <file>', 'also write a zip for support, without secrets')
    .addHelpText(
      'after',
      `
Checks, in this order; --only takes one of them or its beginning:
  node config state.writable audit.chain secrets.looker secrets.qad clock
  looker.dns looker.tls looker.login looker.version looker.permissions looker.source.<job>
  qad.dns qad.tls qad.login qad.workspace qad.swagger qad.reads.<name> qad.daybook map.<job>
  ingest`,
    )
  onRun(command, dispatch, async () => (await import('./commands/doctor.js')).runDoctorCommand)
}

function addDemo(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('demo')
    .description('start a local Looker and a local QAD and run the whole story against them')
    .option('--serve', 'keep both up and print a ready mlc.yaml and environment')
  onRun(command, dispatch, async () => (await import('./commands/demo.js')).runDemo)
}

function addConfig(program: Command, dispatch: Dispatch): void {
  const config = program
    .command('config')
    .description('show the effective configuration, or its schema')
    .helpCommand(false)
  const show = config
    .command('show')
    .description('print every setting and where it came from: a line of mlc.yaml, a variable, a default; secrets never')
  onRun(show, dispatch, async () => (await import('./commands/config.js')).runConfigShow)
  const schema = config.command('schema').description('print the JSON Schema of mlc.yaml, for editors')
  onRun(schema, dispatch, async () => (await import('./commands/config.js')).runConfigSchema)
}

function addCompletion(program: Command, dispatch: Dispatch): void {
  const shell = new Argument('<shell>', 'the shell to complete in').choices(['bash', 'zsh', 'fish', 'powershell'])
  program
    .command('completion')
    .addArgument(shell)
    .description('print a script that completes commands and flags in your shell; its first lines say how to load it')
    .addOption(new Option('--jobs', 'print the jobs of mlc.yaml instead').hideHelp())
    .action(async (shell: Shell, flags: CompletionFlags) => {
      const load = async () => (await import('./commands/completion.js')).runCompletion
      await dispatch(flags, async (context) => (await load())(shell, program, flags, context))
    })
}

function addHelp(program: Command, dispatch: Dispatch): void {
  program
    .command('help [topic]')
    .description('help for a command, or what an error code means')
    .action(async (topic?: string) => {
      const command = program.commands.find((candidate) => candidate.name() === topic)
      if (topic === undefined || command) return (command ?? program).outputHelp()
      await dispatch({}, async (context) => (await import('./commands/help.js')).runHelp(topic, context))
    })
}

type Run<F> = (flags: F, context: Context) => Promise<number>

function onRun<F>(command: Command, dispatch: Dispatch, load: () => Promise<Run<F>>): void {
  command.action(async () => {
    const flags = command.opts()
    await dispatch(flags, async (context) => (await load())(flags as F, context))
  })
}

function runFlags(command: Command): Command {
  return command
    .option('--job <name>', 'a job of mlc.yaml')
    .option('--run <id>', 'a run; without it the newest of the job')
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}
