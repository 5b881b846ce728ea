import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ownTemporaryFolder, watchForLeaks } from '../leaks/watch.js'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** stdout as the one JSON object that --json promises. */
  json<T>(): T
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly node?: readonly string[]
  /** A command that runs mlc, such as `bash -c 'ulimit -f 8; exec "$@"' _`. */
  readonly through?: readonly string[]
  readonly cwd?: string
  /** Credentials that servers gave it until now: they must not get out either. */
  readonly issued?: () => Readonly<Record<string, string>>
  /** Where a leak is planted, or looked for by the test itself, it does not reject. */
  readonly mayLeak?: boolean
}

export interface Started {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** Resolves when what it has printed on stdout or stderr matches. Rejects when it ends without. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ran>
}

const MLC = join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')

/**
 * Starts the built mlc as a process of its own, without a terminal and without this process's environment. When it has ended,
 * what it printed and left behind is searched for its credentials: `ended` rejects when one got out.
 */
export function startMlc(args: readonly string[], options: RunOptions): Started {
  const { env = {}, node = [], through = [], cwd, issued, mayLeak = false } = options
  const command = [...through, process.execPath, ...node, MLC, ...args]
  const clean = { PATH: process.env['PATH'], TMPDIR: ownTemporaryFolder(), ...env }
  const watched = watchForLeaks(`mlc ${args[0] ?? ''}`.trim(), clean, cwd)
  const child = spawn(command[0] ?? '', command.slice(1), { cwd, env: watched.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  const err: Buffer[] = []
  const ended = new Promise<Ran>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      const [stdout, stderr] = [Buffer.concat(out), Buffer.concat(err)]
      const leak = watched.ended({ stdout, stderr }, issued?.())
      if (leak !== null && !mayLeak) reject(leak)
      else resolve(ran(code, stdout.toString(), stderr.toString()))
    })
  })
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const printed = () => `${Buffer.concat(out).toString()}\n${Buffer.concat(err).toString()}`
      const look = () => {
        const found = pattern.exec(printed())
        if (found) resolve(found)
      }
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
      child.once('close', () => reject(new Error(`it ended without ${String(pattern)}:\n${printed()}`)))
      look()
    })
  return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), said, ended }
}

function ran(code: number | null, stdout: string, stderr: string): Ran {
  return {
    code,
    stdout,
    stderr,
    json<T>() {
      try {
        return JSON.parse(stdout) as T
      } catch {
        throw new Error(`stdout is not JSON (exit ${code}):\n${stdout}\nstderr:\n${stderr}`)
      }
    },
  }
}
