import { Argument, type Command } from 'commander'
import type { CommonFlags } from '../flags.js'
import { collect, onRun, type Dispatch } from './dispatch.js'

export function addTrace(program: Command, dispatch: Dispatch): void {
  const ref = new Argument('<ref>', 'key in any case, QAD’s own reference, or the beginning of a key')
  program
    .command('trace')
    .addArgument(ref)
    .description('from a reference back to the Look, query, rows, filters, run, plan and map that it came from')
    .action(async (name: string, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('../trace.js')).runTrace(name, flags, context))
    })
}

export function addAudit(program: Command, dispatch: Dispatch): void {
  const audit = program.command('audit').description('check, print or anchor the audit trail').helpCommand(false)
  const verify = audit
    .command('verify')
    .description('check that nothing in the audit was changed, removed or added')
    .option('--key <key>', 'public key of the checkpoints: a file, or the key itself; repeatable', collect, [])
    .option('--anchor <file>', 'a note of mlc audit anchor that was kept elsewhere; repeatable', collect, [])
    .option('--qad', 'compare with the anchors that references in QAD carry; logs in to QAD')
  onRun(verify, dispatch, async () => (await import('../audit/verify.js')).runVerify)
  const show = selecting(audit.command('show')).description('print audit records, or their totals')
  onRun(show, dispatch, async () => (await import('../audit/show.js')).runShow)
  const exported = selecting(audit.command('export')).description(
    'print audit records for another program: ndjson (each line as it was hashed) or csv',
  )
  onRun(exported, dispatch, async () => (await import('../audit/show.js')).runExport)
  const anchor = audit
    .command('anchor')
    .description('print the end of the audit as a note to be kept elsewhere, for mlc audit verify --anchor')
  onRun(anchor, dispatch, async () => (await import('../audit/anchor.js')).runAnchor)
  const keygen = audit
    .command('keygen')
    .description('make the key that signs checkpoints, in the new file that --output names, and print its public half')
  onRun(keygen, dispatch, async () => (await import('../audit/keys.js')).runKeygen)
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

export function addStatus(program: Command, dispatch: Dispatch): void {
  const command = program
    .command('status')
    .description('last good sync of each job, records without a certain outcome; --max-age is a gate for monitoring')
    .option('--max-age <age>', 'fail with 9 when the last good sync of a job is older, such as 26h')
  onRun(command, dispatch, async () => (await import('../status.js')).runStatus)
}
