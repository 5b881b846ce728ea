import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { EXAMPLES } from '../../src/commands/examples.js'
import { createProgram } from '../../src/program.js'

const SHARED = [
  ...[
    '--config=a',
    '--json',
    '--format=json',
    '--output=-',
    '--yes',
    '--dry-run',
    '--no-input',
    '--quiet',
    '--verbose',
  ],
  ...['--debug', '--no-color', '--timeout=9', '--lock-timeout=9', '--reason=month end'],
]

/** What a command with an argument needs to be parsed at all. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  ...{
    login: 'qad',
    logout: 'qad',
    completion: 'bash',
    trace: 'MLC0',
    resolve: 'MLC0',
    note: '5010/1200 text',
    signoff: '--role preparer',
    'qad learn': 'a.har',
    ingest: 'a.csv',
  },
}

/** Paths of the commands that run something. */
function pathsOf(command: Command, above: readonly string[] = []): string[] {
  const below = command.commands.flatMap((child) => pathsOf(child, [...above, child.name()]))
  return below.length > 0 ? below : [above.join(' ')]
}

const PATHS = pathsOf(createProgram('0', async () => undefined)).filter((path) => path !== 'help')

/** The help of a command in 80 columns, as a person without a terminal gets it. */
async function helpOf(path: string): Promise<string> {
  let text = ''
  const program = createProgram('0', async () => undefined)
  const take = { writeOut: (part: string) => void (text += part), getOutHelpWidth: () => 80 }
  const everyone = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]
  for (const one of everyone) one.configureOutput(take)
  await program.parseAsync([...path.split(' '), '--help'], { from: 'user' }).catch(() => undefined)
  return text
}

describe('every command takes every shared flag', () => {
  test.each(PATHS)('%s', async (path) => {
    const taken: unknown[] = []
    const program = createProgram('0', async (flags) => void taken.push(flags))
    const argument = ARGUMENTS[path]
    const words = [...path.split(' '), ...(argument === undefined ? [] : argument.split(' ')), ...SHARED]
    await program.parseAsync(words, { from: 'user' })
    expect(taken).toMatchObject([
      { config: 'a', json: true, format: 'json', output: '-', yes: true, dryRun: true, input: false, quiet: true },
    ])
    expect(taken).toMatchObject([{ verbose: true, debug: true, color: false, timeout: '9', lockTimeout: '9' }])
    expect(taken).toMatchObject([{ reason: 'month end' }])
  })
})

test.each([
  ['pull', 'table, json, ndjson or csv'],
  ['reconcile', 'table, json, ndjson, csv, html or xlsx'],
  ['audit export', 'ndjson, csv or json'],
])('the help of %s names the forms that it takes', (path, forms) => {
  const command = path.split(' ').reduce<Command | undefined>(
    (above, name) => {
      return above?.commands.find((one) => one.name() === name)
    },
    createProgram('0', async () => undefined),
  )
  expect(command?.options.find(({ long }) => long === '--format')?.description).toBe(forms)
})

test.each<[string, readonly string[], readonly string[]]>([
  ['doctor', ['--only', '--json', '--timeout'], ['--yes', '--reason', '--lock-timeout', '--dry-run', '--verbose']],
  ['config show', ['--config', '--json'], ['--yes', '--timeout', '--debug', '--no-input']],
  ['push', ['--yes', '--dry-run', '--reason', '--lock-timeout'], ['--format']],
  ['pull', ['--format', '--reason', '--output'], ['--yes']],
  ['completion', ['--output'], ['--json', '--config', '--quiet']],
])('the help of %s shows the shared flags that do something there, behind its own', async (path, shown, hidden) => {
  const help = await helpOf(path)
  for (const flag of shown) expect(help).toMatch(new RegExp(`^ {2}(-\\w, )?${flag}\\b`, 'm'))
  for (const flag of hidden) expect(help).not.toMatch(new RegExp(`^ {2}(-\\w, )?${flag}\\b`, 'm'))
  const [before = '', behind = ''] = help.split('\nShared flags:\n')
  expect(behind).toMatch(/^ {2}-h, --help/m)
  expect(before).not.toMatch(/^ {2}.*--(output|help)\b/m)
})

test.each(PATHS)('the help of %s says nothing of empty lists', async (path) => {
  expect(await helpOf(path)).not.toContain('[])')
})

describe('each example of a help is taken as it stands', () => {
  const lines = [...new Set(PATHS.flatMap((path) => EXAMPLES[path] ?? []).concat(EXAMPLES[''] ?? []))].map(
    ([line]) => line,
  )
  test.each(lines)('%s', async (line) => {
    // What the shell would hand to mlc: behind a pipe or inside a substitution, before a redirection, without quotes.
    const [, typed = ''] = /(?:^|\| |<\()mlc ([^>)]*)/.exec(line) ?? []
    const words = [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const taken: unknown[] = []
    const program = createProgram('0', async (flags) => void taken.push(flags))
    await program.parseAsync(words, { from: 'user' })
    expect(taken).toHaveLength(1)
  })

  test('and no command is without one', () => {
    expect(PATHS.filter((path) => EXAMPLES[path] === undefined)).toEqual([])
  })
})
