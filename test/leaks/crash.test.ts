import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Ran } from '../support/process.js'
import { createScanner, filesIn } from './canaries.js'
import { withoutRegisters } from './core-dump.js'
import { createStage, type Stage, type Watch } from './runner.js'
import { PULL } from './scenario.js'

async function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await createStage()
  try {
    return await act(stage)
  } finally {
    await stage.close()
  }
}

/** What goes wrong while the login's form is written, where no caller of mlc is left to catch it. `secret` stands for itself. */
const CRASHES: readonly (readonly [string, string])[] = [
  ['an error thrown out of a callback', 'setImmediate(() => { throw new TypeError(`cannot send ${secret}`) })'],
  ['a promise that nobody awaits', 'void Promise.reject(new Error(`cannot send ${encodeURIComponent(secret)}`))'],
  ['an error event that nobody hears', 'setImmediate(() => new events.EventEmitter().emit("error", Error(secret)))'],
  ['text that is no JSON', 'setImmediate(() => JSON.parse(`{"clientSecret": ${secret}}`))'],
  ['a thrown text', 'setImmediate(() => { throw `bad ${secret}` })'],
  ['a thrown object', 'setImmediate(() => { throw { secret, toString() { throw Error(secret) } } })'],
  [
    'an error inside an error',
    'setImmediate(() => { throw new AggregateError([Error(secret)], secret, { cause: Error(secret) }) })',
  ],
  ['two errors', 'for (let i = 0; i < 2; i++) setImmediate(() => { throw Error(secret) })'],
  [
    'an error before the credential was read',
    'queueMicrotask(() => { throw Error(process.env.AWS_SECRET_ACCESS_KEY) })',
  ],
]

function crash({ write, canaries, env }: Stage, line: string, options = ''): Watch {
  const path = write(
    'tmp/crash.mjs',
    `import events from 'node:events'
const form = URLSearchParams.prototype.toString
URLSearchParams.prototype.toString = function () {
  const secret = this.get('client_secret')
  if (secret !== null) { ${line} }
  return form.call(this)
}
`,
  )
  expect(env['MLC_LOOKER_CLIENT_SECRET']).toBe(canaries.lookerSecret)
  return { env: { NODE_OPTIONS: `--import file://${path} ${options}` } }
}

describe.concurrent.each(CRASHES)('%s ends mlc with 1 and MLC-X001', (_what, line) => {
  test('in words for a person, without a stack', async () => {
    await onStage(async (stage) => {
      const ran = await stage.run(PULL, crash(stage, line))
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toMatch(/^x MLC-X001 /m)
      expect(ran.stderr).not.toMatch(/^ {4}at /m)
      expect(stage.leaks()).toEqual([])
    })
  })
  test('as one object with --json', async () => {
    await onStage(async (stage) => {
      const ran = await stage.run([...PULL, '--json'], crash(stage, line))
      expect(ran).toMatchObject({ code: 1, stderr: '' })
      expect(ran.json()).toMatchObject({ schema: 'mlc/error/1', code: 'MLC-X001', exit_code: 1 })
      expect(stage.leaks()).toEqual([])
    })
  })
  test('with its stack only on --debug, and no credential in it', async () => {
    await onStage(async (stage) => {
      const ran = await stage.run([...PULL, '--debug'], crash(stage, line))
      expect(ran).toMatchObject({ code: 1 })
      if (!line.includes('throw `') && !line.includes('throw {')) expect(ran.stderr).toMatch(/^ {4}at /m)
      expect(stage.leaks()).toEqual([])
    })
  })
})

describe.concurrent('options of Node that change how an error ends a process change nothing here', () => {
  test.each(
    ['warn', 'strict', 'none', 'warn-with-error-code']
      .map((mode) => `--unhandled-rejections=${mode}`)
      .concat(['--abort-on-uncaught-exception', '--report-uncaught-exception', '--trace-uncaught', '--trace-warnings']),
  )('%s', async (option) => {
    await onStage(async (stage) => {
      const [, line] = CRASHES[option.includes('rejections') ? 1 : 0] ?? ['', '']
      const ran = await stage.run(PULL, crash(stage, line, option))
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toMatch(/^x MLC-X001 /m)
      expect(stage.leaks()).toEqual([])
    })
  })
})

