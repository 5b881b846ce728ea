import type { Context, Effective } from '../context.js'
import { table } from '../terminal/table.js'
import { formatFlag, type CommonFlags } from './flags.js'

/** `mlc config show`: what mlc.yaml comes to, defaults included, and where each value came from. Secrets are not shown. */
export async function runConfigShow(flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const effective = await (await context.setup()).effective()
  await context.data(
    flags,
    format === 'json' ? `${JSON.stringify(asJson(effective))}\n` : await asTables(effective, context.columns(flags)),
  )
  return 0
}

/** `mlc config schema`: the JSON Schema of mlc.yaml, for editors. */
export async function runConfigSchema(flags: CommonFlags, context: Context): Promise<number> {
  formatFlag(flags, ['json'])
  await context.data(flags, (await context.setup()).schema())
  return 0
}

type Shown = Effective['settings'][number]

function asJson({ file, state, audit, variables, settings }: Effective): unknown {
  return {
    schema: 'mlc/config/1',
    ...{ file, state, audit, variables },
    settings: settings.map(({ name, path, value, isHidden, part, origin }) => {
      const { from, ...where } = origin
      return { name, path, value, hidden: isHidden, ...(part === null ? {} : { part }), from, ...where }
    }),
  }
}

async function asTables({ file, state, audit, variables, settings }: Effective, width: number | null): Promise<string> {
  const places = await table(
    columns('place', 'path', 'from'),
    Object.entries({ 'mlc.yaml': file, 'state folder': state, audit }).map(([name, { path, from }]) => [
      name,
      path,
      from,
    ]),
    width,
  )
  const names = variables.map(({ name, value, remark }) => [name, value ?? 'set (not shown)', remark ?? ''])
  const read = names.length > 0 ? `\n${await table(columns('variable', 'value', ''), names, width)}` : ''
  const lines = settings.map((setting) => [setting.name, valueText(setting), originText(setting)])
  return `${places}${read}\n${await table(columns('setting', 'value', 'from'), lines, width)}`
}

function columns(...titles: readonly string[]) {
  return titles.map((title) => ({ title, align: 'left' as const }))
}

function valueText({ value, isHidden, part }: Shown): string {
  if (isHidden) return part === null ? '(not shown)' : `${part} (the rest is not shown)`
  // In quotes where a blank at an end, or nothing at all, would not be seen.
  return typeof value === 'string' && /^\S(.*\S)?$/.test(value) ? value : JSON.stringify(value)
}

function originText({ origin }: Shown): string {
  if (origin.from === 'default') return 'default'
  const line = `line ${origin.line}`
  return origin.from === 'file' ? line : `${line}, ${origin.variables.join(', ')}`
}
