import type { Command, Option } from 'commander'
import { describe, expect, test } from 'vitest'
import { specOfFlags, type PullFlags } from '../../src/commands/pull.js'
import type { Context } from '../../src/context.js'
import { MlcError } from '../../src/errors.js'
import { createProgram } from '../../src/program.js'

// A flag given twice is a mistake of whoever typed it, and silently taking the last one leaves a job or a period out.

type Case = readonly [path: string, option: Option]

/** Every flag with a value of every command. */
function flagsOf(command: Command, path: readonly string[] = []): Case[] {
  const own = command.options.filter(({ required, optional }) => required || optional)
  const below = command.commands.flatMap((child) => flagsOf(child, [...path, child.name()]))
  return [...own.map((option): Case => [path.join(' '), option]), ...below]
}

const program = () => createProgram('0', async () => undefined)
const ALL = flagsOf(program())
const [collecting, single] = [true, false].map((isList) =>
  ALL.filter((one) => Array.isArray(one[1].defaultValue) === isList),
)

async function fault(path: string, ...typed: readonly string[]): Promise<MlcError | null> {
  const parsed = program().parseAsync(['node', 'mlc', ...path.split(' '), ...typed])
  return parsed.then(
    () => null,
    (error: unknown) => (error instanceof MlcError ? error : null),
  )
}

describe('every flag that takes one value is refused when it is given twice', () => {
  test.each((single ?? []).map(([path, option]) => [`${path} ${option.long ?? ''}`, path, option] as const))(
    '%s',
    async (_name, path, option) => {
      const [one = 'a', two = 'b'] = option.argChoices ?? []
      const flag = option.long ?? ''
      const short = option.short ?? flag
      const refused = { code: 'MLC-C006', exitCode: 2, message: `${flag} is given twice: "${one}" and "${two}"` }
      expect(await fault(path, flag, one, `${flag}=${two}`)).toMatchObject(refused)
      expect(await fault(path, short, one, '--json', flag, two)).toMatchObject(refused)
      expect(await fault(path, flag, one)).toBeNull()
    },
  )

  test('also where one of them leaves its value out, and where both are the same', async () => {
    expect(await fault('pull', '--look', '42', '--look')).toMatchObject({ message: /"42" and no value$/ })
    expect(await fault('pull', '--look', '--look', '42')).toMatchObject({ message: /no value and "42"$/ })
    expect(await fault('push', '--job', 'a', '--job', 'a')).toMatchObject({ message: /"a" and "a"$/ })
  })

  test('without a credential that an address holds', async () => {
    const told = await fault(
      'pull',
      '--query',
      'https://x:pa55word@looker/explore',
      '--query',
      'https://looker/e?t=pa55word',
    )
    expect(told?.message).toMatch(/^--query is given twice: /)
    expect(told?.message).not.toContain('pa55word')
  })
})

test.each((collecting ?? []).map(([path, option]) => [path, option.long ?? ''] as const))(
  '%s takes %s as often as it is given',
  async (path, flag) => expect(await fault(path, flag, 'a', flag, 'b')).toBeNull(),
)

test('a field that is filtered twice is refused, however it is spaced', async () => {
  const flags: PullFlags = { look: '42', filter: ['x=a', 'y=b', ' x =c'], sort: [], limit: 'all', paging: 'auto' }
  const told = specOfFlags(flags, {} as Context)
  await expect(told).rejects.toMatchObject({ code: 'MLC-C006', message: '--filter of x is given twice: "a" and "c"' })
})
