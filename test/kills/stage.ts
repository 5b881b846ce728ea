import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Core } from '../../src/sandbox/core.js'
import { createLookerSandbox } from '../../src/sandbox/looker/sandbox.js'
import { createQadSandbox, type QadSandbox, type QadSandboxOptions } from '../../src/sandbox/qad/sandbox.js'
import type { StoredReference } from '../../src/sandbox/qad/books.js'
import { demoEnvironment } from '../../src/sandbox/company/company.js'
import { startMlc, type RunOptions, type Started } from '../support/process.js'
import { configFor, lookerWith, qadWorld, SYNC, type ConfigOptions, type Figure } from './company.js'
import { naive, type Naive } from './naive.js'
import { serveWatched, type Watcher } from './server.js'

/** What stands before the curtain rises: the figures Looker shows, the books of QAD, the state folder of an earlier run. */
export interface Scene {
  readonly name: string
  readonly figures: readonly Figure[]
  readonly config?: ConfigOptions
  readonly before?: Snapshot
  /** Without the server's unique key only the client keeps a reference from being stored twice: so unless told. */
  readonly qad?: QadSandboxOptions
  /** The build that plays; the right one unless told. */
  readonly build?: Naive
  /** What stands between mlc and QAD. */
  readonly front?: (qad: Core) => Core
}

export interface Snapshot {
  /** A copy of the state folder; null: none yet. */
  readonly state: string | null
  readonly books: readonly StoredReference[]
}

/** Two servers, a project folder and real mlc processes; each scene starts afresh. */
export interface Stage {
  readonly folder: string
  readonly state: string
  /** For the traces of what mlc does, which hold its credentials: not searched for leaks. */
  readonly traces: string
  readonly qad: QadSandbox
  set(scene: Scene): void
  /** Another mlc.yaml for what stands on the stage. */
  configure(config?: ConfigOptions): void
  /** Who hears of each step of each exchange from now on; calls are counted from 0 again. */
  watch(watcher: Watcher | null, options?: { readonly oneCallEach?: boolean }): void
  start(args?: readonly string[], how?: RunOptions): Started
  /** The servers have done all that was asked of them. */
  idle(): Promise<void>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const servers = { looker: await serveWatched('looker'), qad: await serveWatched('qad') }
  const folder = mkdtempSync(join(tmpdir(), 'mlc-kills-'))
  const traces = mkdtempSync(join(tmpdir(), 'mlc-traces-'))
  const state = join(folder, 'state')
  let looker = createLookerSandbox(lookerWith([]))
  let qad = createQadSandbox(qadWorld())
  let front: Core = qad
  let build: RunOptions & { node: readonly string[] } = { node: [] }
  const watch: Stage['watch'] = (watcher, { oneCallEach = false } = {}) => {
    servers.looker.play(looker, watcher, oneCallEach)
    servers.qad.play(front, watcher, oneCallEach)
  }
  const configure = (config?: ConfigOptions) => {
    const urls = { lookerUrl: servers.looker.url, qadUrl: `${servers.qad.url}/clouderp` }
    writeFileSync(join(folder, 'mlc.yaml'), configFor(urls, config))
  }
  return {
    folder,
    state,
    traces,
    configure,
    get qad() {
      return qad
    },
    set({ figures, config, before, qad: options, front: standing, build: wrong }) {
      looker = createLookerSandbox(lookerWith(figures))
      qad = createQadSandbox(qadWorld(), { uniqueKeys: false, ...options })
      front = standing?.(qad) ?? qad
      build = wrong ? naive(wrong) : { node: [] }
      for (const reference of before?.books ?? []) qad.plant(planted(reference))
      // The cache in the home too: the n-th call of one run must be the n-th call of the next.
      for (const path of [state, join(folder, 'home')]) rmSync(path, { recursive: true, force: true })
      if (before?.state) cpSync(before.state, state, { recursive: true })
      configure(config)
      mkdirSync(join(folder, 'home'), { recursive: true })
      watch(null)
    },
    watch,
    start: (args = SYNC, how = {}) =>
      startMlc(args, {
        ...how,
        node: [...build.node, ...(how.node ?? [])],
        cwd: folder,
        // One thread for file calls, so that the n-th call of a run is the same call in every run.
        env: {
          ...demoEnvironment(),
          MLC_STATE_DIR: state,
          HOME: join(folder, 'home'),
          UV_THREADPOOL_SIZE: '1',
          ...build.env,
          ...how.env,
        },
      }),
    idle: async () => void (await Promise.all([servers.looker.idle(), servers.qad.idle()])),
    close: async () => {
      await Promise.all([servers.looker.close(), servers.qad.close()])
      for (const path of [folder, traces]) rmSync(path, { recursive: true, force: true })
    },
  }
}

/** What an earlier scene left, kept for the scenes that begin there. */
export function snapshot(stage: Stage, keep: string): Snapshot {
  cpSync(stage.state, keep, { recursive: true })
  return { state: keep, books: stage.qad.books }
}

function planted({ words: _words, uri: _uri, workspace: _workspace, ...reference }: StoredReference) {
  return reference
}
