import { spawn } from 'node:child_process'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import { pick, type Environment } from './environment.js'
import type { System } from './store.js'

/** What the command gives for each system: our names → values. */
export type CommandOutput = Readonly<Partial<Record<System, Readonly<Record<string, string>>>>>

export interface CommandOptions {
  readonly env: Environment
  /** The folder of mlc.yaml, so that a script beside it can be named. */
  readonly folder: string
  readonly timeoutMs?: number
}

/**
 * Runs `credentialCommand` of mlc.yaml, without a shell, and reads the JSON it prints:
 * `{"looker": {"clientId": "…", "clientSecret": "…"}, "qad": {"username": "…", "password": "…"}}`.
 * @throws MLC-S003; no message quotes what it printed
 */
export async function runCredentialCommand(
  command: readonly string[],
  { env, folder, timeoutMs = TIMEOUT_MS }: CommandOptions,
): Promise<CommandOutput> {
  const [program = '', ...parameters] = command
  const fail = (what: string) => new MlcError('MLC-S003', `credentialCommand ${JSON.stringify(program)} ${what}`)
  const ended = await run(program, parameters, pick(env, NEEDED), folder, timeoutMs)
  if ('fault' in ended) throw fail(ended.fault)
  return read(ended.text, fail)
}

/** A password manager may ask its own server; a person who must first be asked is not meant here. */
const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024
/** What an ended command has printed is in the pipe already. */
const DRAIN_MS = 500

/** What password managers need to find their files, their agent and the terminal. No credential of mlc, nothing that loads code. */
const NEEDED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TMPDIR', 'TERM', 'GPG_TTY', 'GNUPGHOME'],
  ...['PASSWORD_STORE_DIR', 'SSH_AUTH_SOCK', 'DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY'],
  ...['XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME'],
  ...['SYSTEMROOT', 'SystemRoot', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'TEMP', 'TMP'],
]

type Ended = { readonly text: string } | { readonly fault: string }

function run(
  program: string,
  parameters: readonly string[],
  env: Record<string, string>,
  cwd: string,
  timeoutMs: number,
): Promise<Ended> {
  return new Promise((resolve) => {
    // A group of its own, so that what the command itself started ends with it.
    const isGroup = process.platform !== 'win32'
    const child = spawn(program, parameters, {
      ...{ cwd, env, detached: isGroup, windowsHide: true, shell: false },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const timer = setTimeout(() => stop({ fault: `has not ended after ${timeoutMs / 1000} s` }), timeoutMs)
    const end = (ended: Ended) => {
      clearTimeout(timer)
      resolve(ended)
    }
    const stop = (ended: Ended) => {
      if (isGroup && child.pid !== undefined) killGroup(child.pid)
      else child.kill('SIGKILL')
      child.stdout.destroy()
      end(ended)
    }
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_BYTES) stop({ fault: 'prints more than 64 KiB' })
    })
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ fault: `cannot be started: ${explainFault(error, 'running')}` }),
    )
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      if (code === 0) end({ text: Buffer.concat(chunks).toString('utf8') })
      else end({ fault: `ended with ${signal ?? `exit code ${code ?? 'unknown'}`}` })
    }
    child.once('close', ended)
    // What the command left running, an agent perhaps, holds its stdout open for as long as it lives.
    child.once('exit', (code, signal) => {
      setTimeout(() => {
        child.stdout.destroy()
        ended(code, signal)
      }, DRAIN_MS).unref()
    })
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}

function read(text: string, fail: (what: string) => MlcError): CommandOutput {
  const printed = parse(text)
  if (printed === null) throw fail('prints no JSON object')
  const sections = (['looker', 'qad'] as const).flatMap((system) => {
    const section = printed[system]
    if (section === undefined || section === null) return []
    if (!isTexts(section)) throw fail(`prints something else than texts under ${system}`)
    return [[system, section] as const]
  })
  if (sections.length === 0) throw fail('prints JSON without looker and without qad')
  return Object.fromEntries(sections)
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

function isTexts(section: unknown): section is Readonly<Record<string, string>> {
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return false
  return Object.values(section).every((value) => typeof value === 'string')
}
