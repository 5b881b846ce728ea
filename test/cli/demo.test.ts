import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startMlc } from '../support/process.js'

const MLC = join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')

/** `mlc demo --serve` until it says that it is up: the variables that it prints, and what it says. */
async function served() {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-test-'))
  const env = { PATH: process.env['PATH'], TMPDIR: folder }
  const child = spawn(process.execPath, [MLC, 'demo', '--serve'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true })
  })
  let [printed, said] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await expect.poll(() => said, { timeout: 30_000 }).toContain('Ctrl-C')
  const variables = [...printed.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value])
  return { folder, said, variables: Object.fromEntries(variables) as Readonly<Record<string, string>> }
}

test('the environment that mlc demo --serve prints is enough for its project, and for mlc init', async () => {
  const { folder, said, variables } = await served()
  const run = (args: readonly string[]) => startMlc(args, { cwd: folder, env: variables }).ended
  expect(await run(['doctor', '--check'])).toMatchObject({ code: 0 })
  const [, init = ''] = /(init --no-input --from-env --config \S+)/.exec(said) ?? []
  const made = await run(init.split(' '))
  expect(made).toMatchObject({ code: 0 })
  expect(made.stderr).toContain('Next: mlc doctor')
  expect(existsSync(join(folder, 'my-books', 'mlc.yaml'))).toBe(true)
  expect(said).toMatch(/may be deleted/)
  expect(said).toContain('they were planted')
})
