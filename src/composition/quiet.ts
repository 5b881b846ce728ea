const TRACE = /^[A-Z][A-Z0-9_]* (?:\u001b\[\d+m)?\d+(?:\u001b\[\d+m)?: /

/**
 * What Node by itself would tell of this process, and with it of credentials: the traces of NODE_DEBUG hold headers and bodies,
 * a diagnostic report holds the whole environment, and the inspector that SIGUSR1 opens holds everything.
 */
export function quietNode(process: NodeJS.Process): void {
  if (process.env['NODE_DEBUG']) process.stderr.write = withoutTraces(process.stderr)
  // A signal that is no longer answered by a report would end the process.
  if (process.report.reportOnSignal) process.on(process.report.signal, () => undefined)
  Object.assign(process.report, { reportOnSignal: false, reportOnFatalError: false, reportOnUncaughtException: false })
  process.on('SIGUSR1', () => undefined)
}

/** Node writes each trace as one text of its own, begun by the module's name and the process id. */
function withoutTraces(stream: NodeJS.WriteStream): NodeJS.WriteStream['write'] {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean
  return (...args: readonly unknown[]) => (typeof args[0] === 'string' && TRACE.test(args[0])) || write(...args)
}
