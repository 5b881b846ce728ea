import { posix } from 'node:path'
import { MlcError } from '../errors.js'
import { intervals } from './calendar.js'
import { MADE_BY, nameOf, syncWords, type Place, type ScheduledRun, type Written } from './run.js'

/** The agent of launchd on macOS, where the keychain is open to it. @throws MLC-C006 when launchd would need too long a list */
export function launchdAgent(run: ScheduledRun): Written {
  const { place, cron } = run
  const label = `ml-connector.${nameOf(run)}`
  const starts = intervals(cron)
  if (starts.length > MOST_STARTS)
    throw new MlcError('MLC-C006', `launchd knows no lists: --cron "${cron.text}" would be ${starts.length} entries`)
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${MADE_BY} ${place.version}: save it as ~/Library/LaunchAgents/${label}.plist, then launchctl bootstrap gui/$UID on that file -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escaped(label)}</string>
  <key>WorkingDirectory</key>
  <string>${escaped(place.folder)}</string>
  <key>ProgramArguments</key>
  <array>
${[place.node, place.script, ...syncWords(run)].map((word) => `    <string>${escaped(word)}</string>`).join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${pairs(agentVariables(place), 'string', '    ')}
  </dict>
  <key>StartCalendarInterval</key>
  <array>
${starts.map((start) => `    <dict>\n${pairs(start, 'integer', '      ')}\n    </dict>`).join('\n')}
  </array>
  <key>StandardErrorPath</key>
  <string>${escaped(posix.join(place.home, 'Library/Logs', `${label}.log`))}</string>
</dict>
</plist>
`
  return { path: `${label}.plist`, text }
}

const MOST_STARTS = 200

/** What no variable gives comes out of the keychain. */
function agentVariables(place: Place): Readonly<Record<string, string>> {
  const given = place.credentials.flatMap((one): [string, string][] => {
    if (one.file !== null) return [[`${one.variable}_FILE`, one.file]]
    return one.value === null ? [] : [[one.variable, one.value]]
  })
  return { ...place.variables, MLC_CONFIG: place.config, MLC_STATE_DIR: place.state, ...Object.fromEntries(given) }
}

function pairs(values: Readonly<Record<string, string | number>>, kind: string, indent: string): string {
  return Object.entries(values)
    .map(
      ([name, value]) => `${indent}<key>${escaped(name)}</key>\n${indent}<${kind}>${escaped(String(value))}</${kind}>`,
    )
    .join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/**
 * The line that makes a task of Windows. It carries no variables: the user's own have to hold them, or the keychain.
 * @throws MLC-C006 for what schtasks cannot say
 */
export function schtasksLine(run: ScheduledRun): Written {
  const { place } = run
  const words = [place.node, place.script, ...syncWords(run), '--config', place.config]
  if (words.some((word) => word.includes('"') || word.includes('%')))
    throw unfit('a path has a quote or a percent sign')
  const task = words.map((word) => (/[\s&()^;,=]/.test(word) ? `\\"${word}\\"` : word)).join(' ')
  if (task.length > MOST_CHARACTERS) throw unfit(`what is to be run is longer than ${MOST_CHARACTERS} characters`)
  return { path: '', text: `schtasks /Create /TN "mlc ${nameOf(run)}" ${when(run)} /TR "${task}"\r\n` }
}

/** What /TR takes. (schtasks create, Microsoft Learn) */
const MOST_CHARACTERS = 261
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

function when({ cron }: ScheduledRun): string {
  const { minutes, hours, days, months, weekdays, isEither } = cron
  const [hour = 0] = hours
  const [minute = 0] = minutes
  const at = `/ST ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  const isPlain = hours.length === 1 && minutes.length === 1 && months.length === 12 && !isEither
  if (isPlain && days.length === 31)
    return weekdays.length === 7
      ? `/SC DAILY ${at}`
      : `/SC WEEKLY /D ${weekdays.map((day) => DAYS[day]).join(',')} ${at}`
  if (isPlain && days.length === 1 && weekdays.length === 7) return `/SC MONTHLY /D ${days[0] ?? 1} ${at}`
  throw unfit(`--cron "${cron.text}" is not one time a day, on weekdays, or on one day of the month`)
}

function unfit(why: string): MlcError {
  return new MlcError('MLC-C006', `schtasks cannot say this: ${why}`, {
    fix: 'Make the task in the Task Scheduler by hand.',
  })
}
