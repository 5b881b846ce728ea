import { expect, test } from 'vitest'
import { demoQad } from '../../src/sandbox/company/company.js'
import type { QadBalance, QadWorld } from '../../src/sandbox/qad/world.js'
import { world, type World } from '../support/world.js'

const JULY = ['--job', 'plant-gl', '--period', '2026-07']

test('a break is explained by the neighbouring month, another cost centre, the map, and what the ledger had before', async () => {
  const { qad, ledger } = writable()
  const w = await world({ qad })
  const first = await reconciled(w, JULY)
  expect(causes(first)).toEqual({
    '02010/1300': ['sign'],
    '05010/1200': [],
    '05020/1300': [],
    '05030/1100': ['rounding'],
    '05040/1300': ['unmapped'],
  })
  // Since then the ledger has moved.
  ledger('05010/1100', 7, '419880.46')
  ledger('05030/1200', 7, '59000.12')
  ledger('05030/1200', 6, '61007.33')
  ledger('05020/1100', 7, '199402.97')
  ledger('05020/1200', 7, '140904.88')
  ledger('05010/1300', 7, '356977.47')
  const second = await reconciled(w, JULY)
  expect(causes(second)).toMatchObject({
    '05010/1100': ['latePosting'],
    '05030/1200': ['period', 'latePosting'],
    '05020/1100': ['latePosting', 'costCentre'],
    '05020/1200': ['latePosting', 'costCentre'],
    '05010/1300': ['ignored', 'latePosting'],
  })
  const moved = second.lines.find(({ account, costCentre }) => `${account}/${costCentre}` === '05010/1100')
  expect(moved?.causes).toMatchObject([{ was: '412880.15', now: '419880.46', moved: '7000.31' }])
  const { stdout } = await w.run(['reconcile', ...JULY, '--format', 'csv'])
  expect(stdout).toContain(
    '05030/1100'.replace('/', ',') + ',USD,net_amount,88215.40,88215.41,-0.01,0.00,within,rounding: 2 amounts',
  )
  const each = (await w.run(['reconcile', ...JULY, '--format', 'ndjson'])).stdout.trimEnd().split('\n')
  expect(each.map((line) => JSON.parse(line) as unknown)).toEqual(second.lines)
})

test('the table shows what is compared, by which rule, and the cause beside each variance', async () => {
  const w = await world()
  const { code, stdout, stderr } = await w.run(['reconcile', ...JULY])
  expect(code).toBe(3)
  expect(stdout).toMatch(/VARIANCE +% +AGE +LIKELY CAUSE\n/)
  expect(stdout).toMatch(/05010\/1200 +USD +287,340\.00 +275,340\.00 +12,000\.00 +4\.36 +0 d\n/)
  expect(stdout).toMatch(/-522,895\.10 +-200\.00 +0 d +sign flipped: Looker \+ QAD = 0\.00\n/)
  expect(stderr).toContain('variance = Looker − QAD, debit > 0')
  expect(stderr).toContain('one line for each account, cost centre and currency')
  expect(stderr).toContain(
    'USD: Looker 1,009,695.61, QAD 1,354,781.82, net -345,086.21, gross 709,324.01, only Looker 170,118.90, only QAD 4,310.00',
  )
})

test('at other levels both sides are summed up, never over currencies', async () => {
  const { qad, add } = writable()
  add({ year: 2026, period: 7, account: '05010', costCentre: '1100', currency: 'EUR', amount: '10.00' })
  const w = await world({ qad })
  const total = await reconciled(w, [...JULY, '--level', 'total'])
  expect(total.lines).toMatchObject([
    { account: '', costCentre: '', currency: 'EUR', looker: null, ledger: '10.00', verdict: 'onlyLedger' },
    { account: '', costCentre: '', currency: 'USD', looker: '1009695.61', ledger: '1354781.82', verdict: 'outside' },
  ])
  expect(total).toMatchObject({
    level: 'total',
    summary: { net: null, gross: null },
    totals: [
      { currency: 'EUR', net: '-10.00', gross: '10.00', onlyLedger: '10.00' },
      { currency: 'USD', net: '-345086.21', gross: '345086.21' },
    ],
  })
  const account = await reconciled(w, [...JULY, '--level', 'account'])
  expect(account.lines.find(({ account, currency }) => account === '02010' && currency === 'USD')).toMatchObject({
    causes: [{ kind: 'sign', part: { costCentre: 'Leipzig', amount: '-261447.55' } }],
  })
})

test('the references that QAD holds are compared without asking Looker, for a period and for the year', async () => {
  const w = await world()
  for (const period of ['2026-07', '2026-08'])
    expect(await w.run(['sync', '--job', 'plant-gl', '--period', period, '--yes'])).toMatchObject({ code: 0 })
  const asked = w.looker.queryCalls
  const august = ['--job', 'plant-gl', '--period', '2026-08', '--from', 'references']
  const month = await reconciled(w, [...JULY, '--from', 'references'])
  expect(month).toMatchObject({ from: 'references', basis: 'period' })
  expect(month.lines.find(({ account, costCentre }) => `${account}/${costCentre}` === '05010/1200')).toMatchObject({
    looker: '287340.00',
    ledger: '275340.00',
  })
  const year = await reconciled(w, [...august, '--ytd'])
  // June is in the ledger and was never posted as a reference: 97 % of July.
  expect(year.lines.find(({ account, costCentre }) => `${account}/${costCentre}` === '05010/1100')).toMatchObject({
    looker: '582161.01',
    ledger: '982654.75',
    figures: 2,
    balances: 3,
  })
  expect(w.looker.queryCalls).toBe(asked)
})

