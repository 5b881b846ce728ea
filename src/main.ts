import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import v8 from 'node:v8'
import { CommanderError } from 'commander'
import type { CommonFlags } from './commands/flags.js'
import { compose, type Composed } from './composition/compose.js'
import { redactAll, redactWarnings, unforeseen, watchCrashes } from './composition/crash.js'
import { refuseTelltaleOptions } from './composition/quiet.js'
import type { Context, Host } from './context.js'
import { EXIT, MlcError } from './errors.js'
import { createProgram, usageError } from './program.js'
import { PromptLeft } from './terminal/prompt.js'
import { visible } from './terminal/sanitise.js'

/** Runs the command line of this process and sets its exit code. */
export async function main(): Promise<void> {
  const redact = (text: string) => redactAll(text, process.env)
  const stop = new AbortController()
  let running: Composed | null = null
  watchCrashes(process, (fault) => {
    const error = unforeseen(fault)
    stop.abort(error)
    running?.terminal.hush()
    return showError(error, running?.flags ?? flagsTyped(), running, redact)
  })
  redactWarnings(process, redact)
  keepHeapSmall()
  const signalled = watchSignals(stop)
  // The terminal hears of errors of its streams itself; without a listener here the first would end the process.
  process.stdout.on('error', () => undefined)
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
    const code = await runCommand(context, run, redact)
    process.exitCode = context.endsBySignal ? code : (signalled() ?? code)
  })
  try {
    refuseTelltaleOptions(process)
    await program.parseAsync(process.argv)
  } catch (error) {
    const refused = error instanceof CommanderError ? usageError(error) : unforeseen(error)
    if (refused) process.exitCode = showError(refused, flagsTyped(), null, redact)
  }
}

type Redact = (text: string) => string

async function runCommand(
  context: Composed,
  run: (context: Context) => Promise<number>,
  redact: Redact,
): Promise<number> {
  try {
    return await run(context)
  } catch (error) {
    // A question that is left is an answer: nothing more is done, and nothing is wrong.
    if (error instanceof PromptLeft) {
      context.terminal.note('Stopped; nothing was done.')
      return error.exitCode
    }
    const failure = context.deadline?.aborted ? passedDeadline(context) : unforeseen(error)
    return showError(failure, context.flags, context, redact)
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

/** With --json an error is one object on stdout; without, it is for a person. */
function showError(error: MlcError, flags: CommonFlags, context: Composed | null, redact: Redact): number {
  const shown = new MlcError(error.code, redact(error.message), { fix: error.fix })
  if (flags.json) process.stdout.write(`${redact(JSON.stringify(shown.toJSON()))}\n`)
  else if (context) context.terminal.error(shown)
  else process.stderr.write(`x ${shown.code} ${visible(shown.message)}\n  ${shown.fix}\n`)
  if (flags.debug && error.cause instanceof Error)
    process.stderr.write(`${redact(error.cause.stack ?? error.cause.message)}\n`)
  return error.exitCode
}

/**
 * Rows live for a moment, so a large young generation only costs memory: a pull of 1,000,000 rows peaks at 118 MB instead of 150.
 * V8 reads this factor whenever the young generation might grow, so it may be set while the program runs.
 */
function keepHeapSmall(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1')
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
