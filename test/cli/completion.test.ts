import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyNode, treeOf } from '../../src/commands/completion/tree.js'
import { createProgram } from '../../src/program.js'
import { startMlc } from '../support/process.js'
import type { ErrorJson } from '../support/shapes.js'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
const FISH: string = SHELLS[2]
const TREE = treeOf(createProgram('0', async () => undefined))
const NODES = everyNode(TREE)
const COMMANDS = TREE.children.map(({ name }) => name)

const MLC = join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')
const JOB = '{ source: { look: 1 }, figure: { account: a, currency: USD, measures: { m: m } } }'
const JOBS = `version: 1
looker: { baseUrl: "$\{LOOKER_URL}" }
jobs:
  plant-gl: ${JOB}
  payables: ${JOB}
  other: ${JOB}
`

let folder = ''
const scripts = new Map<string, string>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlc-completion-'))
  for (const shell of SHELLS) {
    const ran = await startMlc(['completion', shell], { cwd: folder }).ended
    expect([shell, ran.code, ran.stderr]).toEqual([shell, 0, ''])
    scripts.set(shell, ran.stdout)
    writeFileSync(join(folder, `mlc.${shell}`), ran.stdout)
  }
  writeFileSync(join(folder, 'books of july.yaml'), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

/** What each shell offers at the end of a line; the same for all, since all know the same tree. */
const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['mlc re', COMMANDS.filter((name) => name.startsWith('re'))],
  ['mlc audit ', ['anchor', 'export', 'keygen', 'show', 'verify']],
  ['mlc --quiet au', ['audit']],
  ['mlc audit ver', ['verify']],
  ['mlc audit show --ru', ['--run']],
  ['mlc pull --pag', ['--paging']],
  ['mlc pull --paging s', ['single', 'stream']],
  ['mlc pull --job audit --paging o', ['offset']],
  ['mlc sync --period ', ['current', 'previous']],
  ['mlc completion po', ['powershell']],
  ['mlc help rec', ['reconcile']],
]

describe('bash', () => {
  /** Puts the words of the line where bash does, calls the function, and prints what it offers. */
  const complete = (line: string) => {
    const words = line.split(' ')
    const script = `source ./mlc.bash; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _mlc; printf '%s\\n' "\${COMPREPLY[@]}"`
    return lines(execFileSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' }))
  }
  test('takes the script', () => {
    expect(spawnSync('bash', ['-n', join(folder, 'mlc.bash')])).toMatchObject({ status: 0 })
    const source = 'source ./mlc.bash; complete -p mlc'
    expect(execFileSync('bash', ['--norc', '-c', source], { cwd: folder, encoding: 'utf8' })).toContain('-F _mlc mlc')
  })
  test.each(LINES)('%s', (line, offered) => expect(complete(line)).toEqual([...offered].sort()))
  test.each([
    ['mlc sync --config books', ['books of july.yaml']],
    ['mlc sync -o books', ['books of july.yaml']],
    ['mlc pull --paging = st', ['stream']],
    ['mlc sync --reason au', []],
    ['mlc sync --job re', []],
  ])('%s', (line, offered) => expect(complete(line)).toEqual(offered))
  test('the jobs of mlc.yaml behind --job, also where a variable that it names is not set', () => {
    writeFileSync(join(folder, 'mlc.yaml'), JOBS)
    const script = `mlc() { '${process.execPath}' '${MLC}' "$@"; }; source ./mlc.bash; COMP_WORDS=(mlc sync --job p); COMP_CWORD=3; _mlc; printf '%s\\n' "\${COMPREPLY[@]}"`
    expect(lines(execFileSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' }))).toEqual([
      'payables',
      'plant-gl',
    ])
  })
  test.each(NODES.map((node) => [node.path] as const))('every flag and subcommand of mlc %s', (path) => {
    const node = NODES.find((one) => one.path === path)
    const start = ['mlc', ...path.split(' ').filter(Boolean)].join(' ')
    expect(complete(`${start} --`)).toEqual(
      node?.flags
        .flatMap(({ names }) => names)
        .filter((name) => name.startsWith('--'))
        .sort(),
    )
    const bare = [...(node?.children.map(({ name }) => name) ?? []), ...(node?.words ?? [])]
    if (bare.length > 0) expect(complete(`${start} `)).toEqual(bare.sort())
  })
})

describe.skipIf(!has('zsh'))('zsh (skipped where it is not installed)', () => {
  test('takes the script, and it loads without a completion system set up before', () => {
    expect(spawnSync('zsh', ['-n', join(folder, 'mlc.zsh')])).toMatchObject({ status: 0 })
    const source = 'source ./mlc.zsh; print $_comps[mlc]'
    const ran = spawnSync('zsh', ['-f', '-c', source], { cwd: folder, encoding: 'utf8', env: { HOME: folder } })
    expect([ran.stdout.trim(), ran.stderr]).toEqual(['_mlc', ''])
  })
})

describe.skipIf(!has(FISH))('fish (skipped where it is not installed)', () => {
  const complete = (line: string) => {
    const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
    const args = ['--no-config', '-c', `source ./mlc.fish; complete -C ${JSON.stringify(line)}`]
    const shown = spawnSync(FISH, args, { cwd: folder, encoding: 'utf8', env })
    return lines(shown.stdout).map((one) => one.split('\t')[0] ?? '')
  }
  test('takes the script', () => {
    expect(spawnSync(FISH, ['-n', join(folder, 'mlc.fish')])).toMatchObject({ status: 0 })
  })
  test.each(LINES)('%s', (line, offered) => expect(complete(line)).toEqual([...offered].sort()))
  test('the jobs of mlc.yaml behind --job', () => {
    writeFileSync(join(folder, 'mlc.yaml'), JOBS)
    const mlc = `function mlc; '${process.execPath}' '${MLC}' $argv; end`
    const args = ['--no-config', '-c', `${mlc}; source ./mlc.fish; complete -C 'mlc sync --job p'`]
    const shown = spawnSync(FISH, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, HOME: folder } })
    expect(lines(shown.stdout).map((one) => one.split('\t')[0])).toEqual(['payables', 'plant-gl'])
  })
  test('mlc sync --config books', () => {
    expect(complete('mlc sync --config books')).toEqual(['books of july.yaml'])
  })
})

