import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'
import { demoConfig, demoEnvironment, demoLooker, demoMaps, demoQad } from '../../src/sandbox/company/company.js'
import { createLookerSandbox, type LookerOptions, type LookerSandbox } from '../../src/sandbox/looker/sandbox.js'
import type { Core } from '../../src/sandbox/core.js'
import type { LookerWorld } from '../../src/sandbox/looker/world.js'
import { createQadSandbox, type QadSandbox, type QadSandboxOptions } from '../../src/sandbox/qad/sandbox.js'
import type { QadWorld } from '../../src/sandbox/qad/world.js'
import { serve, type Served } from '../../src/sandbox/serve.js'
import { createCanaries } from '../leaks/canaries.js'
import { complaints, recorded, type Exchange } from './looker-judge.js'
import { startMlc, type Ran, type RunOptions, type Started } from './process.js'

/** A project folder, a Looker and a QAD on real sockets, and the built mlc as a real process. */
export interface World {
  readonly folder: string
  readonly looker: LookerSandbox
  /** What passed between mlc and Looker. When the test ends, each request is judged by Looker's specification. */
  readonly exchanges: readonly Exchange[]
  readonly qad: QadSandbox
  readonly servers: { readonly looker: Served; readonly qad: Served }
  readonly env: Readonly<Record<string, string>>
  /** Runs `mlc ARGS…` in the folder, without a terminal. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** Starts it without waiting for its end. */
  start(args: readonly string[], options?: RunOptions): Started
  write(path: string, text: string): void
  read(path: string): string
  /** Edits mlc.yaml: every occurrence of a text replaced. */
  editConfig(...changes: readonly (readonly [string, string])[]): void
  audit(): readonly AuditLine[]
}

export interface AuditLine {
  readonly seq: number
  readonly event: string
  readonly run: string | null
  readonly job: string | null
  readonly key: string | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface WorldOptions {
  readonly looker?: LookerWorld
  readonly lookerOptions?: LookerOptions
  readonly qad?: QadWorld
  readonly qadOptions?: QadSandboxOptions
  readonly config?: (urls: { lookerUrl: string; qadUrl: string }) => string
  readonly maps?: Readonly<Record<string, string>>
}

/** Everything between their ends that an encoding changes, except what ends a quoted text of the shell: tests write `.env` files. */
const canaries = createCanaries('+/= "&<%>\\~')

const open: (() => Promise<void>)[] = []
const passed: Exchange[] = []

afterEach(async () => {
  for (const close of open.splice(0)) await close()
  const wrong = complaints(passed.splice(0))
  if (wrong.length > 0) throw new Error(`Looker's specification refuses what was sent:\n${wrong.join('\n')}`)
})

export async function world(options: WorldOptions = {}): Promise<World> {
  const looker = createLookerSandbox(withKey(options.looker ?? demoLooker()), options.lookerOptions)
  const qad = createQadSandbox(withPassword(options.qad ?? demoQad()), options.qadOptions)
  const sent = new Set<string>()
  const exchanges: Exchange[] = []
  const noted = recorded(looker, (exchange) => void (exchanges.push(exchange), passed.push(exchange)))
  const servers = { looker: await serve(listening(noted, sent)), qad: await serve(listening(qad, sent)) }
  const folder = mkdtempSync(join(tmpdir(), 'mlc-test-'))
  const env = { ...CREDENTIALS, MLC_STATE_DIR: join(folder, 'state'), HOME: folder }
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')
  write(
    'mlc.yaml',
    (options.config ?? demoConfig)({ lookerUrl: servers.looker.url, qadUrl: `${servers.qad.url}/clouderp` }),
  )
  for (const [path, text] of Object.entries(options.maps ?? demoMaps())) write(path, text)
  const start = (args: readonly string[], how: RunOptions = {}) =>
    startMlc(args, { ...how, env: { ...env, ...how.env }, cwd: how.cwd ?? folder, issued: () => numbered(sent) })
  open.push(async () => {
    await Promise.all([servers.looker.close(), servers.qad.close()])
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    folder,
    looker,
    exchanges,
    qad,
    servers,
    env,
    start,
    run: (args, how) => start(args, how).ended,
    write,
    read,
    editConfig: (...changes) => {
      let text = read('mlc.yaml')
      for (const [before, after] of changes) {
        if (!text.includes(before)) throw new Error(`mlc.yaml does not hold ${before}`)
        text = text.replaceAll(before, after)
      }
      write('mlc.yaml', text)
    },
    audit: () => auditOf(join(folder, 'state', 'audit')),
  }
}

/** The demo's credentials are in the sources, so that no search could tell who let them out; here are others. */
const CREDENTIALS = {
  ...demoEnvironment(),
  MLC_LOOKER_CLIENT_SECRET: canaries.lookerSecret,
  MLC_QAD_PASSWORD: canaries.qadPassword,
}

function withKey(world: LookerWorld): LookerWorld {
  const { MLC_LOOKER_CLIENT_SECRET: demo } = demoEnvironment()
  const own = (secret: string) => (secret === demo ? canaries.lookerSecret : secret)
  return { ...world, keys: world.keys.map((key) => ({ ...key, clientSecret: own(key.clientSecret) })) }
}

function withPassword(world: QadWorld): QadWorld {
  const { MLC_QAD_PASSWORD: demo } = demoEnvironment()
  const own = (password: string) => (password === demo ? canaries.qadPassword : password)
  return { ...world, users: world.users.map((user) => ({ ...user, password: own(user.password) })) }
}

/** Notes the tokens and cookies with which mlc comes. */
function listening(core: Core, sent: Set<string>): Core {
  return {
    handle: (request) => {
      for (const name of ['authorization', 'cookie']) {
        const value = request.headers.get(name)?.replace(/^(?:\w+ |\w+=)/, '') ?? ''
        sent.add(value)
      }
      return core.handle(request)
    },
  }
}

function numbered(sent: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries([...sent].map((value, at) => [`token or cookie ${at}`, value]))
}

function auditOf(folder: string): AuditLine[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
  return files.flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditLine),
  )
}
