import type { Command } from 'commander'
import type { Context } from '../context.js'
import { bashScript } from './completion/bash.js'
import { fishScript } from './completion/fish.js'
import { powershellScript } from './completion/powershell.js'
import { treeOf, type Node } from './completion/tree.js'
import { zshScript } from './completion/zsh.js'
import { formatFlag, type CommonFlags } from './flags.js'

export interface CompletionFlags extends CommonFlags {
  /** The scripts ask so what can stand behind --job. */
  readonly jobs?: boolean
}

export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell'

/** `mlc completion SHELL`: a script that completes the commands, flags and fixed words of this very release, and the jobs of mlc.yaml. */
export async function runCompletion(
  shell: Shell,
  program: Command,
  flags: CompletionFlags,
  context: Context,
): Promise<number> {
  formatFlag(flags, ['table'])
  if (flags.jobs) {
    await context.data(flags, (await context.settings()).jobs.map(({ name }) => `${name}\n`).join(''))
    return 0
  }
  await context.data(flags, SCRIPTS[shell](treeOf(program)))
  return 0
}

const SCRIPTS: Readonly<Record<Shell, (root: Node) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
}