describe('PowerShell', () => {
  const script = () => scripts.get('powershell') ?? ''
  test('the script names every command and flag, and its quotes and brackets close', () => {
    for (const { path, flags, children } of NODES) {
      expect(script()).toContain(`        '${path}' = @(`)
      for (const name of flags.flatMap((flag) => flag.names)) expect(script()).toContain(`@('${name}', `)
      for (const { name } of children) expect(script()).toContain(`@('${name}', `)
    }
    const outside = script()
      .replace(/#.*$/gm, '')
      .replace(/'(?:[^']|'')*'/g, '')
    expect(outside).not.toContain("'")
    for (const [open, close] of ['()', '{}', '[]']) {
      expect(outside.split(open ?? '').length).toBe(outside.split(close ?? '').length)
    }
  })
  test('no key stands twice in one table: PowerShell does not tell upper from lower case', () => {
    const [, values = ''] = /\$values = @\{\n([\s\S]*?)\n {4}\}/.exec(script()) ?? []
    const keys = [...values.matchAll(/^ {8}'([^']*)'/gm)].map(([, key]) => (key ?? '').toLowerCase())
    expect(keys.length).toBeGreaterThan(5)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

test('every script is plain ASCII, says how to load it, and ends its lines with a line feed alone', () => {
  for (const shell of SHELLS) {
    const script = scripts.get(shell) ?? ''
    expect([shell, /[^\x0a\x20-\x7e]/.exec(script)]).toEqual([shell, null])
    expect(script).toContain(`mlc completion ${shell}`)
  }
})

test('a flag waits for a value everywhere or nowhere: the scripts rely on it', () => {
  const kinds = new Map<string, Set<boolean>>()
  for (const { names, value } of NODES.flatMap(({ flags }) => flags))
    for (const name of names) kinds.set(name, (kinds.get(name) ?? new Set()).add(value.kind === 'none'))
  expect([...kinds].filter(([, found]) => found.size > 1)).toEqual([])
})

test.each([
  ['another shell', ['completion', 'tcsh', '--json']],
  ['no shell', ['completion', '--json']],
  ['JSON', ['completion', 'bash', '--json']],
])('%s is refused with 2', async (_what, args) => {
  const ran = await startMlc(args, { cwd: folder }).ended
  expect(ran.code).toBe(2)
  expect(ran.json<ErrorJson>().code).toBe('MLC-C006')
})

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean).sort()
}
