import type { Command } from 'commander'
import type { Context } from '../../context.js'
import type { CommonFlags } from '../flags.js'

/** Runs one command; the returned number is the exit code. Each command's code is loaded only when it is asked for. */
export type Dispatch = (flags: CommonFlags, run: (context: Context) => Promise<number>) => Promise<void>

/** What the command does once its flags are read. @param load its code */
export function onRun<F>(command: Command, dispatch: Dispatch, load: () => Promise<Run<F>>): void {
  command.action(async () => {
    const flags = command.opts()
    await dispatch(flags, async (context) => (await load())(flags as F, context))
  })
}

type Run<F> = (flags: F, context: Context) => Promise<number>

/** The values of a flag that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}
