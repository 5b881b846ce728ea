import { styleText } from 'node:util'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import { createProgress, type Progress } from './progress.js'
import { visible } from './sanitise.js'

/** What mlc says. stdout carries data only; everything else goes to stderr. */
export interface Terminal {
  /** Data for stdout; resolves when the reader has room for more. After the pipe is closed it does nothing. */
  data(data: string | Uint8Array): Promise<void>
  /** A line for people; nothing with --quiet. */
  note(text: string): void
  /** `+ text`: a step that went well; nothing with --quiet. */
  done(text: string): void
  /** `! text`. */
  warn(text: string): void
  /** `x MLC-L021 message`, then what to do, indented. */
  error(error: MlcError): void
  /** A spinner on a terminal; elsewhere nothing. One at a time: a new one ends the one before. */
  progress(text: string): Progress
  /** True after the reader of stdout has gone (`mlc pull | head`): no more data is wanted. */
  readonly isClosed: boolean
  /** True when a person sits at stdout. */
  readonly isPerson: boolean
  /** Columns of the terminal at stdout; null where it is none, or does not tell: then nothing is broken to fit. */
  readonly columns: number | null
}

export type { Progress } from './progress.js'

export interface TerminalOptions {
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number }
  readonly stderr: NodeJS.WritableStream
  readonly stdoutIsTTY: boolean
  readonly stderrIsTTY: boolean
  /** NO_COLOR, FORCE_COLOR, TERM and CI are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly noColor?: boolean
  readonly quiet?: boolean
  /** The data is for a program: no spinner. */
  readonly json?: boolean
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, env, quiet = false } = options
  const paint = painter(options)
  const mayAnimate = options.stderrIsTTY && !quiet && !options.json && !isSet(env['CI']) && env['TERM'] !== 'dumb'
  const progress = createProgress(stderr, mayAnimate, hasColour(options))
  const out = quietWhenClosed(stdout)
  const err = quietWhenClosed(stderr)
  // A remark is not waited for: stderr is for people, and what it cannot take is not lost data.
  const say = (text: string) => err.isClosed() || stderr.write(`${text}\n`)
  return {
    // A terminal would act on control characters, in whatever format; a file or pipe gets the exact bytes.
    data: (data) => out.write(options.stdoutIsTTY ? safeData(data) : data),
    note: (text) => void (quiet || say(visible(text))),
    done: (text) => void (quiet || say(`${paint('green', '+')} ${visible(text)}`)),
    warn: (text) => void say(`${paint('yellow', '!')} ${visible(text)}`),
    error: ({ code, message, fix }) =>
      void say(`${paint('red', 'x')} ${code} ${indented(message)}\n  ${indented(fix)}`),
    progress: (text) => progress.show(visible(text)),
    get isClosed() {
      return out.isClosed()
    },
    isPerson: options.stdoutIsTTY,
    // Looked at when something is shown: windows change their size.
    get columns() {
      return (options.stdoutIsTTY && stdout.columns) || null
    },
  }
}

/** Writes with back-pressure; a reader that went away is no error, anything else (a full disk) is. */
function quietWhenClosed(stream: NodeJS.WritableStream) {
  let closed = false
  const failures: NodeJS.ErrnoException[] = []
  const check = () => {
    const [first] = failures
    if (first) throw unwritable(first)
  }
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (isClosing(error)) closed = true
    else failures.push(error)
  })
  return {
    isClosed: () => closed,
    async write(data: string | Uint8Array): Promise<void> {
      check()
      if (closed || data.length === 0 || stream.write(data)) return
      await roomIn(stream)
      check()
    },
  }
}

/** The reader has gone, as `| head` does: no data is lost that anybody wanted. */
export function isClosing({ code = '' }: NodeJS.ErrnoException): boolean {
  return CLOSED.has(code)
}

export function unwritable(cause: NodeJS.ErrnoException): MlcError {
  return new MlcError('MLC-C006', `stdout cannot be written: ${explainFault(cause)}`, {
    cause,
    fix: 'Free space where it leads to, or send it elsewhere; what was posted stands in the audit.',
  })
}

/** Resolves when the stream takes more, or will take nothing any more. */
function roomIn(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const ends = ['drain', 'close', 'error'] as const
    const done = () => {
      for (const end of ends) stream.off(end, done)
      resolve()
    }
    for (const end of ends) stream.on(end, done)
  })
}

const CLOSED: ReadonlySet<string> = new Set([
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ECONNRESET',
])

function painter(options: TerminalOptions) {
  const colour = hasColour(options)
  // The stream is checked above, with the flags; styleText would look at process.stdout instead.
  return (style: 'red' | 'green' | 'yellow', symbol: string) =>
    colour ? styleText(style, symbol, { validateStream: false }) : symbol
}

/** --no-color and NO_COLOR (https://no-color.org: any value but nothing) win over FORCE_COLOR; then a terminal that is not dumb. */
function hasColour({ noColor = false, env, stderrIsTTY }: TerminalOptions): boolean {
  if (noColor || isSet(env['NO_COLOR'])) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return stderrIsTTY && env['TERM'] !== 'dumb'
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false'
}

function safeData(data: string | Uint8Array): string {
  const text = typeof data === 'string' ? data : new TextDecoder().decode(data)
  return text.split('\r\n').map(visible).join('\r\n')
}

function indented(text: string): string {
  return visible(text).replaceAll('\n', '\n  ')
}
