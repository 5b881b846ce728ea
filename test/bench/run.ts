import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLookerSandbox } from '../../src/sandbox/looker/sandbox.js'
import type { LookerWorld, SourceRow } from '../../src/sandbox/looker/world.js'
import { createQadSandbox } from '../../src/sandbox/qad/sandbox.js'
import { serve } from '../../src/sandbox/serve.js'
import { demoConfig, demoEnvironment, demoLooker, demoMaps, demoQad } from '../../src/sandbox/company/company.js'
import { keyOf } from '../audit/signed.js'
import { startMlc } from '../support/process.js'
import { decoding } from './decode.js'
import { pacing } from './pace.js'
import { median } from './programs.js'
import { ingestEndpoint } from './ingest.js'
import { bulkPulls } from './pull.js'
import { appendsPerSecond, writeAudit } from './audit.js'
import { reconciliations } from './reconcile.js'

/**
 * What is measured, against what: ratios of medians of runs taken in turn, memory, and counts. Prints one line each.
 * What takes minutes is measured with --long.
 */
const MLC = join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')
const folder = mkdtempSync(join(tmpdir(), 'mlc-bench-'))
let failed = 0

try {
  startUp('mlc --version', [MLC, '--version'], 1.3)
  startUp('mlc --help', [MLC, '--help'], null)
  await bulkPulls(folder, line, process.argv.includes('--long'))
  decoding(line)
  await pagedPull()
  await pacing(folder, line)
  await bulkReads()
  await ingestEndpoint(folder, line)
  await hungBus()
  await auditMillion()
  await reconciliations(folder, line, process.argv.includes('--long'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed > 0 ? 1 : 0

function line(name: string, found: string, aim: string, ok: boolean): void {
  if (!ok) failed++
  process.stdout.write(`${ok ? 'met    ' : 'NOT MET'} ${name.padEnd(46)} ${found.padEnd(38)} goal ${aim}\n`)
}

function startUp(name: string, args: readonly string[], aim: number | null): void {
  const floor: number[] = []
  const found: number[] = []
  for (let pair = 0; pair < 21; pair++) {
    floor.push(wallMs(['-e', '0']))
    found.push(wallMs(args))
  }
  const ratio = median(found) / median(floor)
  line(
    `start-up: ${name}`,
    `${ratio.toFixed(2)} x node -e 0`,
    aim === null ? '-' : `<= ${aim}`,
    aim === null || ratio <= aim,
  )
}

function wallMs(args: readonly string[]): number {
  const started = performance.now()
  spawnSync(process.execPath, [...args], { stdio: 'ignore' })
  return performance.now() - started
}

/** A D-Bus that accepts and never answers must not hang mlc: three seconds to decide, and the rest of the command. */
async function hungBus(): Promise<void> {
  const socket = join(folder, 'bus')
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  writeFileSync(join(folder, 'mlc.yaml'), demoConfig({ lookerUrl: 'http://127.0.0.1:9', qadUrl: 'http://127.0.0.1:9' }))
  const env = { HOME: folder, MLC_STATE_DIR: join(folder, 'state'), DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` }
  const started = performance.now()
  const { code } = await startMlc(['pull', '--look', '42'], { env, cwd: folder }).ended
  const seconds = (performance.now() - started) / 1000
  line(
    'keychain on a bus that hangs: whole command',
    `${seconds.toFixed(1)} s, exit ${code}`,
    '<= 3.5 s, exit 4',
    seconds <= 3.5 && code === 4,
  )
  server.close()
}

/** Pages of 5,000 rows: as many requests as there are pages, and no more. */
async function pagedPull(): Promise<void> {
  const rows = 10_001
  const sandbox = createLookerSandbox(manyRows(rows), { rowWorld: 'offset' })
  const looker = await serve(sandbox)
  const config = manyConfig(looker.url, 'http://127.0.0.1:9')
  const { code } = await measured(config, [
    'pull',
    '--look',
    'many',
    '--paging',
    'offset',
    '--format',
    'csv',
    '-o',
    join(folder, 'paged.csv'),
  ])
  await looker.close()
  const pages = Math.ceil(rows / 5_000)
  const found = `exit ${code}, ${sandbox.queryCalls} query calls`
  line(`R2 ${rows} rows in pages`, found, `${pages}`, code === 0 && sandbox.queryCalls === pages)
}

/** 10,000 references: what QAD holds is read in bulk, not once a reference. */
async function bulkReads(): Promise<void> {
  const references = 10_001
  const looker = await serve(createLookerSandbox(manyRows(references)))
  const sandbox = createQadSandbox(wideQad(references))
  const qad = await serve(sandbox)
  const config = manyConfig(looker.url, `${qad.url}/clouderp`)
  const started = performance.now()
  const { maxRSS, code } = await measured(config, [
    'sync',
    '--job',
    'many',
    '--period',
    '2026-07',
    '--yes',
    '--json',
    '-o',
    join(folder, 'sync.json'),
  ])
  const seconds = (performance.now() - started) / 1000
  const pages = sandbox.browseCalls('urn:browse:bebrowse:com.acme.recon.reconReferences')
  line(
    `sync of ${references} references`,
    `exit ${code}, ${sandbox.books.length} stored, ${seconds.toFixed(1)} s`,
    'all stored',
    code === 0 && sandbox.books.length === references,
  )
  line('  pages read of the references', `${pages}`, `<= 25 (not ${references})`, pages <= 25)
  line('  peak memory', `${Math.round(maxRSS / 1024)} MiB`, '< 250 MiB', maxRSS / 1024 < 250)
  await Promise.all([looker.close(), qad.close()])
}

/** A million signed records: checked in constant memory; and how fast lines come onto the disk. */
async function auditMillion(): Promise<void> {
  const records = 1_000_000
  writeAudit(join(folder, 'million'), records)
  const config = `${demoConfig({ lookerUrl: 'http://127.0.0.1:9', qadUrl: 'http://127.0.0.1:9' })}audit: { dir: million }\n`
  const seconds: number[] = []
  let peak = 0
  for (let n = 0; n < 3; n++) {
    const started = performance.now()
    const { maxRSS, code } = await measured(config, ['audit', 'verify', '--key', keyOf(1).publicKey.text])
    seconds.push((performance.now() - started) / 1000)
    peak = Math.max(peak, code === 0 ? maxRSS / 1024 : Infinity)
  }
  const perSecond = records / median(seconds)
  line('verify of 1,000,000 signed records', `${Math.round(perSecond)} lines/s`, '>= 60,000', perSecond >= 60_000)
  line('  peak memory', `${Math.round(peak)} MiB`, '<= 256 MB', peak * 1.048576 <= 256)
  for (const [batch, aim] of [
    [1, 2_000],
    [100, 40_000],
  ] as const) {
    const found: number[] = []
    for (let n = 0; n < 5; n++) found.push(await appendsPerSecond(join(folder, `appends-${batch}-${n}`), batch))
    line(`appends, ${batch} a sync`, `${Math.round(median(found))} lines/s`, `>= ${aim}`, median(found) >= aim)
  }
}

async function measured(config: string, args: readonly string[]): Promise<{ maxRSS: number; code: number | null }> {
  const peak = join(folder, 'peak.jsonl')
  writeFileSync(peak, '')
  writeFileSync(join(folder, 'mlc.yaml'), config)
  for (const [path, text] of Object.entries(demoMaps())) writeFileSync(join(folder, path.replace('/', '-')), text)
  const env = {
    ...demoEnvironment(),
    MLC_STATE_DIR: join(folder, `state-${Math.round(performance.now())}`),
    MLC_BENCH_PEAK: peak,
  }
  const { code, stderr } = await startMlc(args, {
    env,
    cwd: folder,
    node: ['--import', join(import.meta.dirname, 'peak.mjs')],
  }).ended
  if (code !== 0) process.stdout.write(stderr)
  const { maxRSS } = JSON.parse(readFileSync(peak, 'utf8').trim().split('\n').at(-1) ?? '{}') as { maxRSS: number }
  return { maxRSS, code }
}

function manyRows(count: number): LookerWorld {
  const base = demoLooker()
  function* rows(): Generator<SourceRow> {
    for (let row = 0; row < count; row++) {
      yield {
        account: String(10_000 + (row % 1_000)),
        centre: `C${Math.floor(row / 1_000)}`,
        period: '2026-07',
        text: `row ${row} of a wide table`,
        net: { n: `${row}.14999999999998` },
      }
    }
  }
  const dimension = (name: string, column: string) => ({
    name: `many.${name}`,
    label: name,
    type: 'string',
    kind: 'dimension' as const,
    column,
  })
  const fields = [
    ...['account', 'centre', 'period', 'text'].map((name) => dimension(name, name)),
    { name: 'many.net', label: 'net', type: 'sum', kind: 'measure' as const, column: 'net' },
  ]
  const query = {
    model: 'many',
    view: 'many',
    fields: fields.map(({ name }) => name),
    filters: {},
    sorts: [],
    limit: '500',
  }
  return {
    ...base,
    explores: [{ model: 'many', name: 'many', label: 'Many', fields, rows, flat: true }],
    looks: [{ id: 'many', title: 'Many rows', query }],
  }
}

function wideQad(references: number) {
  const world = demoQad()
  const accounts = Array.from({ length: 1_000 }, (_, index) => String(10_000 + index))
  const centres = Array.from({ length: Math.ceil(references / 1_000) }, (_, index) => `C${index}`)
  const companies = world.companies.map((company) => ({
    ...company,
    accounts: accounts.map((code) => ({
      ...company.accounts[0],
      code,
      description: code,
      active: true,
    })) as typeof company.accounts,
    costCentres: centres.map((code) => ({
      ...company.costCentres[0],
      code,
      description: code,
      active: true,
    })),
  }))
  return { ...world, companies }
}

function manyConfig(lookerUrl: string, qadUrl: string): string {
  const text = demoConfig({ lookerUrl, qadUrl })
  return `${text.slice(0, text.indexOf('jobs:'))}jobs:
  many:
    source: { look: many }
    figure: { account: many.account, costCentre: many.centre, currency: USD, period: many.period, measures: { net_amount: many.net } }
`
}