/** Has Looker keep mlc waiting for its rows. @returns when it does */
function hang(stage: Stage): Promise<void> {
  return new Promise((resolve) =>
    stage.meddle('looker', ({ path }) => {
      if (!path.includes('/run/')) return null
      resolve()
      return { broken: 'hang' }
    }),
  )
}

/** Asks for something while Looker keeps mlc waiting, then ends it. */
async function whileWaiting(stage: Stage, env: Watch['env'], ask: (pid: number) => void): Promise<Ran> {
  const waits = hang(stage)
  const end = (running: Parameters<NonNullable<Watch['meanwhile']>>[0]) => {
    ask(running.pid)
    // Time for what must not come.
    setTimeout(() => running.kill('SIGTERM'), 700)
  }
  return stage.run(PULL, { ...(env ? { env } : {}), meanwhile: (running) => void waits.then(() => end(running)) })
}

describe.concurrent('what Node would write of the memory is not written', () => {
  test('a heap snapshot asked for by signal', async () => {
    await onStage(async (stage) => {
      const env = { NODE_OPTIONS: '--heapsnapshot-signal=SIGUSR2' }
      const ran = await whileWaiting(stage, env, (pid) => process.kill(pid, 'SIGUSR2'))
      expect(ran.code).toBe(143)
      expect([...filesIn(stage.folder)].filter(({ name }) => name.endsWith('.heapsnapshot'))).toEqual([])
    })
  })
  test('the inspector, by SIGUSR1', async () => {
    await onStage(async (stage) => {
      const ran = await whileWaiting(stage, {}, (pid) => process.kill(pid, 'SIGUSR1'))
      expect(ran.code).toBe(143)
      expect(ran.stderr).not.toContain('Debugger')
    })
  })
  test('the inspector, by NODE_OPTIONS: it is closed again before the first request', async () => {
    await onStage(async (stage) => {
      const port = await freePort()
      const open: Promise<boolean>[] = []
      const env = { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` }
      const ran = await whileWaiting(stage, env, () => void open.push(answers(port)))
      expect(ran.stderr).toContain(`ws://127.0.0.1:${port}`)
      expect(await Promise.all(open)).toEqual([false])
    })
  })
  test.each(['--heapsnapshot-near-heap-limit=1', '--tls-keylog=keys.log'])('%s is refused', async (option) => {
    await onStage(async (stage) => {
      const ran = await stage.run([...PULL, '--json'], { env: { NODE_OPTIONS: option } })
      expect(ran.json()).toMatchObject({ code: 'MLC-C042', exit_code: 2 })
      expect(stage.looker.requests).toEqual([])
    })
  })
})

/** Where core dumps go to a program of the system instead, there is nothing to look at here. */
const dumpsHere =
  existsSync('/proc/sys/kernel/core_pattern') && readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() === 'core'
const UNLIMITED = ['bash', '-c', 'ulimit -c unlimited && exec "$@"', '_']

describe.skipIf(!dumpsHere)('a core dump', () => {
  test('of another program holds its memory, its environment included', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlc-core-'))
    try {
      const secret = 'thisIsPlantedInTheEnvironment'
      const [shell = '', ...rest] = UNLIMITED
      spawnSync(shell, [...rest, process.execPath, '-e', 'process.abort()'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], SECRET: secret },
      })
      const content = withoutRegisters(readFileSync(join(folder, 'core')))
      expect(createScanner({ secret })([{ name: 'core', content }]).map(({ encoding }) => encoding)).toContain('raw')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
  test('of mlc holds no credential, whatever the registers of the processor hold', async () => {
    await onStage(async (stage) => {
      const waits = hang(stage)
      const meanwhile: Watch['meanwhile'] = ({ pid }) => void waits.then(() => process.kill(pid, 'SIGABRT'))
      const ran = await stage.run(PULL, { through: UNLIMITED, meanwhile })
      expect(ran.code).toBeNull()
      const core = join(stage.folder, 'project', 'core')
      expect(statSync(core).size).toBeGreaterThan(1_000)
      writeFileSync(core, withoutRegisters(readFileSync(core)))
      expect(stage.leaks()).toEqual([])
    })
  })
})

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}
