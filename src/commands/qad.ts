import { Argument, type Command } from 'commander'
import type { CommonFlags } from './flags.js'
import type { Dispatch } from './line/dispatch.js'

/** `mlc qad`: what a tenant of QAD does not publish is found out. */
export function addQad(program: Command, dispatch: Dispatch): void {
  const qad = program
    .command('qad')
    .description('find out what a QAD tenant does not publish: its paths, reads and templates')
    .helpCommand(false)
  qad
    .command('probe')
    .description(
      'look at the QAD of mlc.yaml through reads alone: what mlc counts on is confirmed, assumed or contradicted; nothing is written',
    )
    .action(async (flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('./qad-probe.js')).runProbe(flags, context))
    })
  qad
    .command('learn')
    .addArgument(new Argument('<file>', 'a HAR of one save in the browser, a QDoc or Dump XML file, or a WSDL'))
    .description(
      'write the section qad and its templates from one captured save, without its cookies, tokens and passwords; asks nobody, and mlc.yaml is left alone',
    )
    .option(
      '-o, --output <folder>',
      'where to write qad.learned.yaml and the templates; - prints the section alone',
      '.',
    )
    .action(async (file: string, flags: CommonFlags) => {
      await dispatch(flags, async (context) => (await import('./qad-learn.js')).runLearn(file, flags, context))
    })
}
