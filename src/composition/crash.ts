import { MlcError } from '../errors.js'
import { FILE_FIX, fileFault } from '../model/fault.js'
import { redactor } from '../secrets/redactor.js'
import { redactors } from './redaction.js'

/**
 * Ends the process on an error that no caller is left to hear of: thrown out of a callback, or a promise that nobody awaited.
 * `tell` says it and gives the exit code. Node's own way would print the error with its stack, and whatever its message quotes.
 */
export function watchCrashes(process: NodeJS.Process, tell: (fault: unknown) => number): void {
  let isEnding = false
  const end = (fault: unknown) => {
    if (isEnding) process.exit(UNEXPECTED)
    isEnding = true
    // Whatever was under way may not go on in a state that nobody knows, so nothing is awaited but the words.
    exitWhenWritten(process, told(fault, tell))
  }
  // Unlike a listener it also holds under --abort-on-uncaught-exception, whose core dump would hold every credential.
  process.setUncaughtExceptionCaptureCallback(end)
  process.on('unhandledRejection', end)
}

const UNEXPECTED = 1

function told(fault: unknown, tell: (fault: unknown) => number): number {
  try {
    return tell(fault)
  } catch {
    return UNEXPECTED
  }
}

/** A reader that does not read on holds it for a second at most. */
const LAST_WORDS_MS = 1_000

function exitWhenWritten(process: NodeJS.Process, code: number): void {
  const exit = () => process.exit(code)
  const { stdout, stderr } = process
  if (stdout.writableLength + stderr.writableLength === 0) exit()
  setTimeout(exit, LAST_WORDS_MS)
  stdout.write('', () => stderr.write('', exit))
}

/** Warnings of Node may quote an error: with --unhandled-rejections=warn they quote every one. */
export function redactWarnings(process: NodeJS.Process, redact: (text: string) => string): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => void process.stderr.write(redact(`! Node.js: ${name}: ${message}\n`)))
}

/** What nobody foresaw, in words that can be shown: of text that is no JSON Node quotes a piece, and nobody knows what it is. */
export function unforeseen(fault: unknown): MlcError {
  if (fault instanceof MlcError) return fault
  const words = fileFault(fault)
  if (words !== null) return new MlcError('MLC-X001', words, { cause: fault, fix: FILE_FIX })
  return new MlcError('MLC-X001', wordsOf(fault), { cause: fault })
}

function wordsOf(fault: unknown): string {
  if (!(fault instanceof Error)) return typeof fault === 'string' ? fault : `a thrown ${typeof fault}`
  const message = fault instanceof SyntaxError ? fault.message.replace(/"[^]*"/, '"…"') : fault.message
  return `${fault.name}: ${message}`
}

/** Takes out of a text the credentials read so far, and those of the environment, which may not have been read yet. */
export function redactAll(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return [...redactors, redactor(credentialsIn(env), namesIn(env))].reduce((clean, take) => take(clean), text)
}

const SECRET_NAME = /(PASS|SECRET|TOKEN|KEY|CREDENTIAL)(?!.*_FILE$)/i

const NAME = /(USER|CLIENT_ID)/i

/** What is shown anyway; of a USER_PASSWORD not the password. */
function namesIn(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value = '']) =>
    NAME.test(name) && !SECRET_NAME.test(name) && value !== '' ? [value] : [],
  )
}

/** A shorter value stands in innocent text. */
const SHORTEST = 6

function credentialsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env)
    .flatMap(([name, value = '']) => (/proxy$/i.test(name) ? passwordIn(value) : SECRET_NAME.test(name) ? [value] : []))
    .filter((value) => value.length >= SHORTEST)
}

function passwordIn(address: string): string[] {
  const [, password = ''] = /:([^:@]*)@/.exec(address) ?? []
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}
