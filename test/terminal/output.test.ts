import { execFile } from 'node:child_process'
import { PassThrough, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { MlcError } from '../../src/errors.js'
import { createTerminal, type TerminalOptions } from '../../src/terminal/output.js'

interface Screen {
  readonly terminal: ReturnType<typeof createTerminal>
  readonly out: () => string
  readonly err: () => string
}

function screen(options: Partial<TerminalOptions> = {}): Screen {
  const written = { out: '', err: '' }
  const capture = (name: 'out' | 'err') =>
    new PassThrough().on('data', (chunk: Buffer) => (written[name] += chunk.toString('utf8')))
  const [stdout, stderr] = [capture('out'), capture('err')]
  const base = { stdout, stderr, stdoutIsTTY: false, stderrIsTTY: false, env: {} }
  return { terminal: createTerminal({ ...base, ...options }), out: () => written.out, err: () => written.err }
}

const error = new MlcError('MLC-L021', 'Result looks truncated: 500 rows.\nSecond line', { fix: 'Use --limit all.' })

test('data goes to stdout, everything for people to stderr, with a word beside every symbol', async () => {
  const { terminal, out, err } = screen()
  await terminal.data('rows\n')
  terminal.note('13 rows')
  terminal.done('saved')
  terminal.warn('close, please look')
  terminal.error(error)
  expect(out()).toBe('rows\n')
  expect(err()).toBe(
    '13 rows\n+ saved\n! close, please look\nx MLC-L021 Result looks truncated: 500 rows.\n  Second line\n  Use --limit all.\n',
  )
})

test('--quiet silences remarks, not warnings and errors, and never data', async () => {
  const { terminal, out, err } = screen({ quiet: true })
  await terminal.data('rows\n')
  terminal.note('13 rows')
  terminal.done('saved')
  terminal.warn('w')
  terminal.error(error)
  expect(out()).toBe('rows\n')
  expect(err()).toMatch(/^! w\nx MLC-L021/)
})

describe('colour', () => {
  const cases: readonly [options: Partial<TerminalOptions>, coloured: boolean][] = [
    [{ stderrIsTTY: true }, true],
    [{ stderrIsTTY: false }, false],
    [{ stderrIsTTY: true, noColor: true }, false],
    [{ stderrIsTTY: true, env: { NO_COLOR: '1' } }, false],
    [{ stderrIsTTY: true, env: { NO_COLOR: '' } }, true],
    [{ stderrIsTTY: true, env: { TERM: 'dumb' } }, false],
    [{ stderrIsTTY: false, env: { FORCE_COLOR: '1' } }, true],
    [{ stderrIsTTY: true, env: { FORCE_COLOR: '0' } }, false],
    [{ stderrIsTTY: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
    [{ stderrIsTTY: false, env: { FORCE_COLOR: '1' }, noColor: true }, false],
  ]
  test.each(cases)('%j → %s', (options, coloured) => {
    const { terminal, err } = screen(options)
    terminal.warn('w')
    expect(err()).toBe(coloured ? '\u001b[33m!\u001b[39m w\n' : '! w\n')
  })
})

describe('what others wrote cannot act on the terminal', () => {
  const evil = 'a\u001b[2J\u009b31m\u202eb\rc\u0007'
  test('in remarks, warnings and errors', () => {
    const { terminal, err } = screen({ stderrIsTTY: false })
    terminal.note(evil)
    terminal.done(evil)
    terminal.warn(evil)
    terminal.error(new MlcError('MLC-Q020', evil, { fix: evil }))
    expect(err().match(/a\\u\{1b\}\[2J\\u\{9b\}31m\\u\{202e\}b\\u\{d\}c\\u\{7\}/g)).toHaveLength(5)
    expect(/[^\n -~]/.test(err())).toBe(false)
  })
  test('in data, when a person sits there; a file gets the exact bytes', async () => {
    const person = screen({ stdoutIsTTY: true })
    await person.terminal.data(`${evil}\r\nnext\n`)
    expect(person.out()).toBe('a\\u{1b}[2J\\u{9b}31m\\u{202e}b\\u{d}c\\u{7}\r\nnext\n')
    const file = screen()
    await file.terminal.data(`${evil}\r\n`)
    expect(file.out()).toBe(`${evil}\r\n`)
  })
})

describe('the reader of stdout', () => {
  test('that is slow holds the writer back', async () => {
    let release: (() => void) | null = null
    const slow = new Writable({ highWaterMark: 4, write: (_chunk, _encoding, done) => void (release = done) })
    const { terminal } = screen({ stdout: slow })
    let written = false
    const writing = terminal.data('more than four').then(() => (written = true))
    await new Promise(setImmediate)
    expect(written).toBe(false)
    ;(release as unknown as () => void)()
    await writing
    expect(written).toBe(true)
  })

  test.each(['EPIPE', 'ERR_STREAM_DESTROYED'])(
    'that went away (%s) is no error, and no more is written',
    async (code) => {
      let writes = 0
      const gone = new Writable({
        highWaterMark: 1,
        write(_chunk, _encoding, done) {
          writes++
          done(Object.assign(new Error('gone'), { code }))
        },
      })
      const { terminal } = screen({ stdout: gone })
      await terminal.data('first')
      await new Promise(setImmediate)
      expect(terminal.isClosed).toBe(true)
      await terminal.data('second')
      expect(writes).toBe(1)
    },
  )

  test('that fails otherwise, as a full disk does, is an error: a short file is never taken for whole', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    })
    const { terminal } = screen({ stdout: full })
    await terminal.data('first').catch(() => undefined)
    await new Promise(setImmediate)
    await expect(terminal.data('second')).rejects.toMatchObject({
      code: 'MLC-C006',
      message: 'stdout cannot be written: no space left on the disk',
    })
  })

  test('head closes the pipe, and nothing is said', async () => {
    const script = fileURLToPath(new URL('./endless.ts', import.meta.url))
    const command = '"$0" --import tsx "$1" | head -n 2; echo "exit ${PIPESTATUS[0]}"'
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command, process.execPath, script])
    expect(stdout).toBe('line 0\nline 1\nexit 0\n')
    expect(stderr).toBe('')
  })
})

describe('progress', () => {
  const shown = async (options: Partial<TerminalOptions>) => {
    const at = screen(options)
    const progress = at.terminal.progress('pulling \u001b[2J')
    await vi.waitFor(() => expect(at.err()).toContain('pulling'), { timeout: 5000 }).catch(() => undefined)
    progress.update('pushing')
    progress.stop()
    progress.stop()
    return at.err()
  }
  test('turns on a terminal, its text made harmless', async () => {
    expect(await shown({ stderrIsTTY: true })).toContain('pulling \\u{1b}[2J')
  })
  const silent: readonly Partial<TerminalOptions>[] = [
    { stderrIsTTY: false },
    { stderrIsTTY: true, quiet: true },
    { stderrIsTTY: true, json: true },
    { stderrIsTTY: true, env: { CI: 'true' } },
    { stderrIsTTY: true, env: { TERM: 'dumb' } },
  ]
  test.each(silent)('writes nothing at all: %j', async (options) => {
    const at = screen(options)
    const progress = at.terminal.progress('pulling')
    await import('ora')
    await new Promise(setImmediate)
    progress.update('pushing')
    progress.stop()
    expect(at.err()).toBe('')
  })
  test('one that is stopped before it could begin never begins', async () => {
    const at = screen({ stderrIsTTY: true })
    at.terminal.progress('pulling').stop()
    await import('ora')
    await new Promise(setImmediate)
    expect(at.err()).toBe('')
  })
})
