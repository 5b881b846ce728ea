import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommanderError } from 'commander'
import type { CommonFlags } from './commands/flags.js'
import { compose, type Composed } from './composition/compose.js'
import { redactAll, redactWarnings, unforeseen, watchCrashes } from './composition/crash.js'
import { refuseTelltaleOptions } from './composition/quiet.js'
import type { Context, Host } from './context.js'
import { EXIT, MlcError } from './errors.js'
import { createProgram, usageError } from './program.js'
import { watchStdout, type StdoutWatch } from './terminal/lost.js'
import { PromptLeft } from './terminal/prompt.js'
import { visible } from './terminal/sanitise.js'

/** Runs the command line of this process and sets its exit code. */
export async function main(): Promise<void> {
  const redact = (text: string) => redactAll(text, process.env)
  const stop = new AbortController()
  let running: Composed | null = null
  const isServing = () => running?.endsBySignal ?? false
  const stdout = watchStdout(process, (error) => tellPlainly(error, redact), isServing)
  watchCrashes(process, (fault) => {
    const error = unforeseen(fault)
    stop.abort(error)
    running?.terminal.hush()
    return showError(error, running?.flags ?? flagsTyped(), { context: running, redact, stdout })
  })
  redactWarnings(process, redact)
  const signalled = watchSignals(stop)
  // The terminal hears of errors of its streams itself; without a listener here the first would end the process.
  process.stderr.on('error', () => undefined)
  const version = readVersion()
  const host: Host = {
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    version,
    program: { node: process.execPath, script: resolve(process.argv[1] ?? '') },
    stop: stop.signal,
  }
  const program = createProgram(version, async (flags, run) => {
    const context = compose(host, flags)
    running = context
    // Until the command has come to its end: a process that runs out of work before must not be taken for one that succeeded.
    process.exitCode = EXIT.unexpected
    const code = await runCommand(context, run, { redact, stdout })
    process.exitCode = context.endsBySignal ? code : (signalled() ?? code)
  })
  try {
    refuseTelltaleOptions(process)
    await program.parseAsync(process.argv)
  } catch (error) {
    const refused = error instanceof CommanderError ? usageError(error) : unforeseen(error)
    if (refused) process.exitCode = showError(refused, flagsTyped(), { context: null, redact, stdout })
  }
}

type Redact = (text: string) => string

interface Way {
  readonly redact: Redact
  readonly stdout: StdoutWatch
}

async function runCommand(context: Composed, run: (context: Context) => Promise<number>, way: Way): Promise<number> {
  try {
    return await run(context)
  } catch (error) {
    // A question that is left is an answer: nothing more is done, and nothing is wrong.
    if (error instanceof PromptLeft) {
      context.terminal.note('Stopped; nothing was done.')
      return error.exitCode
    }
    const failure = context.deadline?.aborted ? passedDeadline(context) : unforeseen(error)
    return showError(failure, context.flags, { ...way, context })
  } finally {
    context.terminal.hush()
    await context.close()
  }
}

function passedDeadline({ flags }: Composed): MlcError {
  return new MlcError('MLC-C030', `the deadline of --timeout ${flags.timeout ?? ''} has passed`)
}

/** For what goes wrong before the flags are read. */
function flagsTyped(): CommonFlags {
  return { json: process.argv.includes('--json'), debug: process.argv.includes('--debug') }
}

/** With --json an error is one object on stdout; without, or where stdout takes nothing, it is for a person. */
function showError(
  error: MlcError,
  flags: CommonFlags,
  { context, redact, stdout }: Way & { readonly context: Composed | null },
): number {
  const shown = new MlcError(error.code, redact(error.message), { fix: error.fix })
  stdout.told(error)
  if (flags.json && !stdout.isLost) {
    process.stdout.write(`${redact(JSON.stringify(shown.toJSON()))}\n`)
    stdout.toldThere(shown)
  } else if (context) context.terminal.error(shown)
  else tellPlainly(shown, redact)
  if (flags.debug && error.cause instanceof Error)
    process.stderr.write(`${redact(error.cause.stack ?? error.cause.message)}\n`)
  return error.exitCode
}

function tellPlainly({ code, message, fix }: MlcError, redact: Redact): void {
  process.stderr.write(`x ${code} ${visible(redact(message))}\n  ${fix}\n`)
}

/** First signal: stop after what is in flight. Second: at once. */
function watchSignals(stop: AbortController): () => number | null {
  let code: number | null = null
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
    if (code !== null) process.exit(code)
    code = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
    stop.abort(new MlcError(signal === 'SIGINT' ? 'MLC-C031' : 'MLC-C032', `stopped by ${signal}`))
  }
  process.on('SIGINT', () => onSignal('SIGINT'))
  process.on('SIGTERM', () => onSignal('SIGTERM'))
  return () => code
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}
