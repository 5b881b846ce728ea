import type { Context, Lesson } from '../context.js'
import { formatFlag, type CommonFlags } from './flags.js'

/** `mlc qad learn FILE`: the section qad and its templates from one capture. Nothing is asked of anybody, nothing written over. */
export async function runLearn(file: string, flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const lesson = await context.lesson(file)
  const folder = flags.output ?? '.'
  const written = folder === '-' || flags.dryRun ? [] : await lesson.write(folder)
  const next = nextCommand(written)
  const stdout = { output: '-' }
  if (format === 'json') await context.data(stdout, `${JSON.stringify(asJson(lesson, written, next))}\n`)
  else if (folder === '-' || flags.dryRun) await context.data(stdout, [...lesson.files.values()][0] ?? '')
  tell(lesson, written, next, context)
  return 0
}

function asJson(
  { kind, files, settings, missing, toCheck, notes, ignored, removed, fault }: Lesson,
  written: readonly string[],
  next: string | null,
) {
  return {
    schema: 'mlc/qad-learn/1',
    kind,
    files: written,
    texts: Object.fromEntries(files),
    learned: settings,
    missing,
    check: toCheck,
    removed: Object.fromEntries(removed),
    ignored: Object.fromEntries(ignored),
    notes,
    loads: fault === null,
    fault,
    next,
  }
}

function nextCommand(written: readonly string[]): string | null {
  const [section] = written
  return section === undefined ? null : `mlc doctor --config ${section} --only qad`
}

function tell(lesson: Lesson, written: readonly string[], next: string | null, { terminal }: Context): void {
  const { settings, missing, toCheck, notes, ignored, removed, fault } = lesson
  for (const path of written) terminal.done(path)
  for (const { setting, value, from } of settings)
    terminal.note(`  ${setting}${value === null ? '' : ` ${value}`}: ${from}`)
  for (const note of notes) terminal.note(`  ${note}`)
  if (ignored.size > 0)
    terminal.note(`Ignored: ${[...ignored].map(([host, count]) => `${host} (${count})`).join(', ')}`)
  terminal.note(
    `Removed: ${removed.size === 0 ? 'nothing, the capture held no secret' : [...removed].map(([kind, count]) => `${kind} (${count})`).join(', ')}`,
  )
  for (const { setting, why } of toCheck) terminal.warn(`Check ${setting}: ${why}`)
  for (const { setting, question } of missing) terminal.warn(`Missing, ${setting}: ${question}`)
  if (fault !== null) terminal.note(`It does not load until that is filled in: ${fault}`)
  else if (next !== null) terminal.note(`Next: ${next}; then copy the section qad into mlc.yaml.`)
}
