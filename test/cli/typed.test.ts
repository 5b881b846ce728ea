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

const QUERY_FLAGS: PullFlags = { look: '42', filter: [], sort: [], limit: 'all', paging: 'auto' }

test.each([
  ['Mars/Olympus', '--timezone is "Mars/Olympus", not a time zone'],
  ['America/Detriot', '--timezone is "America/Detriot", not a time zone; did you mean "America/Detroit"?'],
  ['Detroit', '--timezone is "Detroit", not a time zone; did you mean "America/Detroit"?'],
  ['new york', '--timezone is "new york", not a time zone; did you mean "America/New_York"?'],
  ['+02:00', '--timezone is "+02:00", not a time zone'],
])('--timezone %s is refused before Looker is asked', async (timezone, message) => {
  const refused: unknown = await specOfFlags({ ...QUERY_FLAGS, timezone }, {} as Context).catch(
    (error: unknown) => error,
  )
  expect(refused).toMatchObject({ code: 'MLC-C006', exitCode: 2, message })
})

test.each(['America/Detroit', 'US/Eastern', 'UTC', 'Etc/GMT+5', 'asia/kolkata'])(
  '--timezone %s is taken',
  async (zone) => {
    expect(await specOfFlags({ ...QUERY_FLAGS, timezone: zone }, {} as Context)).toMatchObject({ timeZone: zone })
  },
)
