import { spawn } from 'node:child_process'
import { MlcError } from '../../errors.js'
import { explainFault } from '../../model/fault.js'
import { pick } from '../../secrets/environment.js'
import type { Host } from '../../context.js'

export interface ToolAnswer {
  readonly code: number | null
  readonly stdout: Buffer
  /** In English, for what it begins with. */
  readonly stderr: string
}

/** Runs a program of the system's scheduler, without a shell and without mlc's credentials. @throws MLC-C050 when it is not there */
export function runTool(
  words: readonly [string, ...string[]],
  { env, stop }: Pick<Host, 'env' | 'stop'>,
  input: Buffer | null = null,
): Promise<ToolAnswer> {
  const [program, ...parameters] = words
  const patience = AbortSignal.timeout(TIMEOUT_MS)
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      env: { ...pick(env, NEEDED), LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Not spawn's own timeout: its timer goes on when the program was never there.
      signal: AbortSignal.any([stop, patience]),
    })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => void out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => void err.push(chunk))
    // One that does not read its input ends with a code that tells why.
    child.stdin.on('error', () => undefined)
    child.once('error', (cause: NodeJS.ErrnoException) => {
      if (stop.aborted) return reject(stop.reason as Error)
      const why = patience.aborted ? 'has not ended in time' : `cannot be run here: ${explainFault(cause, 'running')}`
      reject(new MlcError('MLC-C050', `${program} ${why}`, { cause }))
    })
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8') }),
    )
    child.stdin.end(input ?? undefined)
  })
}

const TIMEOUT_MS = 60_000
const NEEDED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
]

/** What a tool said, on one line, for a message. */
export function said({ code, stderr }: ToolAnswer): string {
  const line = stderr
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
  return line === '' ? `exit code ${String(code)}` : line
}
