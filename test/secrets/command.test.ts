import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCredentialCommand } from '../../src/secrets/command.js'
import { until } from '../support/until.js'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'mlc-command-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const ENV = {
  PATH: process.env['PATH'],
  HOME: '/home/somebody',
  MLC_QAD_PASSWORD: 'hunter2',
  NODE_OPTIONS: '--inspect',
}

function run(script: string, timeoutMs?: number) {
  const how = { env: ENV, folder, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  return runCredentialCommand([process.execPath, '-e', script], how)
}

test('what it prints for each system is taken; other sections are its own business', async () => {
  const printed = { looker: { clientId: 'id', clientSecret: 'x' }, qad: null, backup: 1 }
  expect(await run(`console.log(${JSON.stringify(JSON.stringify(printed))})`)).toEqual({ looker: printed.looker })
})

test('no shell reads its words, its folder is that of mlc.yaml, and it sees no credential of mlc', async () => {
  writeFileSync(
    join(folder, 'look.mjs'),
    'console.log(JSON.stringify({ qad: { username: process.argv[2], password: JSON.stringify(process.env) } }))',
  )
  const { qad } = await runCredentialCommand([process.execPath, 'look.mjs', '$HOME;$(id)'], { env: ENV, folder })
  expect(qad?.['username']).toBe('$HOME;$(id)')
  expect(JSON.parse(qad?.['password'] ?? '')).toEqual({ PATH: ENV.PATH, HOME: ENV.HOME })
})

describe('a command that gives nothing is told by what it did, never by what it printed', () => {
  const cases: readonly [what: string, script: string, words: string][] = [
    ['it fails', 'console.log("hunter2"); process.exit(3)', 'ended with exit code 3'],
    ['it is killed', 'process.kill(process.pid, "SIGKILL")', 'ended with SIGKILL'],
    ['it prints text', 'console.log("hunter2")', 'prints no JSON object'],
    ['it prints nothing', '', 'prints no JSON object'],
    ['it prints a list', 'console.log("[1]")', 'prints no JSON object'],
    ['it prints neither section', `console.log('{"password":"hunter2"}')`, 'without looker and without qad'],
    ['a section is a text', `console.log('{"qad":"hunter2"}')`, 'something else than texts under qad'],
    ['a value is a number', `console.log('{"qad":{"password":1234}}')`, 'something else than texts under qad'],
    ['it prints without end', 'for (;;) require("fs").writeSync(1, "hunter2".repeat(1000))', 'prints more than 64 KiB'],
  ]
  test.each(cases)('%s', async (_what, script, words) => {
    const error: unknown = await run(script).catch((refused: unknown) => refused)
    expect(error).toMatchObject({ code: 'MLC-S003', exitCode: 4 })
    expect(String(error)).toContain(words)
    expect(String(error)).not.toMatch(/hunter2|1234/)
  })

  test('it is not there', async () => {
    const error: unknown = await runCredentialCommand(['no-such-program'], { env: ENV, folder }).catch(
      (no: unknown) => no,
    )
    expect(error).toMatchObject({
      code: 'MLC-S003',
      message: 'credentialCommand "no-such-program" cannot be started: there is no such program',
    })
  })
})

test('one that hangs is ended at its time, and what it started with it', async () => {
  const pidFile = join(folder, 'pid')
  // A shell: it has begun its child long before the time is over, where Node itself might not have begun.
  const hangs = ['sh', '-c', 'sleep 600 & echo $! >"$1"; wait', '_', pidFile]
  await expect(runCredentialCommand(hangs, { env: ENV, folder, timeoutMs: 1_500 })).rejects.toThrow(
    'has not ended after 1.5 s',
  )
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await until(() => !isAlive(pid))
})

test('what it leaves running, an agent that holds its stdout, is not waited for', async () => {
  const script = `
    require('child_process').spawn('sleep', ['25'], { stdio: ['ignore', 'inherit', 'ignore'], detached: true }).unref()
    console.log(JSON.stringify({ qad: { username: 'u', password: 'x'.repeat(60_000) } }))`
  const started = performance.now()
  const { qad } = await run(script)
  expect(qad?.['password']).toHaveLength(60_000)
  expect(performance.now() - started).toBeLessThan(20_000)
})

/** A process that was killed stays a zombie until its parent, here init, has noticed. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
