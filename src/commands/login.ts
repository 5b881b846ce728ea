import type { Access, Context, System, Wanted } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { formatFlag, type CommonFlags } from './flags.js'

/** `mlc login looker|qad`: takes or asks for credentials, tries them once against the real system, saves, reads back. */
export async function runLogin(system: System, flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const access = await context.access(system)
  const wanted = await access.wanted()
  const open = wanted.filter(({ given }) => given === null)
  if (open.length > 0 && !context.prompts.canAsk) throw nobodyToAsk(system, open)
  // Before anybody types a secret that then cannot be kept.
  if (!flags.dryRun) await access.store.check().catch((error: unknown) => refuseStore(error, wanted))
  context.terminal.note(`${system === 'looker' ? 'Looker' : 'QAD'} at ${access.baseUrl}`)
  const values = await answers(wanted, context)
  const working = context.terminal.progress(`logging in at ${access.baseUrl}`)
  const standing = await access
    .tryOut(values, (step, ending) => {
      working.stop()
      context.terminal.note(`  ${step.padEnd(STEP_WIDTH)} ${ending}`)
    })
    .finally(() => working.stop())
  const isSaved = !flags.dryRun && access.store.name !== 'none'
  if (isSaved) await access.save(values)
  tell(isSaved, access, open, context)
  context.terminal.note(`Next: ${system === 'looker' ? 'mlc login qad' : 'mlc doctor'}`)
  if (format === 'json') await context.data(flags, `${JSON.stringify(asJson(system, isSaved, access, standing))}\n`)
  return EXIT.done
}

const STEP_WIDTH = 44

async function answers(
  wanted: readonly Wanted[],
  { prompts, terminal }: Context,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {}
  for (const { name, label, isSecret, variable, given } of wanted) {
    if (given) terminal.note(`${label}: from ${given.origin}`)
    const ask = () => (isSecret ? prompts.secret(label, variable) : prompts.input(label, variable))
    const value = given?.value ?? (await ask())
    // Copied from a web page, a key often brings a blank or a line end along; neither is ever a part of it.
    values[name] = given || name === 'password' ? value : value.trim()
    if (values[name] === '')
      throw new MlcError('MLC-S001', `the ${label} is empty`, { fix: 'Run the same command again.' })
  }
  return values
}

function nobodyToAsk(system: System, open: readonly Wanted[]): MlcError {
  const variables = open.map(({ variable }) => variable)
  const missing = variables.map((variable) => `neither ${variable}_FILE nor ${variable} holds a credential`)
  return new MlcError('MLC-S001', `nobody can be asked here, and ${missing.join('; ')}`, {
    fix: `Set ${variables.join(' and ')} (or the _FILE form), or run mlc login ${system} on a terminal.`,
  })
}

/** A keychain that cannot be used is never replaced silently: a person chooses. */
function refuseStore(error: unknown, wanted: readonly Wanted[]): never {
  if (!(error instanceof MlcError) || !/^MLC-S01[01]$/.test(error.code)) throw error
  const secret = wanted.find(({ isSecret }) => isSecret)?.variable ?? ''
  const unlock =
    error.code === 'MLC-S011' && !error.message.includes('denies') ? 'unlock it and run the same command again; ' : ''
  throw new MlcError(error.code, `${error.message}: not saved`, {
    cause: error,
    fix:
      `Choose one: ${unlock}MLC_STORE=vault (encrypted file, passphrase from MLC_VAULT_KEY_FILE); ` +
      `MLC_STORE=none (read ${secret}_FILE on each run, usual for cron and CI).`,
  })
}

function tell(isSaved: boolean, { store }: Access, asked: readonly Wanted[], { terminal }: Context): void {
  if (isSaved) return terminal.done(`saved to ${store.words} as ${store.entry}, read back: ok`)
  if (store.name !== 'none') return terminal.warn('not saved: --dry-run')
  terminal.warn('not saved: MLC_STORE=none, so each run reads the environment')
  const typed = asked.map(({ variable }) => variable)
  if (typed.length > 0) terminal.note(`Set ${typed.join(' and ')}, or the _FILE form.`)
}

type Standing = Awaited<ReturnType<Access['tryOut']>>

function asJson(system: System, isSaved: boolean, { baseUrl, store }: Access, standing: Standing): unknown {
  return {
    ...{ schema: 'mlc/login/1', system, baseUrl, as: standing.who, ...standing.facts },
    ...{ store: store.name, saved: isSaved, entry: isSaved ? store.entry : null },
  }
}
