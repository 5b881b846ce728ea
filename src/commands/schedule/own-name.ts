import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import { markIn, nameOf, tagOf, type ScheduledRun, type Written } from '../../schedule/run.js'
import { systemdUnits } from '../../schedule/systemd.js'
import { printed, type As } from './printed.js'

/**
 * The run by the name of its own files: two projects may name a job alike, and the jobs `a` and `b` together are named as a job
 * `a-b` is. Where another schedule has the name, a tag is added to it, and that is said.
 * @param root of the repository that holds mlc.yaml
 * @throws MLC-C050 where a unit of that name does not tell whose it is
 */
export async function withOwnName(as: As, run: ScheduledRun, root: string, context: Context): Promise<ScheduledRun> {
  const place = await placeOfFiles(as, root, context)
  if (place === null) return run
  const mark = markOfFiles(place, run)
  const tagged = { ...run, tag: tagOf(mark) }
  // One that has got a tag keeps it when the other schedule is gone.
  if ((await holderOf(place, tagged)) === mark) return tagged
  const holder = await holderOf(place, run)
  if (holder === null || holder === mark) return run
  const [other, own] = [run, tagged].map((one) => `mlc-${nameOf(one)}`)
  context.terminal.note(`${other ?? ''} is another schedule (${holder.slice(2)}): this one is named ${own ?? ''}.`)
  return tagged
}

interface Place {
  files(run: ScheduledRun): readonly Written[]
  read(path: string): Promise<string | null>
  /** What is said of files that have no mark; null: they count as the run's own. */
  readonly refusal: string | null
}

/** Null: there are no files, and the marks in what is there suffice. */
async function placeOfFiles(as: As, root: string, context: Context): Promise<Place | null> {
  const { units, repository } = await context.scheduling()
  if (as === 'systemd')
    return {
      files: (run) => systemdUnits(run, 'user'),
      read: (path) => units.read(path),
      refusal: `is in ${units.folder} and does not tell whose schedule it is`,
    }
  if (as !== 'github' && as !== 'kubernetes') return null
  // What somebody else wrote there is neither replaced nor removed unasked.
  return { files: (run) => printed(as, run, root).files, read: (path) => repository.read(path), refusal: null }
}

function markOfFiles(place: Place, run: ScheduledRun): string {
  return markIn(place.files(run)[0]?.text ?? '') ?? ''
}

/** Whose the files of the run's name are, by their mark; null: they are not there. */
async function holderOf(place: Place, run: ScheduledRun): Promise<string | null> {
  for (const { path } of place.files(run)) {
    const text = await place.read(path)
    const holder = text === null ? null : markIn(text)
    if (holder !== null) return holder
    if (text !== null && place.refusal === null) return markOfFiles(place, run)
    if (text !== null)
      throw new MlcError('MLC-C050', `${path} ${place.refusal ?? ''}`, {
        fix: `Look at it; systemctl --user disable --now mlc-${nameOf(run)}.timer stops it, then remove or rename it by hand.`,
      })
  }
  return null
}
