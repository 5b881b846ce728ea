import { createHash } from 'node:crypto'
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { acquireLock } from '../../src/audit/lock.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { keyOf } from './signed.js'
import { clockAt, recordsIn, tempFolder } from './support.js'

const onLinux = test.skipIf(process.platform !== 'linux')
const NOW = '2026-03-10T06:15:07.000Z'
const once0 = { clock: clockAt(NOW), timeoutMs: 0, who: 'mlc sync --job plant-gl' }

test('a second holder is refused, with pid, host, time and command of the first', async () => {
  const folder = tempFolder()
  const lock = await acquireLock(folder, once0)
  const refused = acquireLock(folder, { ...once0, who: 'mlc replay' })
  await expect(refused).rejects.toMatchObject({ code: 'MLC-C020', exitCode: 7, retryable: true })
  await expect(refused).rejects.toThrow(
    `mlc sync --job plant-gl (pid ${process.pid} on ${hostname()}) has held ${folder} since ${NOW}; waited 0 s`,
  )
  await lock.release()
})

test('a released lock can be taken again, and to release it twice harms nobody', async () => {
  const folder = tempFolder()
  const first = await acquireLock(folder, once0)
  await first.release()
  const second = await acquireLock(folder, once0)
  await first.release()
  await expect(acquireLock(folder, once0)).rejects.toMatchObject({ code: 'MLC-C020' })
  expect(JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8'))).toMatchObject({ pid: process.pid })
  expect(statSync(join(folder, 'lock.json')).mode & 0o777).toBe(0o600)
  await second.release()
  expect(existsSync(join(folder, 'lock.json'))).toBe(false)
})

test('one folder under two names has one lock, two folders have two', async () => {
  const folder = tempFolder()
  const state = join(folder, 'state', 'mlc')
  const lock = await acquireLock(state, once0)
  expect(statSync(state).mode & 0o777).toBe(0o700)
  symlinkSync(state, join(folder, 'link'))
  await expect(acquireLock(join(folder, 'link'), once0)).rejects.toMatchObject({ code: 'MLC-C020' })
  mkdirSync(join(folder, 'other'))
  const other = await acquireLock(join(folder, 'other'), once0)
  await Promise.all([lock.release(), other.release()])
})

test('who waits tries until the time is up, and gets the lock when it is freed meanwhile', async () => {
  const folder = tempFolder()
  const clock = clockAt(NOW)
  const first = await acquireLock(folder, once0)
  await expect(acquireLock(folder, { ...once0, clock, timeoutMs: 30_000 })).rejects.toThrow('waited 30 s')
  expect(clock.now() - Date.parse(NOW)).toBe(30_000)
  let sleeps = 0
  const freeing = { ...clock, sleep: async () => void (++sleeps === 3 && (await first.release())) }
  const second = await acquireLock(folder, { ...once0, clock: freeing, timeoutMs: 30_000 })
  expect(sleeps).toBe(3)
  await second.release()
})

test('an aborted wait ends with the reason of the signal', async () => {
  const folder = tempFolder()
  const lock = await acquireLock(folder, once0)
  const clock = { now: () => 0, sleep: async (_: number, signal?: AbortSignal) => signal?.throwIfAborted() }
  const waiting = acquireLock(folder, {
    clock,
    timeoutMs: 1000,
    who: 'x',
    signal: AbortSignal.abort(new Error('SIGINT')),
  })
  await expect(waiting).rejects.toThrow('SIGINT')
  await lock.release()
})

test('a note that says nothing sensible only makes the message shorter', async () => {
  const folder = tempFolder()
  const lock = await acquireLock(folder, once0)
  for (const note of ['', 'null', '{"pid":', '[]']) {
    writeFileSync(join(folder, 'lock.json'), note)
    await expect(acquireLock(folder, once0)).rejects.toThrow(`another process holds ${folder}; waited 0 s`)
  }
  await lock.release()
})

test('a folder that cannot be made is named', async () => {
  const file = join(tempFolder(), 'file')
  writeFileSync(file, '')
  await expect(acquireLock(join(file, 'state'), once0)).rejects.toMatchObject({ code: 'MLC-C008', exitCode: 2 })
})

test('a process that is killed frees the lock at once', async () => {
  const folder = tempFolder()
  const child = await holder('hold', folder)
  await expect(acquireLock(folder, once0)).rejects.toThrow(`pid ${child.pid} `)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await acquireLock(folder, once0)).release()
})

test('a process that is stopped keeps the lock, however long', async () => {
  const folder = tempFolder()
  const child = await holder('hold', folder)
  child.kill('SIGSTOP')
  const years = { ...once0, clock: clockAt(NOW), timeoutMs: 200 }
  await expect(acquireLock(folder, years)).rejects.toMatchObject({ code: 'MLC-C020' })
  child.kill('SIGCONT')
  child.stdin.end()
  expect(await once(child, 'exit')).toEqual([0, null])
  await (await acquireLock(folder, once0)).release()
})

test('a process that forgets to release ends all the same, and frees the lock', async () => {
  const folder = tempFolder()
  const child = await holder('leave', folder)
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0)
  await (await acquireLock(folder, once0)).release()
})

onLinux('visitors are sent away, and do not keep the holder from letting go', async () => {
  const folder = tempFolder()
  const lock = await acquireLock(folder, once0)
  const visitor = net.connect(`\0${lockName(folder)}`)
  await once(visitor, 'close')
  await lock.release()
})

onLinux('the name of the lock has full length, which every Node spells alike', async () => {
  const folder = tempFolder()
  const lock = await acquireLock(folder, once0)
  expect(readFileSync('/proc/self/net/unix', 'utf8')).toContain(`@${lockName(folder)}\n`)
  await lock.release()
})

test(
  'eight processes that contend write one signed chain over the end of a month, and lose and tear nothing',
  { timeout: 240_000 },
  async () => {
    const folder = tempFolder()
    const each = Number(process.env['MLC_TEST_APPENDS'] ?? 20)
    const children = Array.from({ length: 8 }, () => start('work', folder, String(each)))
    const ends = await Promise.all(children.map((child) => once(child, 'exit')))
    expect(ends).toEqual(children.map(() => [0, null]))
    const audit = join(folder, 'audit')
    const evidence = { keys: [keyOf(1).publicKey], mustBeSigned: true }
    const checkpoints = { total: 8 * each, good: 8 * each, unsigned: 0, torn: null }
    expect(await verifyAudit(audit, evidence)).toMatchObject({
      ok: true,
      files: 2,
      records: 8 * each,
      torn: null,
      checkpoints,
    })
    const written = recordsIn(audit).map(({ data }) => `${String(data['pid'])} ${String(data['n'])}`)
    const wanted = children.flatMap(({ pid }) => Array.from({ length: each }, (_, n) => `${pid} ${n}`))
    expect(written.sort()).toEqual(wanted.sort())
  },
)

function start(...args: string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, ['--import', 'tsx', new URL('child.ts', import.meta.url).pathname, ...args])
  child.stderr.pipe(process.stderr)
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function holder(verb: string, folder: string): Promise<ChildProcessWithoutNullStreams> {
  const child = start(verb, folder)
  await once(child.stdout, 'data')
  return child
}

function lockName(folder: string): string {
  return `mlc-${createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)}`.padEnd(107, '-')
}