test.each(['2026-99', '2031-01'])(
  'the period %s, which the calendar of QAD does not have, is refused',
  async (period) => {
    const w = await world()
    for (const from of ['references', 'looker']) {
      const ran = await w.run(['reconcile', '--job', 'plant-gl', '--period', period, '--from', from])
      expect(ran).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('MLC-Q032') as string })
    }
    expect(w.looker.queryCalls).toBe(0)
  },
)

test('where both sides have nothing, nothing agrees: it is said in every form, and is a fault unless the job may be empty', async () => {
  const w = await world({ lookerOptions: { faults: [{ kind: 'empty', times: 'always' }] } })
  const thirteenth = ['reconcile', '--job', 'plant-gl', '--period', '2026-13']
  const references = [...thirteenth, '--from', 'references']
  const table = await w.run(references)
  expect(table).toMatchObject({ code: 6, stdout: 'Nothing was compared.\n' })
  expect(table.stderr).toContain('nothing was compared, which is no agreement: QAD holds no reference of the job')
  const json = await w.run([...references, '--json'])
  expect({ code: json.code, ...json.json<object>() }).toMatchObject({ code: 6, nothingCompared: true, lines: [] })
  w.editConfig(['    source:\n', '    source:\n      onEmpty: allow\n'])
  const page = await w.run([...thirteenth, '--format', 'html'])
  expect(page.code).toBe(0)
  expect(page.stdout).toContain('<p class="bad">Nothing was compared.</p>')
  expect(page.stdout).not.toContain('Everything agrees')
  expect(page.stderr).toContain('nothing was compared, which is no agreement: Looker has no figure')
})

test('balances of another period than the one asked for are not counted, and the filter that let them through is blamed', async () => {
  const w = await world()
  w.editConfig(['[xxbal_det.xxbal_per, eq, "{period}"]', '[xxbal_det.xxbal_per, eq, "7"]'])
  const ran = await w.run(['reconcile', '--job', 'plant-gl', '--period', '2026-08', '--json'])
  const { strayBalances } = ran.json<{ strayBalances: number }>()
  expect(strayBalances).toBeGreaterThan(0)
  expect(ran.stderr).toContain(`QAD returned ${strayBalances} balances of other periods and none of the one asked for`)
  expect(ran.stderr).not.toContain('no balance at all')
})

test.each<[string[], string]>([
  [['--level', 'plant'], "'plant' is invalid"],
  [['--from', 'run'], "'run' is invalid"],
  [['--from', 'references', '--run', '01J00000000000000000000000'], '--run and --from name two sources'],
])('%j is refused', async (args, said) => {
  const w = await world()
  const { code, stderr } = await w.run(['reconcile', ...JULY, ...args])
  expect({ code, said: stderr }).toEqual({ code: 2, said: expect.stringContaining(said) as string })
})

test('a year to date is refused without its period, and of a run that holds a month alone', async () => {
  const w = await world()
  w.editConfig(['tolerance: {', 'reconcile: { basis: ytd }\n    tolerance: {'])
  expect(await w.run(['reconcile', '--job', 'plant-gl', '--from', 'references'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('none is given') as string,
  })
  await w.run(['pull', ...JULY])
  const run = w.audit().find(({ event }) => event === 'pull.done')?.run ?? ''
  expect(await w.run(['reconcile', '--run', run])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('holds 2026-07 alone, not the year to date') as string,
  })
  expect(await w.run(['signoff', '--run', run, '--period', '2026-06', '--role', 'preparer'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`run ${run} is of 2026-07, not of 2026-06`) as string,
  })
})

interface Reconciled {
  readonly lines: readonly {
    readonly account: string
    readonly costCentre: string
    readonly currency: string
    readonly verdict: string
    readonly causes: readonly { readonly kind: string }[]
  }[]
}

async function reconciled(w: World, args: readonly string[]): Promise<Reconciled> {
  const ran = await w.run(['reconcile', ...args, '--json'])
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 3 })
  return ran.json<Reconciled>()
}

function causes({ lines }: Reconciled): Record<string, string[]> {
  const breaks = lines.filter(({ verdict }) => verdict !== 'equal')
  return Object.fromEntries(
    breaks.map(({ account, costCentre, causes: found }) => [`${account}/${costCentre}`, found.map(({ kind }) => kind)]),
  )
}

/** The demo's QAD with a ledger that a test may change while it stands. */
function writable() {
  const demo = demoQad()
  const [first] = demo.companies
  if (!first) throw new Error('the demo has no company')
  const balances: QadBalance[] = [...first.balances]
  const qad: QadWorld = {
    ...demo,
    companies: demo.companies.map((one) => (one === first ? { ...one, balances } : one)),
  }
  const ledger = (place: string, period: number, amount: string) => {
    const at = balances.findIndex(
      (one) => `${one.account}/${one.costCentre}` === place && one.period === period && one.layer === undefined,
    )
    const before = balances[at]
    if (!before) throw new Error(`the ledger has no ${place} in ${period}`)
    balances[at] = { ...before, amount }
  }
  return { qad, ledger, add: (balance: QadBalance) => void balances.push(balance) }
}
