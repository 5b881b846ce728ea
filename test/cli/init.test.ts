import fc from 'fast-check'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { runInit } from '../../src/commands/init.js'
import { compose } from '../../src/composition/compose.js'
import { answerFault, tidyAnswer } from '../../src/config/answers.js'
import { parseConfig } from '../../src/config/load.js'
import { renderConfig } from '../../src/config/template.js'
import type { Host } from '../../src/context.js'
import { exampleColumns } from '../../src/mapping/columns.js'
import type { Project } from '../../src/model/project.js'
import { demoMaps } from '../../src/sandbox/company/company.js'
import type { ErrorJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const FILES = ['mlc.yaml', 'mlc.schema.json', 'maps/accounts.csv', 'maps/cost-centres.csv']
const FROM_ENV = ['init', '--no-input', '--from-env']
const SYNC = ['sync', '--job', 'look-42', '--period', '2026-07', '--yes']
const NO_LOOKER = { MLC_LOOKER_CLIENT_ID: undefined, MLC_LOOKER_CLIENT_SECRET: undefined }

interface InitJson {
  readonly schema: string
  readonly file: string
  readonly files: readonly string[]
  readonly job: string
  readonly open: readonly { readonly line: number; readonly text: string }[]
  readonly next: string
}

/** An empty folder in the sandbox's world, and the variables that answer the questions. */
async function start() {
  const w = await world()
  const cwd = join(w.folder, 'new')
  mkdirSync(cwd)
  const env: Record<string, string | undefined> = {
    MLC_LOOKER_BASE_URL: w.servers.looker.url,
    MLC_QAD_BASE_URL: `${w.servers.qad.url}/clouderp`,
    MLC_QAD_DOMAIN: '10USA',
    MLC_QAD_ENTITY: '10USACO',
    MLC_LOOK: '42',
    MLC_STORE: 'none',
  }
  const run = (
    args: readonly string[],
    more: Record<string, string | undefined> = {},
    through: readonly string[] = [],
  ) => w.run(args, { cwd, env: { ...env, ...more }, through })
  const read = (path: string) => readFileSync(join(cwd, path), 'utf8')
  const there = () => FILES.filter((path) => existsSync(join(cwd, path)))
  const fillMaps = () => {
    for (const [path, text] of Object.entries(demoMaps())) writeFileSync(join(cwd, path), text)
  }
  return { w, cwd, env, run, read, there, fillMaps }
}

describe('--from-env', () => {
  test('writes a whole project without a question, which syncs as soon as the map files are filled', async () => {
    const { w, run, read, there, fillMaps } = await start()
    const made = await run(FROM_ENV)
    expect(made).toMatchObject({ code: 0, stdout: '' })
    expect(there()).toEqual(FILES)
    expect(made.stderr.trimEnd().split('\n').at(-1)).toBe('Next: mlc doctor')
    expect(read('mlc.yaml')).toMatch(/^# yaml-language-server: \$schema=\.\/mlc\.schema\.json\n/)
    for (const path of FILES.slice(2)) expect(read(path)).toBe('looker,qad,ignore,reason,from,to\n')

    const unmapped = await run([...SYNC, '--json'])
    expect(unmapped.code).toBe(6)
    expect(w.qad.books).toHaveLength(0)
    fillMaps()
    expect(await run(SYNC)).toMatchObject({ code: 0 })
    expect(w.qad.books).toHaveLength(12)
  })

  test('what it writes passes every check of mlc doctor', async () => {
    const { run, fillMaps } = await start()
    await run(FROM_ENV)
    fillMaps()
    const examined = await run(['doctor', '--json'])
    const { checks } = examined.json<{ checks: readonly { id: string; status: string; detail: string }[] }>()
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(checks.map(({ id }) => id)).toContain('looker.source.look-42')
    expect(examined.code).toBe(0)
  })

  test('takes the columns from the Look, and marks each for a person to check', async () => {
    const { run, read } = await start()
    const made = (await run([...FROM_ENV, '--json'])).json<InitJson>()
    expect(made).toMatchObject({ schema: 'mlc/init/1', job: 'look-42', next: 'mlc doctor' })
    const checks = made.open.map(({ text }) => text).filter((text) => text.includes('# CHECK'))
    expect(checks.map((text) => text.replace(/ #.*/, ''))).toEqual([
      "gl.posting_period: '{period}'",
      'account: gl.account_code',
      'costCentre: plant.name',
      'currency: gl.currency',
      'period: gl.posting_period',
      'net_amount: gl.net_amount',
    ])
    const lines = read('mlc.yaml').split('\n')
    for (const { line, text } of made.open) expect(lines[line - 1]?.trim()).toBe(text)
  })

  const LOG_IN = 'Next: mlc login looker'
  test.each<[string, Record<string, string | undefined>, RegExp, string]>([
    ['without a Looker key', NO_LOOKER, /did not tell the columns of Look 42/, LOG_IN],
    ['with a key that is refused', { MLC_LOOKER_CLIENT_SECRET: 'wrong' }, /! Looker did not tell the columns/, LOG_IN],
    ['for a Look that is not there', { MLC_LOOK: '4242' }, /Look 4242/, 'Next: mlc doctor'],
    ['where no Looker answers', { MLC_LOOKER_BASE_URL: 'http://127.0.0.1:9' }, /refused/, 'Next: mlc doctor'],
  ])('%s it says so, and marks every column as one to change', async (_what, env, said, next) => {
    const { w, run, read } = await start()
    const made = await run(FROM_ENV, env)
    expect(made.code).toBe(0)
    expect(made.stderr).toMatch(said)
    expect(made.stderr.trimEnd().split('\n').at(-1)).toBe(next)
    expect(read('mlc.yaml')).toContain('account: gl.account_code # CHANGE ME')
    expect(read('mlc.yaml')).not.toContain('# CHECK:  ')
    expect(w.qad.requests).toHaveLength(0)
  })

  test('a Looker that never answers holds nobody up for ever, and --timeout ends it with 75', async () => {
    const { w, cwd, run, there } = await start()
    w.looker.fault({ kind: 'hang', on: '/looks/42', times: 'always' })
    const setup = await seated(w, cwd).context.setup()
    await expect(setup.describeLook(w.servers.looker.url, '42', null, 300)).rejects.toMatchObject({ code: 'MLC-L002' })
    const late = await run([...FROM_ENV, '--timeout', '1', '--json'])
    expect([late.code, late.json<ErrorJson>().code]).toEqual([75, 'MLC-C030'])
    expect(there()).toEqual([])
  })

  test('names every variable that is missing, at once', async () => {
    const { run, there } = await start()
    const env = { MLC_LOOKER_BASE_URL: undefined, MLC_QAD_DOMAIN: '', MLC_LOOK: undefined }
    const refused = await run([...FROM_ENV, '--json'], env)
    expect(refused.code).toBe(2)
    expect(refused.json<ErrorJson>()).toMatchObject({ code: 'MLC-C006' })
    expect(refused.json<ErrorJson>().message).toBe('--from-env: not set: MLC_LOOKER_BASE_URL, MLC_QAD_DOMAIN, MLC_LOOK')
    expect(there()).toEqual([])
  })

  test('takes LOOKERSDK_BASE_URL for the address of Looker', async () => {
    const { w, run, read } = await start()
    const env = { MLC_LOOKER_BASE_URL: undefined, LOOKERSDK_BASE_URL: w.servers.looker.url }
    expect(await run(FROM_ENV, env)).toMatchObject({ code: 0 })
    expect(read('mlc.yaml')).toContain(`baseUrl: ${w.servers.looker.url} `)
  })

  test.each([
    ['MLC_LOOKER_BASE_URL', 'acme.cloud.looker.com', 'found "acme.cloud.looker.com"; allowed: an address such as'],
    ['MLC_LOOKER_BASE_URL', 'http://looker.example', 'plain http is allowed to a loopback address only'],
    ['MLC_QAD_BASE_URL', 'https://jdoe:hunter2hunter2@acme.qad.com', 'found a value (not shown)'],
    ['MLC_QAD_DOMAIN', ' ', 'MLC_QAD_DOMAIN'],
    ['MLC_QAD_DOMAIN', '10\nUSA', 'MLC_QAD_DOMAIN'],
    ['MLC_QAD_ENTITY', '${HOME}', 'write ${NAME} into mlc.yaml afterwards'],
    ['MLC_LOOK', '42; drop', 'the id of a Look'],
    ['MLC_LOOK', 'abc', 'the id of a Look: its number, such as 42, or its address'],
    [
      'MLC_LOOK',
      'https://other.looker.com/looks/42',
      'found "https://other.looker.com/looks/42"; allowed: a Look of 127.0.0.1, and this one is at other.looker.com',
    ],
  ])('%s %j is refused by name, and nothing is written', async (variable, value, said) => {
    const { run, there } = await start()
    const refused = await run([...FROM_ENV, '--json'], { [variable]: value })
    expect(refused.code).toBe(2)
    expect(refused.json<ErrorJson>().message).toContain(variable)
    expect(refused.json<ErrorJson>().message).toContain(said)
    expect(refused.stdout).not.toContain('hunter2')
    expect(there()).toEqual([])
  })
})

test.each([
  ['https://acme.qad.com', true],
  ['https://acme.qad.com/clouderp', false],
])('the QAD address %s is taken; that a context root is missing is said: %s', async (address, isSaid) => {
  const { run, read } = await start()
  const made = await run(FROM_ENV, { MLC_QAD_BASE_URL: address })
  expect(made.code).toBe(0)
  expect(made.stderr.includes('! https://acme.qad.com has no context root')).toBe(isSaid)
  expect(read('mlc.yaml')).toContain(`baseUrl: ${address} `)
})

describe('nothing is written over', () => {
  test.each(FILES)('%s that is there stops it with 2, and nothing else is written', async (path) => {
    const { cwd, run, read, there } = await start()
    mkdirSync(join(cwd, 'maps'))
    writeFileSync(join(cwd, path), 'mine\n')
    const refused = await run([...FROM_ENV, '--json'])
    expect(refused.code).toBe(2)
    expect(refused.json<ErrorJson>()).toMatchObject({ code: 'MLC-C013', message: `already there: ${join(cwd, path)}` })
    expect(read(path)).toBe('mine\n')
    expect(there()).toEqual([path])
  })

  test('nor through a link that leads elsewhere', async () => {
    const { cwd, run } = await start()
    symlinkSync(join(cwd, 'elsewhere.yaml'), join(cwd, 'mlc.yaml'))
    expect((await run([...FROM_ENV, '--json'])).json<ErrorJson>()).toMatchObject({ code: 'MLC-C013' })
    expect(readdirSync(cwd)).toEqual(['mlc.yaml'])
  })

  test('--dry-run shows the file and writes none', async () => {
    const { run, there } = await start()
    const shown = await run([...FROM_ENV, '--dry-run'])
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('look-42:')
    expect(there()).toEqual([])
  })
})

test('--config names the file to make, and its folder is made', async () => {
  const { cwd, run } = await start()
  const made = await run([...FROM_ENV, '--config', 'sub/books.yaml'])
  expect(made).toMatchObject({ code: 0 })
  expect(made.stderr).toContain('Next: mlc doctor --config sub/books.yaml')
  expect(readdirSync(join(cwd, 'sub')).sort()).toEqual(['books.yaml', 'maps', 'mlc.schema.json'])
  expect(await run(['config', 'show', '--config', 'sub/books.yaml'])).toMatchObject({ code: 0 })
})

test.each<[string, readonly string[], readonly string[], string]>([
  ['a folder that takes no names', ['--config', '/proc/mlc/mlc.yaml'], [], 'MLC-C014'],
  ['a folder that is a file', ['--config', 'blocked/mlc.yaml'], [], 'MLC-C013'],
  ['a disk that takes no more', [], ['bash', '-c', 'ulimit -f 12; exec "$@"', '_'], 'MLC-C014'],
])('%s is named, and nothing half-written is left', async (_what, args, through, code) => {
  const { cwd, run, there } = await start()
  writeFileSync(join(cwd, 'blocked'), '')
  const refused = await run([...FROM_ENV, ...args, '--json'], {}, through)
  expect(refused.code).toBe(2)
  expect(refused.json<ErrorJson>().code).toBe(code)
  expect(there()).toEqual([])
})

test('without a terminal and without --from-env it names both, and waits for nobody', async () => {
  const { run, there } = await start()
  const refused = await run(['init', '--json'])
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.json<ErrorJson>().fix).toBe('Add --from-env with MLC_LOOKER_BASE_URL set.')
  expect(there()).toEqual([])
})

describe('an answer arrives in mlc.yaml as it was given', () => {
  const project: Project = {
    environment: 'test',
    lookerUrl: 'https://acme.looker.com:19999',
    qadUrl: 'https://acme.qad.com/clouderp/test',
    domain: '10USA',
    entity: '10USACO',
    look: '42',
    columns: exampleColumns(),
    hasMapFiles: false,
  }
  const loaded = (changed: Partial<Project>) =>
    parseConfig(renderConfig({ ...project, ...changed }), {}, '/mlc.yaml').config
  test.each([
    'NO',
    '0100',
    '1e3',
    '~',
    'null',
    '#x',
    'a: b',
    "O'Brien",
    '{a}',
    '*x',
    '&x',
    '!x',
    '- x',
    '"',
    'Ü',
    '12:30',
  ])('domain %s', (domain) => {
    expect(answerFault('domain', domain)).toBeNull()
    expect(loaded({ domain }).qad?.domain).toBe(domain)
  })
  test('whatever passes for a domain or an environment is read back as the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), (text) => {
        fc.pre(answerFault('domain', text) === null && answerFault('environment', text) === null)
        // Lone surrogates and a byte-order mark have no place in a UTF-8 file; mlc.yaml is refused for them.
        fc.pre(!/[\p{Cs}\uFEFF]/u.test(text))
        const config = loaded({ domain: text, environment: text })
        expect([config.qad?.domain, config.environment]).toEqual([text, text])
      }),
      { numRuns: 300 },
    )
  })
  test('columns of one last name get names of their own', () => {
    const measures = ['gl.amount', 'ap.amount', '9th.2nd'].map((column) => ({ column, by: 'person' as const }))
    const { figure } = loaded({ columns: { ...exampleColumns(), measures } }).jobs['look-42'] ?? {}
    expect(figure?.measures).toEqual({ amount: 'gl.amount', amount_2: 'ap.amount', m_2nd: '9th.2nd' })
  })
})

