import type { Ora } from 'ora'

/** What is going on right now. */
export interface Progress {
  update(text: string): void
  /** Takes it away again; calling it twice is harmless. */
  stop(): void
}

const NOTHING: Progress = { update: () => undefined, stop: () => undefined }

/** Makes spinners on one stream, one at a time. ora is loaded when the first is wanted, and only where it can be seen. */
export function createProgress(stream: NodeJS.WritableStream, mayAnimate: boolean, colour: boolean) {
  let current: Progress = NOTHING
  return {
    show(text: string): Progress {
      current.stop()
      current = mayAnimate && hasWidth(stream) ? spin(stream, text, colour) : NOTHING
      return current
    },
    stop: () => current.stop(),
  }
}

/** A pseudo-terminal that nobody gave a size has none; ora would take away its spinner line by line, without end. */
function hasWidth(stream: NodeJS.WritableStream & { readonly columns?: number }): boolean {
  return stream.columns !== 0
}

function spin(stream: NodeJS.WritableStream, first: string, colour: boolean): Progress {
  let text = first
  let spinner: Ora | null = null
  let stopped = false
  void import('ora').then(({ default: ora }) => {
    if (stopped) return
    // stdin belongs to the prompts, and a hidden cursor would need a signal handler to come back.
    const manners = { isEnabled: true, discardStdin: false, hideCursor: false }
    spinner = ora({ text, stream, color: colour && ('cyan' as const), ...manners }).start()
  })
  return {
    update(next) {
      text = next
      if (spinner) spinner.text = next
    },
    stop() {
      stopped = true
      spinner?.stop()
      spinner = null
    },
  }
}
