import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  curl,
  inTurn,
  jq,
  mlc,
  mlcJob,
  ratio,
  sdk,
  startServer,
  type Say,
  type Server,
  type Spent,
} from './programs.js'

/** A count that looks like no limit: nothing but the pull is asked. */
const MILLION = 1_000_003
/** The usual job. */
const SMALL = 5_003

/** Pulls as real processes, against the SDK, curl and jq from the same server in turn: rows P, M, G and R1 of the goals. */
export async function bulkPulls(folder: string, say: Say, isLong: boolean): Promise<void> {
  const server = await startServer(MILLION)
  try {
    againstOthers(server, folder, say)
    await exactness(folder, say)
    forJob(server, folder, say)
    await throttled(server, folder, say)
    if (isLong) againstJq(server, folder, say)
    await queryCalls(server, say)
  } finally {
    server.stop()
  }
  await smallPull(folder, say)
  if (isLong) await growth(folder, say)
}

function againstOthers(server: Server, folder: string, say: Say): void {
  const [curls, sdks, ndjson = [], csv = []] = inTurn(
    5,
    () => curl(server, folder),
    () => sdk(server, folder),
    () => mlc(server, folder, 'ndjson'),
    () => mlc(server, folder, 'csv'),
  )
  const overCurl = ratio(ndjson, curls, 'wallMs')
  say('P1 1,000,000 rows as ndjson', `${overCurl.toFixed(2)} x wall of curl > file`, '<= 4.5', overCurl <= 4.5)
  for (const [format, spent] of [
    ['ndjson', ndjson],
    ['csv', csv],
  ] as const) {
    const [wall, cpu] = [ratio(spent, sdks, 'wallMs'), ratio(spent, sdks, 'cpuMs')]
    const found = `${wall.toFixed(2)} x wall, ${cpu.toFixed(2)} x CPU of the SDK`
    say(`P2 the same as ${format}`, found, '<= 0.50, 0.50', wall <= 0.5 && cpu <= 0.5)
  }
  const peak = Math.max(...[...ndjson, ...csv].map(({ peakMiB }) => peakMiB))
  say('M1 the same, peak memory', `${Math.round(peak)} MiB`, '<= 96 MiB', peak <= 96)
}

/**
 * Rows that become figures of a run: looked at, kept and read back, mapped, keyed and staged as a plan, which a dry run of a sync
 * does in one process, against no more than fetching the same rows.
 */
function forJob(server: Server, folder: string, say: Say): void {
  const pulling = (command: readonly string[]) => {
    server.pulled()
    return mlcJob(server, folder, command)
  }
  const [sdks, syncs = [], pulls = [], maps = []] = inTurn(
    3,
    () => sdk(server, folder, 'fetch'),
    () => pulling(['sync', '--dry-run', '--json']),
    () => pulling(['pull', '--format', 'ndjson']),
    () => mlcJob(server, folder, ['map', '--json']),
  )
  const compared = (spent: readonly Spent[]) =>
    `${ratio(spent, sdks, 'wallMs').toFixed(2)} x wall, ${ratio(spent, sdks, 'cpuMs').toFixed(2)} x CPU of the SDK's fetch`
  const wall = ratio(syncs, sdks, 'wallMs')
  say('P4 1,000,000 rows for a job: sync --dry-run', compared(syncs), '<= 0.66 x wall', wall <= 0.66)
  say('  of that, pull --job (which shows them too)', compared(pulls), '-', true)
  say('  and map --job of 11,964 references', compared(maps), '-', true)
  const peak = Math.max(...pulls.map(({ peakMiB }) => peakMiB))
  say('M1 pull --job, peak memory', `${Math.round(peak)} MiB`, '<= 96 MiB', peak <= 96)
}

async function throttled(server: Server, folder: string, say: Say): Promise<void> {
  await server.rate(100_000)
  const [curls, pulls] = inTurn(
    3,
    () => curl(server, folder),
    () => mlc(server, folder, 'ndjson'),
  )
  await server.rate(0)
  const wall = ratio(pulls, curls, 'wallMs')
  say('P3 the same at 100,000 rows/s', `${wall.toFixed(3)} x wall of curl > file`, '<= 1.02', wall <= 1.02)
}

function againstJq(server: Server, folder: string, say: Say): void {
  const [jqs, pulls] = inTurn(
    3,
    () => jq(server, folder),
    () => mlc(server, folder, 'ndjson'),
  )
  const wall = ratio(pulls, jqs, 'wallMs')
  say('P5 the same', `${wall.toFixed(2)} x wall of curl | jq`, '<= 0.20', wall <= 0.2)
}

/** Small pulls are start-up. */
async function smallPull(folder: string, say: Say): Promise<void> {
  const server = await startServer(SMALL)
  const [jqs, sdks, pulls] = inTurn(
    9,
    () => jq(server, folder),
    () => sdk(server, folder),
    () => mlc(server, folder, 'ndjson'),
  )
  server.stop()
  const [overSdk, overJq] = [ratio(pulls, sdks, 'wallMs'), ratio(pulls, jqs, 'wallMs')]
  const found = `${overSdk.toFixed(2)} x wall of the SDK, ${overJq.toFixed(2)} of curl | jq`
  say('P6 5,000 rows', found, '<= 0.55, 1.7', overSdk <= 0.55 && overJq <= 1.7)
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

async function queryCalls(server: Server, say: Say): Promise<void> {
  const { queries, logins } = await server.counts()
  const found = `${queries} for ${server.pulls()}, ${logins} logins`
  say('R1 query calls of the pulls above', found, 'one a pull', queries === server.pulls())
}

async function growth(folder: string, say: Say): Promise<void> {
  const spent: Spent[] = []
  for (const rows of [MILLION, 10 * MILLION + 7]) {
    const server = await startServer(rows)
    spent.push(mlc(server, folder, 'ndjson'))
    server.stop()
  }
  const [one, ten] = spent as [Spent, Spent]
  const more = ten.peakMiB / one.peakMiB
  const found = `${more.toFixed(2)} x (${Math.round(one.peakMiB)}, ${Math.round(ten.peakMiB)} MiB)`
  say('M2 memory at 10,000,000 over 1,000,000 rows', found, '<= 1.10', more <= 1.1)
  const [wall, cpu] = [ten.wallMs / one.wallMs, ten.cpuMs / one.cpuMs]
  say(
    'G1 time at 10,000,000 over 1,000,000 rows',
    `${wall.toFixed(1)} x wall, ${cpu.toFixed(1)} x CPU`,
    '<= 10.5',
    wall <= 10.5,
  )
}
