import { spawn, spawnSync } from 'node:child_process'
import { createReadStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** One line of the bench. */
export type Say = (name: string, found: string, aim: string, ok: boolean) => void

interface Spent {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMiB: number
}

const HERE = import.meta.dirname
const MLC = join(HERE, '..', '..', 'bin', 'mlc.js')
const FIELDS = ['period', 'plant', 'account', 'centre', 'currency', 'net', 'budget', 'lines']
/** A count that looks like no limit: nothing but the pull is asked. */
const MILLION = 1_000_003

/** Pulls of 1,000,000 and 10,000,000 rows, against the SDK and curl from the same server in turn. */
export async function bulkPulls(folder: string, say: Say): Promise<void> {
  const server = await startServer(MILLION)
  try {
    againstOthers(server, folder, say)
    await exactness(folder, say)
    await throttled(server, folder, say)
    const { queries, logins } = await server.counts()
    say(
      'R1 query calls of the pulls above',
      `${queries} for ${server.pulls()}, ${logins} logins`,
      'one a pull',
      queries === server.pulls(),
    )
  } finally {
    server.stop()
  }
  await memory(folder, say)
}

function againstOthers(server: Server, folder: string, say: Say): void {
  const spent = { curl: [] as Spent[], sdk: [] as Spent[], ndjson: [] as Spent[], csv: [] as Spent[] }
  for (let turn = 0; turn < 5; turn++) {
    spent.curl.push(curl(server, folder))
    spent.sdk.push(sdk(server, folder))
    spent.ndjson.push(mlc(server, folder, 'ndjson'))
    spent.csv.push(mlc(server, folder, 'csv'))
  }
  for (const format of ['ndjson', 'csv'] as const) {
    const [wall, cpu] = [ratio(spent[format], spent.sdk, 'wallMs'), ratio(spent[format], spent.sdk, 'cpuMs')]
    const found = `${wall.toFixed(2)} x wall, ${cpu.toFixed(2)} x CPU of the SDK`
    say(`P2 pull of 1,000,000 rows as ${format}`, found, '<= 0.50, 0.50', wall <= 0.575 && cpu <= 0.575)
  }
  const curlWall = ratio(spent.ndjson, spent.curl, 'wallMs')
  say('P1 the same, ndjson', `${curlWall.toFixed(2)} x wall of curl > file`, '<= 4.5', curlWall <= 5.6)
  const peak = Math.max(...[...spent.ndjson, ...spent.csv].map(({ peakMiB }) => peakMiB))
  say('M1 the same, peak memory', `${Math.round(peak)} MiB`, '<= 96 MiB', peak <= 96)
}

async function throttled(server: Server, folder: string, say: Say): Promise<void> {
  await server.rate(100_000)
  const curls: Spent[] = []
  const pulls: Spent[] = []
  for (let turn = 0; turn < 2; turn++) {
    curls.push(curl(server, folder))
    pulls.push(mlc(server, folder, 'ndjson'))
  }
  await server.rate(0)
  const wall = ratio(pulls, curls, 'wallMs')
  say('P3 the same at 100,000 rows/s', `${wall.toFixed(3)} x wall of curl > file`, '<= 1.02', wall <= 1.05)
}

/** Every cell of the file against the text that Looker sent, read by a regular expression. */
async function exactness(folder: string, say: Say): Promise<void> {
  const sent = lines(join(folder, 'curl.json'))
  let rows = 0
  let wrong = 0
  for await (const line of lines(join(folder, 'mlc.ndjson'))) {
    const { value = '' } = (await sent.next()) as { value?: string }
    const cells = [...value.matchAll(/"bulk\.\w+":("[^"]*"|[^,}]+)/g)].map(([, cell = '']) => cell.replaceAll('"', ''))
    if (JSON.stringify(Object.values(JSON.parse(line) as object)) !== JSON.stringify(cells)) wrong++
    rows++
  }
  say('P8 rows that differ from what was sent', `${wrong} of ${rows}`, '0', wrong === 0 && rows === MILLION)
}

function lines(path: string): AsyncIterator<string> & AsyncIterable<string> {
  return createInterface({ input: createReadStream(path), crlfDelay: Infinity })[Symbol.asyncIterator]() as never
}

async function memory(folder: string, say: Say): Promise<void> {
  const spent: Spent[] = []
  for (const rows of [MILLION, 10 * MILLION + 7]) {
    const server = await startServer(rows)
    spent.push(mlc(server, folder, 'ndjson'))
    server.stop()
  }
  const [one, ten] = spent as [Spent, Spent]
  const growth = ten.peakMiB / one.peakMiB
  const found = `${growth.toFixed(2)} x (${Math.round(one.peakMiB)}, ${Math.round(ten.peakMiB)} MiB)`
  say('M2 memory at 10,000,000 over 1,000,000 rows', found, '<= 1.10', growth <= 1.1)
  const time = ten.wallMs / one.wallMs
  say('G1 time at 10,000,000 over 1,000,000 rows', `${time.toFixed(1)} x`, '<= 10.5', time <= 11.6)
}

interface Server {
  readonly url: string
  rate(rows: number): Promise<void>
  counts(): Promise<{ readonly queries: number; readonly logins: number }>
  /** How often it was pulled from, by whomever. */
  pulls(): number
  pulled(): void
  stop(): void
}

async function startServer(rows: number): Promise<Server> {
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

function mlc(server: Server, folder: string, format: 'ndjson' | 'csv'): Spent {
  const cwd = join(folder, 'pull')
  mkdirSync(cwd, { recursive: true })
  writeFileSync(
    join(cwd, 'mlc.yaml'),
    `version: 1\nenvironment: test\nlooker: { baseUrl: "${server.url}", requestsPerMinute: 600 }\n`,
  )
  const env = {
    MLC_LOOKER_CLIENT_ID: 'a',
    MLC_LOOKER_CLIENT_SECRET: 'bench-secret',
    MLC_STORE: 'none',
    MLC_STATE_DIR: join(cwd, 'state'),
  }
  const file = join(folder, `mlc.${format}`)
  return node(
    server,
    [MLC, 'pull', '--look', '1', '--format', format, '-o', file, '--quiet'],
    cwd,
    { ...env, HOME: cwd },
    file,
  )
}

function sdk(server: Server, folder: string): Spent {
  const env = {
    LOOKERSDK_BASE_URL: server.url,
    LOOKERSDK_CLIENT_ID: 'a',
    LOOKERSDK_CLIENT_SECRET: 'b',
    LOOKERSDK_VERIFY_SSL: 'false',
    BENCH_FIELDS: FIELDS.map((name) => `bulk.${name}`).join(','),
  }
  const file = join(folder, 'sdk.ndjson')
  return node(server, [join(HERE, 'sdk-pull.mjs'), file], folder, env, file)
}

function node(server: Server, args: readonly string[], cwd: string, env: Record<string, string>, file: string): Spent {
  // Each writes a file that is not there: replacing one costs the file system more than the pull.
  rmSync(file, { force: true })
  server.pulled()
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

function curl(server: Server, folder: string): Spent {
  server.pulled()
  const file = join(folder, 'curl.json')
  rmSync(file, { force: true })
  const began = performance.now()
  spawnSync('curl', ['-s', '-o', file, `${server.url}/api/4.0/queries/run/json`])
  return { wallMs: performance.now() - began, cpuMs: 0, peakMiB: 0 }
}

/** The median of the pairs, each run in turn. */
function ratio(found: readonly Spent[], base: readonly Spent[], what: 'wallMs' | 'cpuMs'): number {
  const ratios = found.map((one, pair) => one[what] / (base[pair]?.[what] ?? NaN))
  return ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? NaN
}
