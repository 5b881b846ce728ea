import { Argument, type Command, Option } from 'commander'
import type { CommonFlags } from '../flags.js'
import type { ScheduleFlags } from '../schedule.js'
import { collect, onRun, type Dispatch } from './dispatch.js'

export function addPull(program: Command, dispatch: Dispatch): void {
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
  onRun(command, dispatch, async () => (await import('../pull.js')).runPull)
}

export function addMap(program: Command, dispatch: Dispatch): void {
  const command = runFlags(program.command('map'))
    .description(
      'resolve the figures of a run to QAD accounts and cost centres and write the plan; on a terminal, offer suggestions for what is unmapped',
    )
    .option('--pin', 'write the hash of the Look’s query into mlc.yaml: from then on a changed Look is refused')
  onRun(command, dispatch, async () => (await import('../map.js')).runMap)
}

export function addPush(program: Command, dispatch: Dispatch): void {
  const command = runFlags(program.command('push')).description(
    'post the plan of a run into QAD, read every reference back, compare',
  )
  onRun(command, dispatch, async () => (await import('../push.js')).runPush)
}

export function addSync(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('sync')
    .description('pull, map and push: one job, several, or all')
    .option('--job <name>', 'a job of mlc.yaml; repeatable', collect, [])
    .option('--all', 'every job of mlc.yaml')
    .option('--period <period>', 'YYYY-PP, current or previous')
    .option('--reconcile', 'reconcile each job afterwards; variances then count for the exit code')
  onRun(command, dispatch, async () => (await import('../sync.js')).runSync)
}

export function addIngest(program: Command, dispatch: Dispatch): void {
  program
    .command('ingest')
    .argument('<file>', 'a delivered file, a folder of them, or - for what is sent to mlc')
    .description('take what Looker delivered as a file (S3, SFTP, e-mail) like a sync; the same file is taken once')
    .option('--job <name>', 'the job of mlc.yaml that it feeds')
    .option('--period <period>', 'YYYY-PP, current or previous')
    .option('--allow-missing', 'figures that an earlier delivery left to be posted, and this one lacks, are gone')
    .action(async (file: string, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('../ingest.js')).runIngest(file, flags, context))
    })
}

export function addReplay(program: Command, dispatch: Dispatch): void {
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
  onRun(command, dispatch, async () => (await import('../replay.js')).runReplay)
}

export function addResolve(program: Command, dispatch: Dispatch): void {
  program
    .command('resolve')
    .argument('<key>', 'key of the reference')
    .description('record what a person found about a record in doubt, where QAD cannot be asked; wants --reason')
    .option('--posted', 'QAD holds it')
    .option('--not-posted', 'QAD does not hold it: the next sync or replay sends it')
    .action(async (key: string, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('../resolve.js')).runResolve(key, flags, context))
    })
}

export function addListen(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('listen')
    .description(
      'the endpoint that Looker’s scheduled plans deliver to: keeps each delivery on disk, then posts it like a sync',
    )
    .option('--job <name>', 'a job of mlc.yaml; repeatable, without it all', collect, [])
    .option('--period <period>', 'YYYY-PP, current or previous, for every delivery')
  onRun(command, dispatch, async () => (await import('../listen.js')).runListen)
}

export function addSchedule(program: Command, dispatch: Dispatch): void {
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
      const load = async () => (await import('../schedule.js')).runSchedule
      await dispatch(flags, async (context) => (await load())(where, flags as ScheduleFlags, context))
    })
}

const SCHEDULERS = ['crontab', 'systemd', 'github', 'kubernetes', 'launchd', 'schtasks']

function runFlags(command: Command): Command {
  return command
    .option('--job <name>', 'a job of mlc.yaml')
    .option('--run <id>', 'a run; without it the newest of the job')
}
