import { MlcError } from '../errors.js'
import type { Progress, Terminal } from '../terminal/output.js'

/** The terminal, and one line of progress that makes way for whatever else is said. */
export interface Voice extends Terminal {
  /** What goes on right now, on a terminal only. */
  working(text: string): void
  /** Takes the line of progress away: a spinner that turns keeps the process alive. */
  hush(): void
  /** A line of --debug. */
  trace(line: string): void
}

export function createVoice(terminal: Terminal, redact: (text: string) => string): Voice {
  let current: Progress | null = null
  const hide = () => {
    current?.stop()
    current = null
  }
  const after =
    <A extends unknown[], R>(speak: (...args: A) => R) =>
    (...args: A): R => {
      hide()
      return speak(...args)
    }
  return {
    data: after((data: string | Uint8Array) => terminal.data(data)),
    note: after((text: string) => terminal.note(redact(text))),
    done: after((text: string) => terminal.done(redact(text))),
    warn: after((text: string) => terminal.warn(redact(text))),
    error: after((error: MlcError) =>
      terminal.error(new MlcError(error.code, redact(error.message), { fix: redact(error.fix) })),
    ),
    progress: after((text: string) => terminal.progress(text)),
    trace: after((line: string) => terminal.warn(`http ${redact(line)}`)),
    get isClosed() {
      return terminal.isClosed
    },
    isPerson: terminal.isPerson,
    get columns() {
      return terminal.columns
    },
    hush: hide,
    working: (text) => {
      if (current) current.update(text)
      else current = terminal.progress(text)
    },
  }
}
