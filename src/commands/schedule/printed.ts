import { relative } from 'node:path'
import { crontabBlock } from '../../schedule/crontab.js'
import { launchdAgent, schtasksLine } from '../../schedule/desktop.js'
import { githubWorkflow } from '../../schedule/github.js'
import { kubernetesManifest } from '../../schedule/kubernetes.js'
import { credentialFolder, nameOf, usualFile, type ScheduledRun, type Written } from '../../schedule/run.js'
import { placeOfService, systemdUnits } from '../../schedule/systemd.js'

/** Schedulers that can be told. */
export type As = 'crontab' | 'systemd' | 'github' | 'kubernetes' | 'launchd' | 'schtasks'

/** What a scheduler is to be told. */
export interface Printed {
  readonly files: readonly Written[]
  /** The same in one text, for a person to save. */
  readonly text: string
  /** What to do with it. */
  readonly next: readonly string[]
}

/** @param root of the repository that holds mlc.yaml @throws MLC-C006 */
export function printed(as: As, run: ScheduledRun, root: string): Printed {
  const one = (file: Written, ...next: readonly string[]): Printed => ({ files: [file], text: file.text, next })
  switch (as) {
    case 'crontab':
      return one(
        { path: '', text: crontabBlock(run, null) },
        'Next: the same command with --install puts it into your crontab, and leaves all other lines as they are.',
      )
    case 'systemd': {
      const units = systemdUnits(run, 'system').map(({ path, text }) => ({ path: `/etc/systemd/system/${path}`, text }))
      return {
        files: units,
        text: inOneText(units),
        next: [systemSteps(run), 'For a service of your own user: --install.'],
      }
    }
    case 'github': {
      const file = githubWorkflow(run, relative(root, run.place.folder) || '.')
      return one(
        file,
        `Next: --install writes ${file.path} into the repository; its first lines say what GitHub needs.`,
      )
    }
    case 'kubernetes': {
      const file = kubernetesManifest(run, relative(root, run.place.folder) || '.')
      return one(
        file,
        `Next: --install writes ${file.path} into the repository; its first lines say what goes before it.`,
      )
    }
    case 'launchd':
      return one(launchdAgent(run), 'Written from documentation, and not tried on macOS.')
    case 'schtasks':
      return one(schtasksLine(run), 'Written from documentation, and not tried on Windows.')
  }
}

/** Several files with their paths above them, one alone as it is. */
export function inOneText(files: readonly Written[]): string {
  const [only, ...others] = files
  if (only !== undefined && others.length === 0) return only.text
  return files.map(({ path, text }) => `# ${path}\n${text}`).join('\n')
}

/** How the units of the machine are put in place. */
export function systemSteps(run: ScheduledRun): string {
  const timer = `mlc-${nameOf(run)}.timer`
  return `As root: useradd --system mlc; save both files; systemctl daemon-reload; systemctl enable --now ${timer}.`
}

/** What a run of that scheduler would still miss. */
export function remarksOn(as: As, run: ScheduledRun, isInstalled: boolean): readonly string[] {
  const scope = isInstalled ? 'user' : 'system'
  const place = as === 'systemd' ? placeOfService(run, scope) : run.place
  if (as === 'schtasks') return place.remarks
  if (as === 'github' || as === 'kubernetes')
    return [...place.remarks.filter((line) => !line.includes('is set here')), STATE[as]]
  if (as === 'launchd') return place.remarks
  const folder = credentialFolder(place, as === 'systemd' && !isInstalled ? 'machine' : 'person')
  const missing = place.credentials.filter(({ file, value }) => file === null && value === null)
  const files = missing.map((one) => usualFile(folder, one)).join(', ')
  return [
    ...place.remarks,
    ...(files === '' ? [] : [`before its first run it needs, readable by its user alone: ${files}`]),
  ]
}

const STATE = {
  github: 'the state of mlc must last from run to run: the cache of GitHub is emptied after seven days without a run',
  kubernetes: 'the state of mlc is on the volume that the manifest claims: it must last, and be backed up',
}
