import { type Command, Option } from 'commander'
import type { NoteFlags } from '../note.js'
import { onRun, type Dispatch } from './dispatch.js'

export function addReconcile(program: Command, dispatch: Dispatch): void {
  const command = comparing(program.command('reconcile'))
    .description('compare a job’s figures with the ledger balances of QAD')
    .option('--run <id>', 'figures of a run; without it Looker is asked afresh')
  onRun(command, dispatch, async () => (await import('../reconcile.js')).runReconcile)
}

export function addNote(program: Command, dispatch: Dispatch): void {
  const command = comparing(program.command('note'))
    .argument('<key>', 'key of the break, or its beginning, such as 5010/1200')
    .argument('<text>', 'what explains it')
    .description('explain a break of the last reconciliation: for its amount, in its period or up to that of --until')
    .option('--until <period>', 'last period YYYY-PP that the note speaks of')
  command.action(async (key: string, text: string) => {
    const flags: NoteFlags = command.opts()
    await dispatch(flags, async (context) => (await import('../note.js')).runNote(key, text, flags, context))
  })
}

export function addSignoff(program: Command, dispatch: Dispatch): void {
  const role = new Option('--role <role>', 'as whom').choices(['preparer', 'reviewer']).makeOptionMandatory()
  const command = comparing(program.command('signoff'))
    .description(
      'reconcile a period and sign it: a sign-off is suspended as soon as a figure, a setting or a note changes',
    )
    .addOption(role)
    .option('--run <id>', 'figures of a run; without it Looker is asked afresh')
    .option('--with-open', 'sign although breaks are open; they are listed in the audit')
  onRun(command, dispatch, async () => (await import('../signoff.js')).runSignoff)
}

export function addEvidence(program: Command, dispatch: Dispatch): void {
  const command = comparing(program.command('evidence'))
    .description(
      'reconcile a period and write what an auditor asks for into one new zip: report, queries, maps, audit lines, answers',
    )
    .option('--run <id>', 'figures of a run; without it Looker is asked afresh')
    .requiredOption('-o, --output <file>', 'the zip to write; a file that is there is never written over')
  onRun(command, dispatch, async () => (await import('../evidence.js')).runEvidence)
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
