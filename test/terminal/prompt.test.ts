import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { MlcError } from '../../src/errors.js'
import { PromptLeft, createPrompts, type Prompts } from '../../src/terminal/prompt.js'

function person({
  inTTY = true,
  errTTY = true,
  noInput = false,
  signal,
}: { inTTY?: boolean; errTTY?: boolean; noInput?: boolean; signal?: AbortSignal } = {}) {
  let screen = ''
  const stdin = Object.assign(new PassThrough(), { isTTY: inTTY })
  const stderr = Object.assign(new PassThrough(), { isTTY: errTTY })
  stderr.on('data', (chunk: Buffer) => (screen += chunk.toString('utf8')))
  const prompts = createPrompts({ stdin, stderr, noInput, ...(signal ? { signal } : {}) })
  const type = async (keys: string, question: string) => {
    // The first question loads its package: on a loaded machine that takes as long as it takes.
    while (!screen.includes(question)) await new Promise(setImmediate)
    stdin.write(keys)
  }
  const end = async () => {
    stdin.resume().end()
    await finished(stdin, { writable: false })
  }
  return { prompts, type, end, screen: () => screen }
}

describe('without somebody to answer, every question is an error that names the flag', () => {
  const nobody: readonly Parameters<typeof person>[0][] = [{ inTTY: false }, { errTTY: false }, { noInput: true }]
  const questions: readonly [ask: (prompts: Prompts) => Promise<unknown>, code: string, fix: string][] = [
    [(prompts) => prompts.select('Which job?', [{ name: 'a', value: 1 }], '--job NAME'), 'MLC-C006', 'Add --job NAME.'],
    [(prompts) => prompts.input('Reason', '--reason TEXT'), 'MLC-C006', 'Add --reason TEXT.'],
    [(prompts) => prompts.confirm('Post 11 references?'), 'MLC-C009', '--yes'],
    [(prompts) => prompts.typedYes('Post 11 references?'), 'MLC-C009', '--yes'],
  ]
  test.each(nobody)('%j', async (who) => {
    const { prompts, screen } = person(who)
    expect(prompts.canAsk).toBe(false)
    for (const [ask, code, fix] of questions) {
      const error: unknown = await ask(prompts).catch((refused: unknown) => refused)
      expect(error).toMatchObject({ code, exitCode: 2 })
      expect((error as { fix: string }).fix).toContain(fix)
    }
    expect(screen()).toBe('')
  })
})

describe('on a terminal', () => {
  test.each([
    ['yes\r', true],
    ['y\r', false],
    ['Yes\r', false],
    ['\r', false],
  ])('only the typed word yes posts into production: %j → %s', async (keys, answer) => {
    const { prompts, type } = person()
    const [given] = await Promise.all([prompts.typedYes('Post?'), type(keys, 'Post?')])
    expect(given).toBe(answer)
  })
  test.each([
    ['y\r', true],
    ['n\r', false],
    ['\r', false],
  ])('confirm is no by default: %j → %s', async (keys, answer) => {
    const { prompts, type } = person()
    const [given] = await Promise.all([prompts.confirm('Post?'), type(keys, 'Post?')])
    expect(given).toBe(answer)
  })
  test('a choice is taken, and what others named is shown harmless, on stderr', async () => {
    const { prompts, type, screen } = person()
    const choices = [{ name: '1300 WERK \u202eLEIPZIG', value: '1300' }, { name: '1310', value: '1310', description: 'R&D\u0007' }] // prettier-ignore
    const [given] = await Promise.all([prompts.select('Leipzig\u009b', choices, '--map'), type('\u001b[B\r', '1310')])
    expect(given).toBe('1310')
    expect(screen()).toContain('Leipzig\\u{9b}')
    expect(screen()).toContain('1300 WERK \\u{202e}LEIPZIG')
  })
  test('a text is typed; nothing typed takes what is there', async () => {
    const first = person()
    expect(
      (await Promise.all([first.prompts.input('Reason', '--reason'), first.type('split, FIN-204\r', 'Reason')]))[0],
    ).toBe('split, FIN-204')
    const second = person()
    expect(
      (await Promise.all([second.prompts.input('Reason', '--reason', 'none'), second.type('\r', 'Reason')]))[0],
    ).toBe('none')
  })
  test('an answer that is refused is asked for again under the same question, with the reason', async () => {
    const { prompts, type, screen } = person()
    const fault = (answer: string) => (answer === '42' ? null : 'allowed: a number\u009b')
    const asked = prompts.input('Look', '--look', undefined, fault)
    await type('abc\r', 'Look')
    await type('\u001542\r', 'allowed: a number\\u{9b}')
    expect(await asked).toBe('42')
    const upToRefusal = screen().slice(0, screen().indexOf('allowed:'))
    expect(upToRefusal).not.toMatch(/[✔√]/)
  })
  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s leaves the question, exit 130', async (_key, typed) => {
    const { prompts, type } = person()
    const [left] = await Promise.all([prompts.confirm('Post?').catch((error: unknown) => error), type(typed, 'Post?')])
    expect(left).toBeInstanceOf(PromptLeft)
    expect(left).toMatchObject({ exitCode: 130 })
  })
  test('a signal leaves the question too', async () => {
    const stop = new AbortController()
    const { prompts } = person({ signal: stop.signal })
    const asked = prompts.input('Reason', '--reason').catch((error: unknown) => error)
    stop.abort(new MlcError('MLC-C032', 'stopped by SIGTERM'))
    const left = await asked
    expect(left).toBeInstanceOf(PromptLeft)
    expect(left).toMatchObject({ code: 'MLC-C032', exitCode: 143 })
  })
  test('input that has ended before answers nothing', async () => {
    const { prompts, end } = person()
    await end()
    await expect(prompts.confirm('Post?')).rejects.toBeInstanceOf(PromptLeft)
  })
})
