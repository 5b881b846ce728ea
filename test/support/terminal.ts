import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'

const MLC = join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')

interface Sat {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly columns?: number
  /** What is typed once the screen shows something. */
  readonly keys?: readonly (readonly [shows: RegExp, keys: string])[]
}

/** `mlc ARGS…` as a person sees it on a terminal, and what a shell sees of its end. */
export async function onTerminal(
  args: string,
  { cwd, env, columns = 80, keys = [] }: Sat,
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const line = `stty cols ${columns} rows 40; ${process.execPath} ${MLC} ${args}`
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], TERM: 'xterm', NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = [...keys]
  let screen = ''
  const plain = () => screen.replace(/\u001b\[[\d;?]*[A-Za-z]/g, '').replace(/\r/g, '')
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8')
    const [next] = waiting
    if (next?.[0].test(plain())) child.stdin.write(waiting.shift()?.[1] ?? '')
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  expect(waiting, plain()).toEqual([])
  return { code, screen: plain() }
}
