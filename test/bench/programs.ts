import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One line of the bench: what is measured, what was found, the goal, and whether it is met. */
export type Say = (name: string, found: string, aim: string, ok: boolean) => void

/** What a finished process has cost. */
export interface Spent {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMiB: number
}

const HERE = import.meta.dirname
const MLC = join(HERE, '..', '..', 'bin', 'mlc.js')
const FIELDS = ['period', 'plant', 'account', 'centre', 'currency', 'net', 'budget', 'lines']

/** A Looker in a process of its own, which holds so many rows ready. */
export interface Server {
  readonly url: string
  rate(rows: number): Promise<void>
  counts(): Promise<{ readonly queries: number; readonly logins: number }>
  /** How often it was pulled from, by whomever. */
  pulls(): number
  pulled(): void
  stop(): void
}

export async function startServer(rows: number): Promise<Server> {
  const child = spawn(process.execPath, [join(HERE, 'bulk-server.mjs'), String(rows)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const first = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  const url = `http://127.0.0.1:${(JSON.parse(first) as { port: number }).port}`
  let pulls = 0
  return {
    url,
    rate: async (limit) => void (await fetch(`${url}/bench/rate?rows=${limit}`)),
    counts: async () => (await (await fetch(`${url}/bench/counts`)).json()) as { queries: number; logins: number },
    pulls: () => pulls,
    pulled: () => void pulls++,
    stop: () => void child.kill(),
  }
}

/** `mlc pull` of everything into a file. */
export function mlc(server: Server, folder: string, format: 'ndjson' | 'csv'): Spent {
  const file = join(folder, `mlc.${format}`)
  const cwd = join(folder, 'pull')
  server.pulled()
  return mlcIn(cwd, lookerOnly(server.url), ['pull', '--look', '1', '--format', format], file)
}

/** A command for the job that the bulk server's rows are figures of: an account and a month each, of which there are 11,964. */
export function mlcJob(server: Server, folder: string, command: readonly string[]): Spent {
  const cwd = join(folder, 'job')
  return mlcIn(cwd, jobConfig(server), [...command, '--job', 'bulk'], join(folder, 'job.out'))
}

function mlcIn(cwd: string, config: string, args: readonly string[], file: string): Spent {
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'mlc.yaml'), config)
  const env = {
    MLC_LOOKER_CLIENT_ID: 'a',
    MLC_LOOKER_CLIENT_SECRET: 'bench-secret',
    MLC_QAD_USERNAME: 'u',
    MLC_QAD_PASSWORD: 'bench-password',
    MLC_STORE: 'none',
    MLC_STATE_DIR: join(cwd, 'state'),
  }
  return node([MLC, ...args, '-o', file, '--quiet'], cwd, { ...env, HOME: cwd }, file)
}

function lookerOnly(url: string): string {
  return `version: 1\nenvironment: test\nlooker: { baseUrl: "${url}", requestsPerMinute: 600 }\n`
}

/** An mlc.yaml up to where the section of QAD goes on with its reads, of one server that is both. */
export function withQad(url: string): string {
  return `${lookerOnly(url)}qad:
  kind: adaptive
  baseUrl: ${url}
  domain: D
  entity: E
  auth: { type: basic }
  workspace: { mode: none }
  http: { minGapMs: 0 }
  swagger: null
`
}

function jobConfig(server: Server): string {
  return `${withQad(server.url)}  reads:
    glAccounts: { browse: "urn:accounts", columns: { code: code } }
    periods: { browse: "urn:periods", columns: { year: year, period: period } }
  write: { target: bdoc, path: /x, fields: { key: k, account: a, amount: m } }
jobs:
  bulk:
    source: { look: "1" }
    figure:
      { account: bulk.centre, costCentre: null, currency: bulk.currency, period: bulk.period, measures: { net: bulk.net } }
`
}

/** The same by a script over Looker's own SDK. @param only `fetch` to write nothing */
export function sdk(server: Server, folder: string, only = ''): Spent {
  const env = {
    LOOKERSDK_BASE_URL: server.url,
    LOOKERSDK_CLIENT_ID: 'a',
    LOOKERSDK_CLIENT_SECRET: 'b',
    LOOKERSDK_VERIFY_SSL: 'false',
    BENCH_FIELDS: FIELDS.map((name) => `bulk.${name}`).join(','),
  }
  const file = join(folder, 'sdk.ndjson')
  server.pulled()
  return node([join(HERE, 'sdk-pull.mjs'), file, only], folder, env, file)
}

function node(args: readonly string[], cwd: string, env: Record<string, string>, file: string): Spent {
  // Each writes a file that is not there: replacing one costs the file system more than the pull.
  rmSync(file, { force: true })
  const peak = join(cwd, 'peak.jsonl')
  writeFileSync(peak, '')
  const began = performance.now()
  const command = ['--import', join(HERE, 'peak.mjs'), ...args]
  const { status } = spawnSync(process.execPath, command, {
    cwd,
    env: { PATH: process.env['PATH'], ...env, MLC_BENCH_PEAK: peak },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const wallMs = performance.now() - began
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
  const { maxRSS, cpu } = JSON.parse(readFileSync(peak, 'utf8')) as { maxRSS: number; cpu: number }
  return { wallMs, cpuMs: cpu / 1000, peakMiB: maxRSS / 1024 }
}

/** The same bytes by curl into a file. */
export function curl(server: Server, folder: string): Spent {
  return shell(server, folder, 'curl -s -o curl.json "$URL"', 'curl.json')
}

/** The same by curl and jq: one row a line, numbers as jq rounds them. */
export function jq(server: Server, folder: string): Spent {
  return shell(server, folder, `curl -s "$URL" | jq -c '.[]' > jq.ndjson`, 'jq.ndjson')
}

function shell(server: Server, folder: string, command: string, file: string): Spent {
  server.pulled()
  rmSync(join(folder, file), { force: true })
  const began = performance.now()
  const env = { PATH: process.env['PATH'], URL: `${server.url}/api/4.0/queries/run/json` }
  const { status } = spawnSync('sh', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ended with ${status}`)
  return { wallMs: performance.now() - began, cpuMs: 0, peakMiB: 0 }
}

/** Runs each in turn, A B A B, so often. @returns what each has cost, by its place */
export function inTurn<S extends Spent>(turns: number, ...programs: readonly (() => S)[]): S[][] {
  const spent: S[][] = programs.map(() => [])
  for (let turn = 0; turn < turns; turn++) programs.forEach((program, at) => spent[at]?.push(program()))
  return spent
}

/** The median of the pairs, each run in turn. */
export function ratio(found: readonly Spent[] = [], base: readonly Spent[] = [], what: keyof Spent): number {
  return median(found.map((one, pair) => one[what] / (base[pair]?.[what] ?? NaN)))
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
