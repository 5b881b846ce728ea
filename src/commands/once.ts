import type { EventEmitter } from 'node:events'
import type { Command, Option } from 'commander'
import { MlcError } from '../errors.js'
import { quotableAddress } from '../model/address.js'

/**
 * Makes every command refuse a flag that takes one value and is given two: the last would silently win, and a job would be left out.
 * Flags that collect are those that begin as a list. Which value is meant nobody can tell, even where both are the same.
 */
export function refuseRepeated(command: Command): void {
  for (const child of command.commands) refuseRepeated(child)
  for (const option of command.options.filter(takesOne)) {
    const name = option.attributeName()
    // Heard before commander takes the value in place of the earlier one. Its types leave out that a command is an emitter.
    const heard = command as unknown as EventEmitter
    heard.prependListener(`option:${option.name()}`, (value: string | null) => {
      if (command.getOptionValueSource(name) === 'cli') throw twice(option, command.getOptionValue(name), value)
    })
  }
}

function takesOne({ required, optional, variadic, defaultValue }: Option): boolean {
  return (required || optional) && !variadic && !Array.isArray(defaultValue)
}

function twice(option: Option, before: unknown, now: unknown): MlcError {
  const flag = option.long ?? option.flags
  return new MlcError('MLC-C006', `${flag} is given twice: ${quoted(before)} and ${quoted(now)}`, {
    fix: `Leave one out: ${flag} takes one value here.`,
  })
}

/** An optional value that is left out is none; of what is typed a credential in an address is never shown. */
function quoted(value: unknown): string {
  if (typeof value !== 'string') return 'no value'
  const shown = /:\/\/|[?@]/.test(value) ? quotableAddress(value) : value
  if (shown === null) return 'a value (not shown)'
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 59)}…` : shown)
}
