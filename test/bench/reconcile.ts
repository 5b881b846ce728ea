import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { inTurn, ratio, withQad, type Say, type Spent } from './programs.js'

const HERE = import.meta.dirname
const ROOT = join(HERE, '..', '..')
const MILLION = 1_000_003
const DUCKDB = '@duckdb/node-api@1.5.6-r.1'

/** What two files of equally many lines came to: equal, other amounts, in the first alone, in the second alone. */
interface Compared extends Spent {
  readonly counts: readonly number[]
}

/** Figures against balances, by mlc's comparison and by others, and the whole command: rows C of the goals. */
export async function reconciliations(folder: string, say: Say, isLong: boolean): Promise<void> {
  const program = bundle(folder)
  const files = writeSides(folder, MILLION)
  const mlc = () => run(process.execPath, [program, 'mlc', ...files])
  const duckdb = installDuckdb(folder)
  const found = inTurn<Compared>(
    3,
    mlc,
    () => run(process.execPath, [program, 'map', ...files]),
    () => sortAndJoin(files),
    ...(duckdb === null ? [] : [() => run(process.execPath, [join(HERE, 'duckdb-compare.mjs'), duckdb, ...files])]),
  )
  const [own = [], map, joined, duck = []] = found
  const answers = new Set(found.flat().map(({ counts }) => counts.join(' ')))
  say('C 1,000,000 x 1,000,000: answers', [...answers].join(' and '), 'one', answers.size === 1)
  const overMap = ratio(own, map, 'wallMs')
  say('C1 the same', `${overMap.toFixed(2)} x wall of a Map of texts`, '<= 0.35', overMap <= 0.35)
  const [wall, memory] = [ratio(own, duck, 'wallMs'), ratio(own, duck, 'peakMiB')]
  if (duck.length === 0) say('C2 the same', 'DuckDB cannot be installed here', '-', true)
  else
    say(
      'C2 the same',
      `${wall.toFixed(2)} x wall, ${memory.toFixed(2)} x memory of DuckDB`,
      '<= 1.0, 0.5',
      wall <= 1 && memory <= 0.5,
    )
  const overJoin = ratio(own, joined, 'wallMs')
  say('C4 the same', `${overJoin.toFixed(2)} x wall of sort | join`, '<= 0.25', overJoin <= 0.25)
  if (isLong) tenfold(folder, program, own, say)
  await wholeCommand(folder, isLong ? MILLION : 100_003, say)
}

function tenfold(folder: string, program: string, one: readonly Compared[], say: Say): void {
  const [ten] = inTurn(1, () => run(process.execPath, [program, 'mlc', ...writeSides(folder, 10 * MILLION)]))
  const [wall, memory] = [ratio(ten, one, 'wallMs'), ratio(ten, one, 'peakMiB')]
  const peak = Math.round(ten?.[0]?.peakMiB ?? NaN)
  const found = `${wall.toFixed(1)} x wall, ${memory.toFixed(2)} x memory, ${peak} MiB`
  const isMet = wall <= 10 && memory <= 1.25 && peak <= 160
  say('C3 10,000,000 x 10,000,000 over a tenth', found, '<= 10, 1.25, 160 MiB', isMet)
}

/** A program of its own, so that no loader of TypeScript is measured. */
function bundle(folder: string): string {
  const program = join(folder, 'compare-files.mjs')
  const options = ['-o', program, '--format', 'esm', '--platform', 'node']
  const rolldown = join(ROOT, 'node_modules', '.bin', 'rolldown')
  const { status, stderr } = spawnSync(rolldown, [join(HERE, 'compare-files.ts'), ...options], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return program
}

/** 70 MB that no test needs: installed here alone, and only for as long as it is measured. Null where that cannot be. */
function installDuckdb(folder: string): string | null {
  const place = join(folder, 'duckdb')
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), '{"private":true}')
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  const { status } = spawnSync('npm', ['install', ...options, DUCKDB], { cwd: place, stdio: 'ignore' })
  return status === 0 ? place : null
}

function run(command: string, args: readonly string[]): Compared {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return { cpuMs: 0, ...(JSON.parse(stdout) as Omit<Compared, 'cpuMs'>) }
}

