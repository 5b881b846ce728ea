import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { specOfFlags, type PullFlags } from '../../src/commands/pull.js'
import type { Context } from '../../src/context.js'
import { createProgram, usageError } from '../../src/program.js'

// What a person types in the wrong place or form is told with what to type instead.

test.each<[string, string, string]>([
  ['push --yes=1', '--yes takes no value', 'Write --yes alone.'],
  ['--json status', '--json stands before the command', 'Put it after the command, such as mlc status --json.'],
  ['--config=secret.yaml status', '--config stands before the command', 'Put it after the command'],
  ['audit -o x verify', '-o stands before the command', 'Put it after the command'],
  ['push --jsom', "unknown option '--jsom' (Did you mean --json?)", 'See mlc help for the command.'],
  ['--nothing status', "unknown option '--nothing'", 'See mlc help for the command.'],
])('mlc %s', async (typed, message, fix) => {
  const program = createProgram('0', async () => undefined)
  const refused: unknown = await program.parseAsync(typed.split(' '), { from: 'user' }).catch((error: unknown) => error)
  const told = refused instanceof CommanderError ? usageError(refused) : null
  expect(told).toMatchObject({ code: 'MLC-C006', message })
  expect(told?.fix).toContain(fix)
})

test.each(['-1', '0', '1.5', ''])('--limit %j is refused', async (limit) => {
  const flags: PullFlags = { look: '42', filter: [], sort: [], limit, paging: 'auto' }
  await expect(specOfFlags(flags, {} as Context)).rejects.toMatchObject({ code: 'MLC-C006', exitCode: 2 })
})
