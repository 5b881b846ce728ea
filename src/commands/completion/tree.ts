import type { Command, Option } from 'commander'

/** A command as a shell completes it. */
export interface Node {
  /** The words that lead to it, without `mlc`: `audit verify`; empty for mlc itself. */
  readonly path: string
  readonly name: string
  readonly description: string
  readonly children: readonly Node[]
  readonly flags: readonly Flag[]
  /** What its argument can be; empty when it takes none, or any. */
  readonly words: readonly string[]
}

export interface Flag {
  /** `--output`, and `-o` where there is one. */
  readonly names: readonly string[]
  readonly description: string
  readonly value: FlagValue
  readonly isRepeatable: boolean
}

/** What follows a flag: nothing, one of some words, the name of a file or of a job, or text that nobody can guess. */
export type FlagValue =
  { readonly kind: 'none' | 'file' | 'job' | 'text' } | { readonly kind: 'words'; readonly words: readonly string[] }

/** The commands, flags and words of the command line, as commander knows them. Descriptions are plain ASCII. */
export function treeOf(command: Command, above = ''): Node {
  const children = command.commands.map((child) => treeOf(child, `${above} ${child.name()}`.trim()))
  const [argument] = command.registeredArguments
  const names =
    above === '' || command.name() !== 'help' ? [] : (command.parent?.commands ?? []).map((one) => one.name())
  return {
    path: above,
    name: command.name(),
    description: plain(command.description()),
    children,
    flags: [...command.options.filter(({ hidden }) => !hidden).map(flagOf), HELP],
    words: argument?.argChoices ?? names,
  }
}

/** The node and all below it, itself first. */
export function everyNode(node: Node): readonly Node[] {
  return [node, ...node.children.flatMap(everyNode)]
}

const HELP: Flag = {
  names: ['--help', '-h'],
  description: 'display help for command',
  value: { kind: 'none' },
  isRepeatable: false,
}

function flagOf(option: Option): Flag {
  return {
    names: [option.long, option.short].filter((name) => name !== undefined && name !== null),
    description: plain(option.description),
    value: valueOf(option),
    isRepeatable: Array.isArray(option.defaultValue),
  }
}

function valueOf({ required, optional, long, argChoices }: Option): FlagValue {
  if (!required && !optional) return { kind: 'none' }
  const words = argChoices ?? WORDS.get(long ?? '')
  if (words) return { kind: 'words', words }
  if (long === '--job') return { kind: 'job' }
  return { kind: FILES.has(long ?? '') ? 'file' : 'text' }
}

/** Words that a flag understands among others. */
const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['--format', ['table', 'json', 'ndjson', 'csv', 'html', 'xlsx']],
  ['--period', ['current', 'previous']],
  ['--limit', ['all']],
])

const FILES: ReadonlySet<string> = new Set(['--config', '--output', '--query', '--bundle', '--anchor'])

/** Shells read scripts in encodings of their own, and PowerShell takes a typographic quote for a quote. */
function plain(text: string): string {
  return text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201C\u201D]/g, '"')
    .replace(/[^\x20-\x7e]/g, ' ')
}
