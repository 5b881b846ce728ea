import { basename } from 'node:path'
import { markIn, type Written } from '../../schedule/run.js'

/** Text of a file by its whole path; null: it is not there, or this user may not read it. */
export type ReadFile = (path: string) => Promise<string | null>

/** Whether the units of the machine that are printed stand there already, as they are or otherwise. Empty: none is there. */
export async function comparedWithInstalled(printed: readonly Written[], read: ReadFile): Promise<readonly string[]> {
  const found = await Promise.all(printed.map(async ({ path, text }) => ({ path, text, there: await read(path) })))
  const installed = found.filter(({ there }) => there !== null)
  if (installed.length === 0) return []
  if (found.every(({ text, there }) => text === there))
    return [`Installed already, as printed: ${found.map(({ path }) => path).join(', ')}`]
  const missing = found.filter(({ there }) => there === null).map(({ path }) => `${path} is not there`)
  const other = installed.filter(({ text, there }) => text !== there)
  return [...other.map(({ path, text, there }) => differs(path, text, there ?? '')), ...missing]
}

/** A unit of the user beside one of the machine for the same jobs: both would start them. Empty: there is none. */
export async function alsoOfMachine(printed: readonly Written[], read: ReadFile): Promise<readonly string[]> {
  const twice: string[] = []
  for (const { path, text } of printed) {
    const there = path.endsWith('.timer') ? await read(path) : null
    if (there !== null && (markIn(there) ?? '') === (markIn(text) ?? '')) twice.push(path)
  }
  return twice.map(
    (path) => `${path} starts the same jobs: keep one of the two (systemctl disable --now ${basename(path)})`,
  )
}

/** Names the first line that is another: a person sees whether it was edited, or is of another time or version. */
function differs(path: string, text: string, there: string): string {
  const [wanted, found] = [text.split('\n'), there.split('\n')]
  const at = wanted.findIndex((line, index) => line !== found[index])
  const line = at < 0 ? wanted.length : at
  return `${path} is installed and differs in line ${line + 1}: ${shown(found[line])} there, ${shown(wanted[line])} printed`
}

function shown(line: string | undefined): string {
  return line === undefined || line === '' ? 'nothing' : JSON.stringify(line)
}
