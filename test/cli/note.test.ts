import { spawnSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoQad } from '../../src/sandbox/company/company.js'
import type { QadBalance, QadWorld } from '../../src/sandbox/qad/world.js'
import { world, type World } from '../support/world.js'

const JULY = ['--job', 'plant-gl', '--period', '2026-07']
const KEY = '05010/1200/USD/net_amount'

test('a note explains a break for its amount, stands in the audit, and is open again when the amount moves', async () => {
  const { qad, move } = writable()
  const w = await world({ qad })
  expect(await w.run(['note', '05010/1200', 'a truck on its way', ...JULY])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('MLC-C021') as string,
  })
  const first = await reconciled(w)
  expect(lineOf(first)).toMatchObject({ key: KEY, ageDays: 0, firstPeriod: '2026-07', note: null })
  expect(first.lines.filter(({ ageDays }) => ageDays === null).map(({ verdict }) => verdict)).not.toContain('outside')
  expect(await w.run(['note', '05010/1', 'x', ...JULY])).toMatchObject({ code: 0 })
  expect(await w.run(['note', '0', 'x', ...JULY])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${KEY}, `) as string,
  })
  expect(await w.run(['note', '05010/1202', 'x', ...JULY])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "05010/1200"?') as string,
  })
  const noted = await w.run(['note', '05010/1200', 'a truck on\nits way', ...JULY, '--until', '2026-08', '--json'])
  expect(noted.json()).toMatchObject({ key: KEY, variance: '12000.00', until: '2026-08', text: 'a truck on its way' })

  const second = await reconciled(w)
  expect(second.summary).toMatchObject({ outside: 2, explained: 1 })
  expect(lineOf(second)).toMatchObject({
    verdict: 'outside',
    note: { state: 'explains', text: 'a truck on its way', until: '2026-08', variance: '12000.00' },
  })
  const page = await w.run(['reconcile', ...JULY, '--format', 'html'])
  expect(page.stdout).toContain(`${KEY}  explained until 2026-08: a truck on its way`)
  move('05010/1200', '275340.01')
  const third = await reconciled(w)
  expect(third.summary['explained']).toBe(0)
  expect(lineOf(third)).toMatchObject({ note: { state: 'moved' } })
  const { code, stdout } = await w.run(['reconcile', ...JULY])
  expect(code).toBe(3)
  expect(stdout).toContain(`${KEY}  open again, the note was written on 12,000.00: a truck on its way (`)

  expect(w.audit().filter(({ event }) => event === 'note.added')).toMatchObject([
    { key: KEY, job: 'plant-gl', run: null },
    { key: KEY, job: 'plant-gl', run: null, data: { period: '2026-07', until: '2026-08', variance: '12000.00' } },
  ])
  expect(await w.run(['audit', 'verify'])).toMatchObject({ code: 0 })
  for (const by of [
    ['--key', KEY],
    ['--period', '2026-07'],
    ['--event', 'note.added'],
  ])
    expect(await w.run(['audit', 'show', ...by, '--columns', 'key,data.text'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('a truck on its way') as string,
    })
  const verifier = new URL('../../examples/audit/verify.py', import.meta.url).pathname
  expect(spawnSync('python3', [verifier, join(w.folder, 'state', 'audit')]).status).toBe(0)

  move('05010/1200', '275340.00')
  expect(lineOf(await reconciled(w))).toMatchObject({ note: { state: 'explains' } })
  const production = await world({ qad })
  w.editConfig([w.servers.qad.url, production.servers.qad.url])
  expect(lineOf(await reconciled(w))).toMatchObject({ variance: '12000.00', note: null })
})

test('a break carried into the next period keeps its age, a closed one ends, and damage costs ages alone', async () => {
  const { qad, move } = writable()
  move('05010/1200', '1.00', 8)
  const w = await world({ qad })
  await w.run(['reconcile', ...JULY])
  const breaks = join(w.folder, 'state', 'breaks')
  const [july = ''] = readdirSync(breaks).map((name) => join(breaks, name))
  if (process.platform !== 'win32') expect(statSync(july).mode & 0o777).toBe(0o600)
  // As if it had been seen 33 days and an hour ago.
  const then = new Date(Date.now() - (33 * 24 + 1) * 3_600_000).toISOString()
  writeFileSync(
    july,
    readFileSync(july, 'utf8').replace(/"\d{4}-\d\d-\d\dT[^"]*","2026-07"\]/g, `"${then}","2026-07"]`),
  )
  expect(lineOf(await reconciled(w))).toMatchObject({ ageDays: 33, since: then })
  const csv = await w.run(['reconcile', ...JULY, '--format', 'csv'])
  expect(csv.stdout).toContain('05010,1200,USD,net_amount,287340.00,275340.00,12000.00,4.36,outside,,33\r\n')
  const august = await reconciled(w, '2026-08')
  expect(august.lines.filter(({ since }) => since === then)).toMatchObject([{ ageDays: 33, firstPeriod: '2026-07' }])

  appendFileSync(july, 'torn')
  const { code, stderr } = await w.run(['reconcile', ...JULY])
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('begin anew') as string })
  expect(lineOf(await reconciled(w))).toMatchObject({ ageDays: 0 })
})

test('a note without text, with too much of it, or until an earlier period is refused', async () => {
  const w = await world()
  await w.run(['reconcile', ...JULY])
  const refused: [string, string[]][] = [
    ['no text', ['05010/1200', '  ']],
    ['more than 500', ['05010/1200', 'x'.repeat(501)]],
    ['before the period', ['05010/1200', 'x', '--until', '2026-06']],
    ['no fiscal year has 99 periods', ['05010/1200', 'x', '--until', '2026-99']],
  ]
  for (const [said, args] of refused)
    expect(await w.run(['note', ...args, ...JULY])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(said) as string,
    })
})

interface Reconciled {
  readonly summary: Readonly<Record<string, number>>
  readonly lines: readonly Readonly<Record<string, unknown>>[]
}

async function reconciled(w: World, period = '2026-07'): Promise<Reconciled> {
  return (await w.run(['reconcile', '--job', 'plant-gl', '--period', period, '--json'])).json<Reconciled>()
}

function lineOf({ lines }: Reconciled) {
  return lines.find(({ key }) => key === KEY)
}

/** The demo's QAD with a July that a test may change while it stands. */
function writable() {
  const demo = demoQad()
  const balances: QadBalance[] = [...(demo.companies[0]?.balances ?? [])]
  const companies = demo.companies.map((one, at) => (at === 0 ? { ...one, balances } : one))
  const qad: QadWorld = { ...demo, companies }
  const move = (place: string, amount: string, period = 7) => {
    const at = balances.findIndex((one) => `${one.account}/${one.costCentre}` === place && one.period === period)
    const before = balances[at]
    if (before) balances[at] = { ...before, amount }
  }
  return { qad, move }
}
