import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { demoConfig, demoEnvironment, demoLooker, demoMaps, demoQad } from '../../src/sandbox/company/company.js'
import { createLookerSandbox, type LookerSandbox } from '../../src/sandbox/looker/sandbox.js'
import { createQadSandbox, type QadSandbox } from '../../src/sandbox/qad/sandbox.js'
import { serve } from '../../src/sandbox/serve.js'
import { startMlc, type Ran, type Started } from '../support/process.js'
import {
  createCanaries,
  createScanner,
  filesIn,
  type Canaries,
  type CanaryName,
  type Hit,
  type Place,
} from './canaries.js'
import { createRequestLog, serveElsewhere, serveProxy, withCanaries, type Elsewhere, type Meddle } from './front.js'

/** A project whose every credential is a canary, its servers, and everything that a process of mlc leaves behind. */
export interface Stage {
  readonly folder: string
  readonly canaries: Canaries
  /** What every run is given, before what the run adds. */
  readonly env: Readonly<Record<string, string>>
  readonly looker: LookerSandbox
  readonly qad: QadSandbox
  readonly urls: { readonly looker: string; readonly qad: string }
  readonly elsewhere: Elsewhere
  readonly proxy: Elsewhere
  /** `host:port` to a port here: where the proxy leads to. It refuses everything else. */
  readonly tunnels: Map<string, number>
  /** Answers of Looker or QAD instead of the sandbox's. */
  meddle(server: 'looker' | 'qad', answer: Meddle): void
  readonly editConfig: (...changes: readonly (readonly [string, string])[]) => void
  readonly write: (path: string, text: string) => string
  /** A file of the user's own for a credential, outside of what is searched. */
  readonly keep: (name: string, credential: string) => string
  /** Runs `mlc ARGS…` and watches it. */
  run(args: readonly string[], options?: Watch): Promise<Ran>
  /** Everything that got out, of all runs so far. */
  leaks(): Hit[]
  /** Credentials that were sent to where they belong. */
  delivered(): ReadonlySet<CanaryName>
  close(): Promise<void>
}

export interface Watch {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** A command that runs mlc. */
  readonly through?: readonly string[]
  /** What the user types is shown to everyone by the system itself: such a command line is not searched. */
  readonly typed?: boolean
  /** Called while it runs, once the first request has come in. */
  readonly meanwhile?: (running: Started) => void
}

