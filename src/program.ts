import { Command, Help, type CommanderError, type Option } from 'commander'
import { MlcError } from './errors.js'
import { addQad } from './commands/qad.js'
import { addExamples } from './commands/examples.js'
import type { Dispatch } from './commands/line/dispatch.js'
import {
  addPull,
  addMap,
  addPush,
  addSync,
  addIngest,
  addReplay,
  addResolve,
  addListen,
  addSchedule,
} from './commands/line/figures.js'
import { addTrace, addAudit, addStatus } from './commands/line/looking-back.js'
import { addReconcile, addNote, addSignoff, addEvidence } from './commands/line/month-end.js'
import {
  addInit,
  addLogin,
  addLogout,
  addDoctor,
  addDemo,
  addConfig,
  addCompletion,
  addHelp,
} from './commands/line/setup.js'
import { refuseRepeated } from './commands/once.js'
import { addSharedFlags, isSharedFlag } from './commands/shared.js'

/** The command line as commander sees it. What each command takes stands in commands/line/, what it does in commands/. */
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
