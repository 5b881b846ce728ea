import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { EXAMPLES, type Place } from './readme.js'

const SERVE = join(EXAMPLES, 'adventureworks', 'serve.mjs')

/** A folder to type in, and the environment that serve.mjs prints for it. */
export interface Served extends Place {
  readonly state: string
  /** Ends the servers; what they said. */
  readonly end: () => Promise<Ended>
}

export interface Ended {
  readonly code: number | null
  readonly stderr: string
}

const open: ChildProcess[] = []
const folders: string[] = []

afterEach(() => {
  for (const child of open.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** serve.mjs as a process of its own, once it says that it is up. Ended with the test. */
export async function serveFacts(facts: string): Promise<Served> {
  const child = spawn(process.execPath, [SERVE, facts], { stdio: ['ignore', 'pipe', 'pipe'] })
  open.push(child)
  const ended = endOf(child)
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const isUp = new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => chunk.includes('until you stop this') && resolve())
  })
  const early = await Promise.race([isUp, ended])
  if (early) throw new Error(`serve.mjs ended with ${early.code}: ${early.stderr}`)
  const env: Record<string, string> = {}
  for (const [, name = '', value = ''] of stdout.matchAll(/^export (\w+)='(.*)'$/gm)) env[name] = value
  const folder = mkdtempSync(join(tmpdir(), 'mlc-test-'))
  const state = env['MLC_STATE_DIR'] ?? folder
  folders.push(folder, state)
  const end = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { cwd: folder, env, state, end }
}

/** serve.mjs with arguments that it refuses. */
export function runServe(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [SERVE, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  open.push(child)
  return endOf(child)
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stderr }
}
