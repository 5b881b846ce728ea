import { writeFileSync } from 'node:fs'
import inspector from 'node:inspector'
import { MlcError } from '../errors.js'

const TRACE = /^[A-Z][A-Z0-9_]* (?:\u001b\[\d+m)?\d+(?:\u001b\[\d+m)?: /

/**
 * What Node by itself would tell of this process, and with it of credentials: the traces of NODE_DEBUG hold headers and bodies,
 * a diagnostic report holds the whole environment, and heap snapshots, core dumps and the inspector hold everything.
 * Called before the rest of mlc is loaded.
 */
export function quietNode(process: NodeJS.Process): void {
  silenceSignals(process)
  if (process.env['NODE_DEBUG']) process.stderr.write = withoutTraces(process.stderr)
  Object.assign(process.report, { reportOnSignal: false, reportOnFatalError: false, reportOnUncaughtException: false })
  closeInspector(process)
  emptyCoreDumps()
}

/**
 * Whoever listens to a signal before mlc does was put there by an option of Node, --report-on-signal or --heapsnapshot-signal.
 * A signal that nobody listens to any more would end the process. SIGUSR1 opens the inspector unless it is listened to.
 */
function silenceSignals(process: NodeJS.Process): void {
  const answered = process.eventNames().filter((name) => typeof name === 'string' && name.startsWith('SIG'))
  for (const signal of new Set([...answered, 'SIGUSR1'])) process.removeAllListeners(signal).on(signal, () => undefined)
}

/** Node writes each trace as one text of its own, begun by the module's name and the process id. */
function withoutTraces(stream: NodeJS.WriteStream): NodeJS.WriteStream['write'] {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean
  return (...args: readonly unknown[]) => (typeof args[0] === 'string' && TRACE.test(args[0])) || write(...args)
}

/** Opened by NODE_OPTIONS, or by SIGUSR1 before this ran. Who starts `node --inspect mlc.js` wants it. */
function closeInspector({ execArgv }: NodeJS.Process): void {
  const isWanted = execArgv.some((argument) => argument.startsWith('--inspect'))
  if (!isWanted && inspector.url() !== undefined) inspector.close()
}

/** On Linux a process says itself which of its memory a core dump holds; children inherit it. Elsewhere only a limit helps. */
function emptyCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0')
  } catch {
    // No such file: another system, or one that shows no /proc.
  }
}

/** @throws MLC-C042 for options of Node that write credentials, or the key to them, to a file and cannot be undone */
export function refuseTelltaleOptions({ env, execArgv }: NodeJS.Process): void {
  const options = [env['NODE_OPTIONS'] ?? '', ...execArgv].join(' ')
  const [found] = /--(?:tls[-_]keylog|heapsnapshot[-_]near[-_]heap[-_]limit)/.exec(options) ?? []
  if (found !== undefined)
    throw new MlcError('MLC-C042', `Node.js is started with ${found}, which would write credentials to a file`)
}