function sortAndJoin(files: readonly string[]): Compared {
  const sorted = files.map((file) => `<(sed 's/,/|/;s/,/|/' '${file}' | sort -t, -k1,1)`).join(' ')
  const judge = `{ if ($2 == "-") last++; else if ($3 == "-") first++; else if ($2 == $3) equal++; else other++ }`
  const script = `join -t, -a1 -a2 -e- -o 0,1.2,2.2 ${sorted} | awk -F, '${judge} END { print equal, other, first, last }'`
  const began = performance.now()
  const { stdout } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  return { wallMs: performance.now() - began, cpuMs: 0, peakMiB: NaN, counts: stdout.trim().split(' ').map(Number) }
}

/** Files of lines `account,centre,currency,amount` in two orders. Of a thousand, one differs and one stands elsewhere. */
function writeSides(folder: string, count: number): [string, string] {
  const digits = (n: number, width: number) => String(n).padStart(width, '0')
  const line = (n: number, isBalance: boolean) => {
    const centre = `${isBalance && n % 1000 === 501 ? 'X' : 'C'}${digits(Math.floor(n / 1000), 5)}`
    const whole = isBalance && n % 1000 === 502 ? n % 89 : (n * 104_729) % 100_000_000
    return `${digits(n % 1000, 5)},${centre},USD,${n % 3 === 0 ? '-' : ''}${whole}.${digits(n % 100, 2)}\n`
  }
  return [false, true].map((isBalance) => {
    const path = join(folder, `${isBalance ? 'balances' : 'figures'}-${count}.csv`)
    const file = openSync(path, 'w')
    for (let from = 0; from < count; from += 50_000) {
      const rows = Array.from({ length: Math.min(50_000, count - from) }, (_, index) => from + index)
      writeSync(file, rows.map((at) => line(isBalance ? (at * 7919 + 17) % count : at, isBalance)).join(''))
    }
    closeSync(file)
    return path
  }) as [string, string]
}

/** `mlc reconcile` from Looker's answer and the pages of QAD's browse to the csv. */
async function wholeCommand(folder: string, count: number, say: Say): Promise<void> {
  const server = spawn(process.execPath, [join(HERE, 'books-server.mjs'), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const first = await new Promise<string>((resolve) =>
    server.stdout.once('data', (text: Buffer) => resolve(text.toString())),
  )
  const cwd = join(folder, 'reconcile')
  rmSync(cwd, { recursive: true, force: true })
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'mlc.yaml'), configOf(`http://127.0.0.1:${(JSON.parse(first) as { port: number }).port}`))
  const peak = join(cwd, 'peak.jsonl')
  const secrets = {
    MLC_LOOKER_CLIENT_ID: 'a',
    MLC_LOOKER_CLIENT_SECRET: 'bench-secret',
    MLC_QAD_USERNAME: 'u',
    MLC_QAD_PASSWORD: 'bench-password',
  }
  const env = {
    ...secrets,
    PATH: process.env['PATH'],
    HOME: cwd,
    MLC_STORE: 'none',
    MLC_STATE_DIR: join(cwd, 'state'),
    MLC_BENCH_PEAK: peak,
  }
  const args = ['reconcile', '--job', 'month', '--period', '2026-07', '--format', 'csv', '-o', 'lines.csv', '--quiet']
  const command = ['--import', join(HERE, 'peak.mjs'), join(ROOT, 'bin', 'mlc.js'), ...args]
  const { status } = spawnSync(process.execPath, command, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
  server.kill()
  const { maxRSS, cpu } = JSON.parse(readFileSync(peak, 'utf8')) as { maxRSS: number; cpu: number }
  const found = `exit ${status}, ${(cpu / 1e6).toFixed(0)} s CPU, ${Math.round(maxRSS / 1024)} MiB`
  say(`mlc reconcile of ${count} x ${count}`, found, 'exit 3, <= 256 MiB', status === 3 && maxRSS / 1024 <= 256)
}

function configOf(url: string): string {
  return `${withQad(url)}  reads:
    balances:
      browse: "urn:b"
      pageSize: 5000
      columns: { year: b.year, period: b.per, account: b.acc, costCentre: b.cc, currency: b.curr, amount: b.amt }
      filters: [[b.year, eq, "{year}"], [b.per, eq, "{period}"]]
  write: { target: bdoc, path: /x, fields: { key: k, account: a, amount: m } }
jobs:
  month:
    source: { look: "1" }
    figure: { account: month.account, costCentre: month.centre, currency: USD, period: month.period, measures: { net: month.net } }
`
}
