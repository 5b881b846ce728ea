import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoEnvironment, demoLooker } from '../../src/sandbox/company/company.js'
import { cents, centsText } from '../../src/sandbox/company/figures.js'
import { textOf } from '../../src/sandbox/looker/filter.js'
import type { SourceRow } from '../../src/sandbox/looker/world.js'
import { credentialsIn } from '../leaks/watch.js'
import { world, type World } from '../support/world.js'
import { commandsOf, EXAMPLES, type } from './readme.js'

const PROJECT = join(EXAMPLES, 'adaptive')
const MINUTES_MS = 300_000

/** Every command of the README with the exit code that it ends with. Looker and ledger of the demo differ: that is 3. */
const STORY: readonly (readonly [command: string, code: number, said: string])[] = [
  ['mlc pull --job plant-gl --period 2026-07', 0, 'Next: mlc map --job plant-gl'],
  ['mlc sync --job plant-gl --period 2026-07 --dry-run', 0, 'Dry run: nothing was posted.'],
  ['mlc sync --job plant-gl --period 2026-07 --yes', 0, '24 created'],
  ['mlc pull --job payables --period 2026-07', 0, 'Next: mlc map --job payables'],
  ['mlc map --job payables', 0, 'Next: mlc push'],
  ['mlc push --job payables --yes', 0, '3 created'],
  ['mlc sync --all --period 2026-07 --yes', 0, '6 created'],
  [
    'mlc reconcile --job plant-gl --period 2026-07',
    3,
    '13 keys: 8 equal, 1 within, 2 outside, 1 only Looker, 1 only QAD',
  ],
  ['mlc reconcile --job plant-gl --period 2026-07 --format csv --output variances.csv', 3, '13 keys'],
  ['mlc audit verify', 0, '+ Intact'],
  ['mlc status --max-age 26h', 0, 'procurement  last good sync 20'],
]

test(
  'the project works as it stands: every command of its README, in order, and QAD holds each figure once',
  { timeout: MINUTES_MS },
  async () => {
    const w = await copied()
    const [load, ...commands] = commandsOf(join(PROJECT, 'README.md'))
    expect(load).toBe('set -a && . ./.env && set +a')
    expect(commands).toEqual(STORY.map(([command]) => command))
    for (const [command, code, said] of STORY) {
      const ran = await type(`${load} && ${command}`, { cwd: w.folder, env: {}, credentials: credentialsIn(w.env) })
      expect({ command, code: ran.code, said: ran.stdout + ran.stderr }).toEqual({
        command,
        code,
        said: expect.stringContaining(said) as string,
      })
      if (command.includes('--dry-run')) expect(w.qad.books).toEqual([])
    }
    expect(books(w)).toEqual(expectedBooks())
    expect(w.read('variances.csv')).toContain('05010,1200,USD,net_amount,287340.00,275340.00,12000.00,')
  },
)

test('the line for cron posts everything and prints what differs', { timeout: MINUTES_MS }, async () => {
  const w = await copied()
  // Without it cron finds no mlc that npm has linked.
  expect(readFileSync(join(PROJECT, 'README.md'), 'utf8')).toMatch(/^PATH=\/usr\/local\/bin:.*\n15 6 /m)
  const [, line = ''] = /^15 6 \* \* \* (.+)$/m.exec(readFileSync(join(PROJECT, 'README.md'), 'utf8')) ?? []
  expect(line).toContain('cd /srv/mlc && ')
  expect(line.split(' --period previous')).toHaveLength(3)
  // The demo's calendar ends with the year it was made for.
  const here = line.replace('/srv/mlc', w.folder).replaceAll('previous', '2026-07')
  const { code, stdout } = await type(here, { cwd: '/', env: {}, home: w.folder, credentials: credentialsIn(w.env) })
  expect(code).toBe(3)
  expect(stdout.match(/^\+ run .*$/gm)).toHaveLength(3)
  expect(stdout.match(/^x outside .*$/gm)).toHaveLength(2)
  expect(books(w)).toEqual(expectedBooks())
})

test('.env.example names every variable that the project reads, and holds no credential', () => {
  const example = readFileSync(join(PROJECT, '.env.example'), 'utf8')
  const names = [...example.matchAll(/^(\w+)='/gm)].map(([, name = '']) => name)
  const inConfig = [...readFileSync(join(PROJECT, 'mlc.yaml'), 'utf8').matchAll(/\$\{([A-Z_]{2,})\}/g)].map(
    ([, name = '']) => name,
  )
  expect(names.sort()).toEqual(
    [...new Set([...inConfig, ...Object.keys(demoEnvironment())])].filter((name) => name !== 'NAME').sort(),
  )
  for (const value of Object.values(demoEnvironment())) expect(example).not.toContain(value)
})

/** The project as a user copies it, with `.env` filled in for the demo company's Looker and QAD. */
async function copied(): Promise<World> {
  const w = await world()
  cpSync(PROJECT, w.folder, { recursive: true })
  const values: Readonly<Record<string, string>> = {
    ...w.env,
    LOOKER_URL: w.servers.looker.url,
    QAD_URL: `${w.servers.qad.url}/clouderp`,
  }
  const filled = w.read('.env.example').replace(/^(\w+)='.*'$/gm, (line, name: string) => {
    const value = values[name]
    return value === undefined ? line : `${name}='${value}'`
  })
  writeFileSync(join(w.folder, '.env'), filled)
  return w
}

/** account, cost centre, site, measure and amount of each reference in QAD, sorted. */
function books(w: World): string[] {
  return w.qad.books
    .map(({ account, costCentre, site, measure, amount, year, period }) =>
      [year, period, account, costCentre, site, measure, amount].join(' '),
    )
    .sort()
}

const COST_CENTRES: Readonly<Record<string, string>> = { Detroit: '1100', Monterrey: '1200', Leipzig: '1300' }

/** What the demo company's July comes to, summed from its tables to the cent; Pune is not on QAD. */
function expectedBooks(): string[] {
  const sums = new Map<string, bigint>()
  const take = (row: SourceRow, measure: string, column: string, sign: 1n | -1n) => {
    const [plant, account, site] = [word(row, 'plant'), word(row, 'account'), word(row, 'plantCode')]
    const costCentre = COST_CENTRES[plant]
    if (costCentre === undefined || word(row, 'period') !== '2026-07') return
    const place = ['2026', '7', `0${account}`, costCentre, site, measure].join(' ')
    sums.set(place, (sums.get(place) ?? 0n) + sign * cents(word(row, column)))
  }
  for (const row of rowsOf('gl')) {
    take(row, 'net_amount', 'net', 1n)
    take(row, 'budget', 'budget', 1n)
  }
  for (const row of rowsOf('invoices')) take(row, 'open_payables', 'open', -1n)
  for (const row of rowsOf('spend')) take(row, 'spend', 'amount', 1n)
  return [...sums].map(([place, sum]) => `${place} ${centsText(sum)}`).sort()
}

function rowsOf(name: string): readonly SourceRow[] {
  const rows = demoLooker().explores.find((explore) => explore.name === name)?.rows ?? []
  return typeof rows === 'function' ? [...rows()] : rows
}

function word(row: SourceRow, column: string): string {
  const value = row[column] ?? null
  return value === null ? '' : textOf(value)
}