export async function createStage(): Promise<Stage> {
  const canaries = createCanaries()
  const scan = createScanner(canaries)
  const log = createRequestLog()
  const meddles: { looker: Meddle | null; qad: Meddle | null } = { looker: null, qad: null }
  const looker = createLookerSandbox(worldOfLooker(canaries))
  const qad = createQadSandbox(worldOfQad(canaries))
  const servers = {
    looker: await serve(withCanaries(looker, 'looker', canaries, log, () => meddles.looker)),
    qad: await serve(withCanaries(qad, 'qad', canaries, log, () => meddles.qad)),
  }
  const elsewhere = await serveElsewhere(log)
  const tunnels = new Map<string, number>()
  const proxy = await serveProxy(log, tunnels)
  const folder = mkdtempSync(join(tmpdir(), 'mlc-leaks-'))
  const kept = mkdtempSync(join(tmpdir(), 'mlc-kept-'))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    return join(folder, path)
  }
  const urls = { looker: servers.looker.url, qad: `${servers.qad.url}/clouderp` }
  write('project/mlc.yaml', demoConfig({ lookerUrl: urls.looker, qadUrl: urls.qad }))
  for (const [path, text] of Object.entries(demoMaps())) write(`project/${path}`, text)
  for (const name of ['home', 'tmp', 'state']) mkdirSync(join(folder, name))
  const seen: Place[] = []
  const env = { ...environment(canaries), ...foldersIn(folder) }
  return {
    ...{ folder, canaries, env, looker, qad, urls, elsewhere, proxy, tunnels, write },
    keep: (name, credential) => {
      writeFileSync(join(kept, name), credential, { mode: 0o600 })
      return join(kept, name)
    },
    meddle: (server, answer) => void (meddles[server] = answer),
    editConfig: (...changes) => {
      const path = join(folder, 'project/mlc.yaml')
      const edit = (text: string, [before, after]: readonly [string, string]) => {
        if (!text.includes(before)) throw new Error(`mlc.yaml does not hold ${before}`)
        return text.replaceAll(before, after)
      }
      writeFileSync(path, changes.reduce(edit, readFileSync(path, 'utf8')))
    },
    run: async (args, watch = {}) => {
      const running = startMlc(args, {
        through: watch.through ?? [],
        env: { ...env, ...watch.env },
        cwd: join(folder, 'project'),
        mayLeak: true,
      })
      const requests = () => looker.requests.length + qad.requests.length
      const { ran, places } = await watched(running, watch, requests)
      seen.push(
        { name: `stdout of mlc ${args[0]}`, content: ran.stdout },
        { name: `stderr of mlc ${args[0]}`, content: ran.stderr },
        ...places,
      )
      return ran
    },
    leaks: () => [...scan([...seen, ...filesIn(folder)]), ...log.strays(scan)],
    delivered: () => log.delivered(scan),
    close: async () => {
      for (const server of [servers.looker, servers.qad, elsewhere, proxy]) await server.close()
      for (const path of [folder, kept]) rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Every variable that may hold a credential, those included that a command does not need. */
function environment(canaries: Canaries): Record<string, string> {
  return {
    ...demoEnvironment(),
    MLC_LOOKER_CLIENT_SECRET: canaries.lookerSecret,
    MLC_QAD_PASSWORD: canaries.qadPassword,
    MLC_QAD_CLIENT_SECRET: canaries.qadClientSecret,
    MLC_INGEST_SECRET: canaries.ingestSecret,
    MLC_LOOKER_WEBHOOK_TOKEN: canaries.webhookToken,
    MLC_VAULT_KEY: canaries.vaultKey,
    MLC_STORE: 'none',
    AWS_SECRET_ACCESS_KEY: canaries.otherSecret,
  }
}

function foldersIn(folder: string): Record<string, string> {
  return {
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    MLC_STATE_DIR: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'home/.cache'),
  }
}

function worldOfLooker({ lookerSecret, webhookToken }: Canaries) {
  const world = demoLooker()
  return { ...world, webhookToken, keys: world.keys.map((key) => ({ ...key, clientSecret: lookerSecret })) }
}

function worldOfQad({ qadPassword, qadClientSecret }: Canaries) {
  const world = demoQad()
  return {
    ...world,
    clients: world.clients.map((client) => ({ ...client, secret: qadClientSecret })),
    users: world.users.map((user, at) => (at === 0 ? { ...user, password: qadPassword } : user)),
  }
}

/** Lets it run to its end, and looks again and again at what the system shows of it and of the processes that it starts. */
async function watched(running: Started, { meanwhile, typed }: Watch, requests: () => number) {
  const shown = new Map<string, string>()
  const keep = (name: string, content: string) => void (content === '' || shown.set(name, content))
  const before = requests()
  let told = false
  const look = setInterval(() => {
    for (const pid of [running.pid, ...descendants(running.pid)]) {
      if (!typed) keep(`command line of ${pid}`, read(`/proc/${pid}/cmdline`))
      // Its own environment holds what the user put there; a child's holds what mlc handed on.
      if (pid !== running.pid) keep(`environment of child ${pid}`, read(`/proc/${pid}/environ`))
    }
    if (!told && requests() > before) {
      told = true
      meanwhile?.(running)
    }
  }, 5)
  try {
    const ran = await running.ended
    return { ran, places: [...shown].map(([name, content]) => ({ name, content })) }
  } finally {
    clearInterval(look)
  }
}

function descendants(pid: number): number[] {
  const tasks = existsSync(`/proc/${pid}/task`) ? list(`/proc/${pid}/task`) : []
  const children = tasks.flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  )
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** A process may end between two looks. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
