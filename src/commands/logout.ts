import type { Context, Removed, System } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { formatFlag, type CommonFlags } from './flags.js'

export interface LogoutFlags extends CommonFlags {
  readonly all?: boolean
}

/**
 * `mlc logout looker|qad|--all`: ends the session that is kept and takes the credentials out of the store.
 * @returns 75 when a session lives on, because its system could not be told
 */
export async function runLogout(system: System | undefined, flags: LogoutFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  if (flags.dryRun) throw new MlcError('MLC-C006', 'mlc logout has no --dry-run', { fix: 'Leave it out.' })
  const done: unknown[] = []
  let isLeft = false
  for (const one of await systemsOf(system, flags, context)) {
    const access = await context.access(one)
    const removed = await access.remove()
    const stillGiven = await access.stillGiven()
    for (const line of told(removed, access.store, one)) context.terminal.note(line)
    for (const line of remaining(removed, stillGiven, one)) context.terminal.warn(line)
    isLeft ||= removed.left !== null
    done.push({
      ...{ system: one, store: access.store.name, entry: access.store.entry },
      ...{ removed: removed.entry, session: removed.session, left: removed.left, stillGiven },
    })
  }
  if (format === 'json') await context.data(flags, `${JSON.stringify({ schema: 'mlc/logout/1', systems: done })}\n`)
  return isLeft ? EXIT.unavailable : EXIT.done
}

async function systemsOf(
  system: System | undefined,
  { all }: LogoutFlags,
  context: Context,
): Promise<readonly System[]> {
  if (system !== undefined && !all) return [system]
  if (system === undefined && all) return context.systems()
  throw new MlcError(
    'MLC-C006',
    system === undefined ? 'mlc logout of what?' : `mlc logout ${system} and --all exclude each other`,
    {
      fix: 'Write mlc logout looker, mlc logout qad or mlc logout --all.',
    },
  )
}

function told(
  { entry, session }: Removed,
  store: { name: string; words: string; entry: string },
  system: System,
): string[] {
  if (store.name === 'none') return [`${system}: MLC_STORE=none, so nothing is kept and nothing was removed`]
  const credentials = entry
    ? `removed from ${store.words}: ${store.entry}`
    : `${store.words} held nothing as ${store.entry}`
  return session !== 'ended' ? [credentials] : [`session at Looker: ${session}`, credentials]
}

/** What a person who logged out would not expect. */
function remaining({ left }: Removed, stillGiven: readonly string[], system: System): string[] {
  const name = system === 'looker' ? 'Looker' : 'QAD'
  const lives = left && `the session at ${name} was not ended (${left.reason}): it ends by itself by ${left.until}`
  const given = stillGiven.map((origin) => `runs still get credentials of ${name} from ${origin}`)
  return [...(lives ? [lives] : []), ...given]
}