test.each([
  ['lookerUrl', ' https://acme.cloud.looker.com/looks/42?toggle=det ', 'https://acme.cloud.looker.com'],
  ['lookerUrl', 'https://acme.looker.com:19999/api/4.0/', 'https://acme.looker.com:19999'],
  ['lookerUrl', 'https://acme.looker.com/explore/finance/gl', 'https://acme.looker.com'],
  ['look', 'https://acme.cloud.looker.com/looks/42?toggle=det', '42'],
  ['look', '42', '42'],
  ['qadUrl', 'https://acme.qad.com/clouderp/test/#/view/webshell/home', 'https://acme.qad.com/clouderp/test'],
  ['qadUrl', 'https://acme.qad.com/clouderp/resources/login.jsp?error=1', 'https://acme.qad.com/clouderp'],
  ['domain', ' 10USA ', '10USA'],
] as const)('what was pasted from a browser as %s is cut to what was asked for: %s', (name, pasted, kept) => {
  expect(tidyAnswer(name, pasted)).toBe(kept)
})

describe('on a terminal', () => {
  test('asks for a wrong answer again, offers the columns of the Look, and writes what was chosen', async () => {
    const { w, cwd, run, read, fillMaps } = await start()
    const person = seated(w, cwd)
    const running = person.init()
    await person.answers([
      ['Address of your Looker', 'looker\r'],
      ['allowed: an address such as', `${ERASE}${w.servers.looker.url}/looks/57\r`],
      ['Address of your QAD tenant', `${w.servers.qad.url}/clouderp/#/view/webshell/home\r`],
      ['QAD domain', '10USA\r'],
      ['QAD entity', '10USACO\r'],
      ['The Look with the figures', 'https://other.example/looks/42\r'],
      ['and this one is at other.example', `${ERASE}4242\r`],
      ['Look 4242', ''],
      ['The Look with the figures', `${w.servers.looker.url}/looks/42\r`],
      ['the GL account?', '\r'],
      ['the cost centre', '\r'],
      ['the currency?', '\r'],
      ['the period?', '\r'],
      ['the amount?', '\r'],
      ['Another amount?', `${DOWN}\r`],
      ['spelled alike', '\r'],
      ['A name for this environment', '\r'],
    ])
    expect(await running).toBe(0)
    expect(read('mlc.yaml')).toContain('        budget_amount: gl.budget_amount # the amount')
    expect(read('mlc.yaml')).not.toMatch(/: \S+ # CHECK/)
    fillMaps()
    expect(await run(SYNC)).toMatchObject({ code: 0 })
    expect(w.qad.books).toHaveLength(24)
  })

  test('without a Looker key the columns are typed, and the codes may be taken as they are', async () => {
    const { w, cwd, read, there } = await start()
    const person = seated(w, cwd, NO_LOOKER)
    const running = person.init()
    await person.answers([
      ['Address of your Looker', 'https://looker.example\r'],
      ['Address of your QAD tenant', 'https://qad.example/clouderp\r'],
      ['QAD domain', '10USA\r'],
      ['QAD entity', '10USACO\r'],
      ['The Look with the figures', '7\r'],
      ['Give an API3 key', `${DOWN}\r`],
      ['type them as the Look has them', ''],
      ['the GL account?', '\r'],
      ['the cost centre', '\r'],
      ['the currency', `${ERASE}usd amount\r`],
      ['allowed: a column', `${ERASE}USD\r`],
      ['the period?', '\r'],
      ['the amount?', '\r'],
      ['spelled alike', `${DOWN}\r`],
      ['A name for this environment', `${ERASE}prod\r`],
    ])
    expect(await running).toBe(0)
    expect(there()).toEqual(['mlc.yaml', 'mlc.schema.json'])
    const { config } = parseConfig(read('mlc.yaml'), {}, '/mlc.yaml')
    expect(config).toMatchObject({ environment: 'prod', jobs: { 'look-7': { figure: { currency: 'USD' } } } })
    expect(config.jobs['look-7']?.map).toEqual({ accounts: null, costCentres: null })
  })

  test('a key typed for the columns is used once, a wrong one is asked for again, and neither is kept', async () => {
    const { w, cwd, read } = await start()
    const { MLC_LOOKER_CLIENT_ID: id = '', MLC_LOOKER_CLIENT_SECRET: secret = '' } = w.env
    const person = seated(w, cwd, { ...NO_LOOKER, MLC_STORE: 'vault', MLC_VAULT_KEY: 'correct horse battery' })
    const running = person.init()
    await person.answers([
      ['Address of your Looker', `${w.servers.looker.url}\r`],
      ['Address of your QAD tenant', `${w.servers.qad.url}/clouderp\r`],
      ['QAD domain', '10USA\r'],
      ['QAD entity', '10USACO\r'],
      ['The Look with the figures', '4242\r'],
      ['Give an API3 key', '\r'],
      ['API3 client id', `${id}\r`],
      ['API3 client secret', 'mistyped\r'],
      ['refused', ''],
      ['Give an API3 key', '\r'],
      ['API3 client id', `${id}\r`],
      ['API3 client secret', `${secret}\r`],
      ['Look 4242 does not exist', ''],
      ['The Look with the figures', '42\r'],
      ['the GL account?', '\r'],
      ['the cost centre', '\r'],
      ['the currency?', '\r'],
      ['the period?', '\r'],
      ['the amount?', '\r'],
      ['Another amount?', '\r'],
      ['spelled alike', '\r'],
      ['A name for this environment', '\r'],
      ['Next: mlc login looker', ''],
    ])
    expect(await running).toBe(0)
    expect(read('mlc.yaml')).toContain('account: gl.account_code # the GL account')
    for (const text of [read('mlc.yaml'), person.screen()]) expect(text).not.toContain(secret)
    expect(existsSync(join(w.folder, 'state', 'vault.json'))).toBe(false)
  })

  test('where no column fits, the currency is a constant and the period is a filter', async () => {
    const { w, cwd, read } = await start()
    const person = seated(w, cwd)
    const running = person.init()
    const last = `${UP}\r`
    await person.answers([
      ['Address of your Looker', `${w.servers.looker.url}\r`],
      ['Address of your QAD tenant', `${w.servers.qad.url}/clouderp\r`],
      ['QAD domain', '10USA\r'],
      ['QAD entity', '10USACO\r'],
      ['The Look with the figures', '42\r'],
      ['the GL account?', '\r'],
      ['the cost centre', last],
      ['the currency?', last],
      ['The currency, such as USD', `${ERASE}usd\r`],
      ['allowed: three capital letters', `${ERASE}USD\r`],
      ['the period?', last],
      ['Filter field', `${ERASE}gl.posting_period\r`],
      ['the amount?', '\r'],
      ['Another amount?', '\r'],
      ['spelled alike', '\r'],
      ['A name for this environment', '\r'],
    ])
    expect(await running).toBe(0)
    const { config } = parseConfig(read('mlc.yaml'), {}, '/mlc.yaml')
    expect(config.jobs['look-42']).toMatchObject({
      source: { filters: { 'gl.posting_period': '{period}' } },
      figure: { costCentre: null, currency: 'USD', period: null, measures: { net_amount: 'gl.net_amount' } },
    })
  })

  test('a file that is in the way is told before the first question', async () => {
    const { w, cwd } = await start()
    writeFileSync(join(cwd, 'mlc.yaml'), 'mine\n')
    const person = seated(w, cwd)
    await expect(person.init()).rejects.toMatchObject({ code: 'MLC-C013' })
    expect(person.screen()).toBe('')
  })
})

const DOWN = '\u001B[B'
/** From the first choice to the last. */
const UP = '\u001B[A'
/** Ctrl-U: what is offered goes away. */
const ERASE = '\u0015'

/** Somebody at a terminal of this process: the real composition, with streams in place of a terminal's. */
function seated(w: World, cwd: string, more: Record<string, string | undefined> = {}) {
  let screen = ''
  let read = 0
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  // As with process.stderr, whoever pipes into it cannot end it.
  const stderr: PassThrough = Object.assign(new PassThrough(), { isTTY: true, end: () => stderr })
  stderr.on('data', (chunk: Buffer) => (screen += chunk.toString('utf8')))
  const streams = { stdin, stdout: new PassThrough(), stderr } as unknown as Pick<Host, 'stdin' | 'stdout' | 'stderr'>
  const env = { ...w.env, MLC_STORE: 'none', TERM: 'dumb', ...more }
  const stop = new AbortController().signal
  const program = { node: process.execPath, script: '' }
  const flags = {}
  const context = compose({ ...streams, env, cwd, platform: process.platform, version: '0', program, stop }, flags)
  /** Waits for each text in turn, after the one before, and types the keys. */
  const answers = async (turns: readonly (readonly [text: string, keys: string])[]) => {
    for (const [text, keys] of turns) {
      while (screen.indexOf(text, read) < 0) await new Promise((resolve) => setImmediate(resolve))
      read = screen.indexOf(text, read) + text.length
      if (keys === '') continue
      // The prompt is drawn before it listens.
      await new Promise((resolve) => setImmediate(resolve))
      stdin.write(keys)
    }
  }
  const init = () => runInit(flags, context).finally(() => context.close())
  return { context, init, answers, screen: () => screen }
}
