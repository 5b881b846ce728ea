import { Argument, type Command, Option } from 'commander'
import type { System } from '../../context.js'
import type { CompletionFlags, Shell } from '../completion.js'
import type { CommonFlags } from '../flags.js'
import { collect, onRun, type Dispatch } from './dispatch.js'

export function addInit(program: Command, dispatch: Dispatch): void {
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
  onRun(command, dispatch, async () => (await import('../init.js')).runInit)
}

export function addLogin(program: Command, dispatch: Dispatch): void {
  const system = new Argument('<system>', 'what to log in to').choices(['looker', 'qad'])
  program
    .command('login')
    .addArgument(system)
    .description('take or ask for credentials, try them against the real system, save them where MLC_STORE says')
    .action(async (name: System, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('../login.js')).runLogin(name, flags, context))
    })
}

export function addLogout(program: Command, dispatch: Dispatch): void {
  const system = new Argument('[system]', 'what to log out of').choices(['looker', 'qad'])
  program
    .command('logout')
    .addArgument(system)
    .description('end the session that is kept and remove the credentials from the store')
    .option('--all', 'of every system in mlc.yaml')
    .action(async (name: System | undefined, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('../logout.js')).runLogout(name, flags, context))
    })
}

export function addDoctor(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('doctor')
    .description(
      'check every link of the chain in order and say what to do; the first that fails decides the exit code',
    )
    .option('--only <id>', 'one check, or all that begin so, such as looker; repeatable', collect, [])
    .option('--check', 'print nothing: the exit code tells')
    .option('--strict', 'warnings count as well: exit 6 when nothing worse is wrong')
    .option(
      '--bundle <file>',
      'also write a zip for support, without secrets; the audit’s last lines in it show amounts',
    )
    .addHelpText(
      'after',
      `
Checks, in this order; --only takes one of them or its beginning:
  node config state.writable audit.chain secrets.looker secrets.qad clock
  looker.dns looker.tls looker.login looker.version looker.permissions looker.source.<job>
  qad.dns qad.tls qad.login qad.workspace qad.swagger qad.reads.<name> qad.daybook map.<job>
  ingest`,
    )
  onRun(command, dispatch, async () => (await import('../doctor.js')).runDoctorCommand)
}

export function addDemo(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('demo')
    .description('start a local Looker and a local QAD and run the whole story against them')
    .option('--serve', 'keep both up and print a ready mlc.yaml and environment')
  onRun(command, dispatch, async () => (await import('../demo.js')).runDemo)
}

export function addConfig(program: Command, dispatch: Dispatch): void {
  const config = program
    .command('config')
    .description('show the effective configuration, or its schema')
    .helpCommand(false)
  const show = config
    .command('show')
    .description('print every setting and where it came from: a line of mlc.yaml, a variable, a default; secrets never')
  onRun(show, dispatch, async () => (await import('../config.js')).runConfigShow)
  const schema = config.command('schema').description('print the JSON Schema of mlc.yaml, for editors')
  onRun(schema, dispatch, async () => (await import('../config.js')).runConfigSchema)
}

export function addCompletion(program: Command, dispatch: Dispatch): void {
  const shell = new Argument('<shell>', 'the shell to complete in').choices(['bash', 'zsh', 'fish', 'powershell'])
  program
    .command('completion')
    .addArgument(shell)
    .description('print a script that completes commands and flags in your shell; its first lines say how to load it')
    .addOption(new Option('--jobs', 'print the jobs of mlc.yaml instead').hideHelp())
    .action(async (shell: Shell, flags: CompletionFlags) => {
      const load = async () => (await import('../completion.js')).runCompletion
      await dispatch(flags, async (context) => (await load())(shell, program, flags, context))
    })
}

export function addHelp(program: Command, dispatch: Dispatch): void {
  program
    .command('help [topic]')
    .description('help for a command, or what an error code means')
    .action(async (topic?: string) => {
      const command = program.commands.find((candidate) => candidate.name() === topic)
      if (topic === undefined || command) return (command ?? program).outputHelp()
      await dispatch({}, async (context) => (await import('../help.js')).runHelp(topic, context))
    })
}
