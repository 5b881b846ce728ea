import { execSync, fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { BROKEN, unbroken } from './broken.js'
import { createTally } from './tally.js'
import { simulate, type Outcome } from './world.js'

/**
 * `npm run test:sim -- --seeds 20000`: that many worlds, shared out to two processes. `--seed N --trace` replays one, `--from N`
 * begins elsewhere, `--broken NAME` shows a build that must be caught.
 */
interface Share {
  readonly from: number
  readonly count: number
  readonly broken: string
}

interface Found {
  readonly seeds: number
  readonly bad: readonly Pick<Outcome, 'seed' | 'steps' | 'level' | 'faults'>[]
  /** Seeds whose second run was not the same as the first. */
  readonly restless: readonly number[]
  readonly counts: readonly (readonly [string, number])[]
}

/** Of so many seeds one is run twice. */
const TWICE_EVERY = 100
const MOST_SHOWN = 10

const [share] = process.argv.slice(2).filter((word) => word.startsWith('{'))
if (share === undefined) await main()
else process.send?.(await runShare(JSON.parse(share) as Share))

async function runShare({ from, count, broken }: Share): Promise<Found> {
  const build = BROKEN[broken] ?? unbroken
  const tally = createTally()
  const bad: Outcome[] = []
  const restless: number[] = []
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await simulate(seed, tally, build)
    if (outcome.faults.length > 0) bad.push(outcome)
    if (seed % TWICE_EVERY !== 0) continue
    const again = await simulate(seed, createTally(), build)
    if (again.hash !== outcome.hash) restless.push(seed)
  }
  const shown = bad.map(({ seed, steps, level, faults }) => ({ seed, steps, level, faults }))
  return { seeds: count, bad: shown, restless, counts: [...tally.counts] }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '20000' },
      seed: { type: 'string' },
      from: { type: 'string', default: '1' },
      broken: { type: 'string', default: '' },
      workers: { type: 'string', default: '2' },
      trace: { type: 'boolean', default: false },
    },
  })
  if (values.broken !== '' && !BROKEN[values.broken]) throw new Error(`builds: ${Object.keys(BROKEN).join(', ')}`)
  if (values.seed !== undefined) return showOne(Number(values.seed), values.broken, values.trace)
  const shares = sharesOf(Number(values.from), Number(values.seeds), Number(values.workers), values.broken)
  const started = performance.now()
  const found = await Promise.all(shares.map(inProcess))
  report(found, (performance.now() - started) / 1000)
}

async function showOne(seed: number, broken: string, trace: boolean): Promise<void> {
  const tell = trace ? (line: string) => void process.stdout.write(`${line}\n`) : null
  const { faults, steps, level, hash } = await simulate(seed, createTally(), BROKEN[broken] ?? unbroken, tell)
  process.stdout.write(`seed=${seed} level=${level} steps=${steps} hash=${hash}\n`)
  for (const { kind, message } of faults) process.stdout.write(`${kind}: ${message}\n`)
  process.exitCode = faults.length > 0 ? 1 : 0
}

function sharesOf(from: number, seeds: number, workers: number, broken: string): Share[] {
  const size = Math.ceil(seeds / workers)
  const starts = Array.from({ length: workers }, (_, index) => index * size).filter((start) => start < seeds)
  return starts.map((start) => ({ from: from + start, count: Math.min(size, seeds - start), broken }))
}

function inProcess(share: Share): Promise<Found> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [JSON.stringify(share)])
    child.once('message', (found) => resolve(found as Found))
    child.once('exit', (code) => reject(new Error(`a share of the seeds ended with ${code}`)))
  })
}

function report(found: readonly Found[], seconds: number): void {
  const seeds = found.reduce((sum, share) => sum + share.seeds, 0)
  const bad = found.flatMap((share) => share.bad)
  const restless = found.flatMap((share) => share.restless)
  for (const { seed, steps, level, faults } of bad.slice(0, MOST_SHOWN)) {
    process.stdout.write(
      `seed=${seed} git=${gitRevision()} step=${steps} level=${level} ${faults[0]?.kind}: ${faults[0]?.message}\n`,
    )
    process.stdout.write(`  npm run test:sim -- --seed ${seed} --trace\n`)
  }
  for (const seed of restless) process.stdout.write(`seed=${seed} did not do the same twice\n`)
  const rate = Math.round(seeds / seconds)
  process.stdout.write(
    `${seeds} seeds in ${seconds.toFixed(1)} s (${rate} a second), ${bad.length} bad, ${restless.length} restless\n`,
  )
  process.stdout.write(`${[...summed(found)].map(([kind, count]) => `${kind} ${count}`).join(', ')}\n`)
  process.exitCode = bad.length + restless.length > 0 ? 1 : 0
}

function summed(found: readonly Found[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [kind, count] of found.flatMap((share) => share.counts)) counts.set(kind, (counts.get(kind) ?? 0) + count)
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function gitRevision(): string {
  try {
    return execSync('git rev-parse --short HEAD', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}
