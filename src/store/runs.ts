import { mkdtemp, mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileDurably } from '../config/durable.js'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import type { Plan } from '../model/plan.js'
import { isRunId } from '../model/run.js'
import type { RunHead, RunStore, Scratch } from '../pipeline/ports.js'
import { createRowSink, readRows } from './rows.js'

/** The runs of a state folder: `runs/<run>/rows.jsonl`, `run.json` once the pull is complete, `plan.json` once it is mapped. */
export function createRunStore(stateFolder: string): RunStore {
  const folder = join(stateFolder, 'runs')
  const head = (run: string) => readJson<RunHead>(fileOf(folder, run, 'run.json'), `there is no run ${run}`)
  return {
    begin: async (run) => {
      await makeFolder(join(folder, run))
      return createRowSink(fileOf(folder, run, 'rows.jsonl'))
    },
    commit: (one) => writeFileDurably(fileOf(folder, one.run, 'run.json'), `${JSON.stringify(one, null, 1)}\n`),
    head,
    rows: (run) => rowsOf(folder, run, head),
    scratch: createScratch,
    savePlan: async (plan, hash) => {
      const file = fileOf(folder, plan.run, 'plan.json')
      await writeFileDurably(file, `${JSON.stringify({ hash, plan }, null, 1)}\n`)
      return file
    },
    plan: async (run) => {
      const file = fileOf(folder, run, 'plan.json')
      return {
        ...(await readJson<{ plan: Plan; hash: string }>(
          file,
          `run ${run} has no plan yet`,
          `Run mlc map --run ${run} first.`,
        )),
        file,
      }
    },
    pinned: async (definition) => {
      for (const run of await runsNewestFirst(folder)) {
        const found = await head(run).catch(() => null)
        if (found?.source.definition === definition) return found.source
      }
      return null
    },
    newest: async (job) => {
      for (const run of await runsNewestFirst(folder)) {
        const found = await head(run).catch(unfinished)
        if (found?.job === job) return found
      }
      throw new MlcError('MLC-C010', `job ${job} has no run yet`, {
        fix: `Run mlc pull --job ${job} --period YYYY-PP first.`,
      })
    },
  }
}

/** Rows in a temporary folder of their own, for pulls that become no run. */
export async function createScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'mlc-'))
  const path = join(folder, 'rows.jsonl')
  return {
    sink: createRowSink(path),
    rows: () => readRows(path, null),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new MlcError('MLC-C008', `the folder ${path} cannot be made: ${explainFault(cause)}`, { cause })
  }
}

async function* rowsOf(folder: string, run: string, head: (run: string) => Promise<RunHead>) {
  const { rowsHash } = await head(run)
  yield* readRows(fileOf(folder, run, 'rows.jsonl'), rowsHash)
}

async function runsNewestFirst(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(noFolder)
  return names.filter(isRunId).sort().reverse()
}

/** A run whose pull did not end has no head. One that cannot be read is no reason to take an older one in its place. */
function unfinished(error: unknown): null {
  if (error instanceof MlcError && error.cause === undefined) return null
  throw error
}

function noFolder(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw new MlcError('MLC-C008', `the runs of the state folder cannot be read: ${explainFault(error, 'reading')}`)
}

function fileOf(folder: string, run: string, name: string): string {
  if (!isRunId(run)) throw new MlcError('MLC-C010', `${JSON.stringify(run)} is not a run id`)
  return join(folder, run, name)
}

async function readJson<T>(path: string, missing: string, fix?: string): Promise<T> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new MlcError('MLC-C010', missing, fix === undefined ? {} : { fix })
    throw new MlcError('MLC-C010', `${path} cannot be read: ${whyNot(error)}`, { cause: error })
  }
}

/** What is no JSON is not quoted: nobody knows what it is. */
function whyNot(error: unknown): string {
  return error instanceof SyntaxError ? 'it holds no JSON' : explainFault(error, 'reading')
}
