import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoEnterprise } from '../../src/sandbox/company/company.js'
import { enterprise, POST } from '../support/enterprise.js'
import { useJournal, WRITE } from '../support/journal.js'
import type { SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'
import { OTHER } from './qxtend/comma.js'
import { july, JULY, withEnterprise } from './qxtend/site.js'
import { all } from './site.js'

/**
 * What a sandbox of QAD has to make possible, line by line, over every way in that a QAD answers on. (Files have no other side that
 * could refuse, lock or lose: their lines are in contract.test.ts and test/cli/file.test.ts.) Not shown anywhere: that a real QAD
 * refuses a second key, and how late it may still commit; mlc qad probe says so of each tenant.
 */
interface Way {
  readonly make: () => Promise<World>
  /** Path or QDoc of the write. */
  readonly door: string
}

const WAYS: readonly (readonly [string, Way])[] = [
  ['Adaptive, records', { make: () => world(), door: '/api/bdoc' }],
  ['Adaptive, journal', { make: () => journals(), door: 'transientJournalEntries' }],
  ['QXtend, journal', { make: () => enterprise(), door: POST }],
]

async function journals(write = WRITE): Promise<World> {
  const w = await world({ qad: demoEnterprise() })
  useJournal(w, { write })
  return w
}

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const MINUTES = { timeout: 300_000 }

/** key account amount of everything that QAD holds, sorted. */
function held({ qad }: World): readonly string[] {
  const records = qad.books.map(({ key, account, amount }) => `${key} ${account} ${amount}`)
  const entries = qad.entries.map(({ secondText, lines }) => {
    const line = lines.find(({ account }) => account !== '09990')
    const amount = /[1-9]/.test(line?.debit ?? '') ? (line?.debit ?? '') : `-${line?.credit ?? ''}`
    return `${secondText.replace('mlc:', '')} ${line?.account ?? ''} ${amount}`
  })
  return [...records, ...entries].sort()
}

function jobOf(ran: { json<T>(): T }) {
  return ran.json<SyncJson>().jobs[0]
}

describe.each(WAYS)('%s', (_name, { make, door }) => {
  test(
    'same run twice = no second record; amounts equal to the cent; leading zeros survive; the audit has no password',
    MINUTES,
    async () => {
      const w = await make()
      const first = await w.run(SYNC)
      expect({ code: first.code, stderr: first.stderr }).toMatchObject({ code: 0 })
      const records = jobOf(first)?.records ?? []
      const sent = records.map(({ key, account, amount }) => `${key} ${account} ${amount}`).sort()
      expect(held(w)).toEqual(sent)
      expect(records.every(({ account }) => /^0\d{4}$/.test(account))).toBe(true)
      expect(jobOf(await w.run(SYNC))?.push).toMatchObject({ created: 0, revised: 0, same: records.length })
      expect(held(w)).toEqual(sent)
      const folder = join(w.folder, 'state', 'audit')
      const audit = readdirSync(folder, { encoding: 'utf8' }).map((file) => readFileSync(join(folder, file), 'utf8'))
      for (const secret of [w.env['MLC_QAD_PASSWORD'] ?? '', w.env['MLC_LOOKER_CLIENT_SECRET'] ?? '', 'Bearer '])
        expect([secret.length > 3, audit.some((text) => text.includes(secret))]).toEqual([true, false])
    },
  )

  test('kill -9 between send and answer, rerun = one record', MINUTES, async () => {
    const w = await make()
    w.qad.fault({ fault: { is: 'hang', committed: true }, on: door, method: 'POST', skip: 2 })
    const started = w.start(SYNC)
    await expect.poll(() => held(w).length, { timeout: 120_000, interval: 50 }).toBe(3)
    started.kill('SIGKILL')
    await started.ended
    const again = await w.run(SYNC)
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 })
    const keys = held(w).map((one) => one.split(' ')[0])
    expect([new Set(keys).size, keys.length]).toEqual([keys.length, jobOf(again)?.records.length])
  })

  test('unknown outcome = exit code ≠ 0 and listed by mlc status', MINUTES, async () => {
    const w = await make()
    w.qad.fault({ fault: { is: 'reset' }, on: door, method: 'POST', skip: 3 })
    const ran = await w.run(SYNC)
    const unknown = jobOf(ran)?.records.filter(({ status }) => status === 'unknown') ?? []
    expect([ran.code, unknown.length]).toEqual([5, 1])
    const { stdout, stderr } = await w.run(['status'])
    expect(stdout + stderr).toContain(unknown[0]?.key)
  })

  test('a locked period = rejected before any write; a wrong workspace = refused', MINUTES, async () => {
    const w = await make()
    const open = w.qad.company('10USA_10USACO')
    if (!open) throw new Error('the demo has no such workspace')
    w.qad.replaceCompany({ ...open, periods: open.periods.map((period) => ({ ...period, status: 'locked' as const })) })
    const locked = await w.run(SYNC)
    expect([locked.code, jobOf(locked)?.error?.code]).toEqual([6, 'MLC-Q031'])
    w.qad.replaceCompany(open)
    w.editConfig(['entity: 10USACO', 'entity: 20EUCO'])
    const strange = await w.run(SYNC)
    expect(strange.code).not.toBe(0)
    expect(held(w)).toEqual([])
    expect(
      w.qad.requests.filter(
        ({ path, browseId, method }) => method === 'POST' && (path.includes(door) || browseId === door),
      ),
    ).toEqual([])
  })
})

test('an official-layer daybook = refused', MINUTES, async () => {
  const ways = [await journals(WRITE.replace('RECTR', 'RECOFF')), await enterprise()]
  ways[1]?.editConfig(['daybook: RECTR', 'daybook: RECOFF'])
  for (const w of ways) {
    const ran = await w.run(SYNC)
    expect([ran.code, jobOf(ran)?.error?.code, held(w)]).toEqual([6, 'MLC-Q043', []])
  }
})

test('amounts equal to the cent in a domain that writes commas', async () => {
  await withEnterprise(OTHER, async ({ ledger, sandbox }) => {
    const place = { domain: '20EU', entity: '20NLCO', account: '005010', costCentre: 'W-1', currency: 'EUR' }
    const amounts = ['1234567.89', '-0.01', '120.50']
    for (const amount of amounts)
      expect(await ledger.post([july({ ...place, measure: amount, amount })])).toMatchObject([{ status: 'posted' }])
    const stored = sandbox.entries.map(({ lines }) => lines[0]).map((line) => [line?.debit, line?.credit])
    expect(stored).toEqual([
      ['1234567.89', '0.00'],
      ['0.00', '0.01'],
      ['120.50', '0.00'],
    ])
    const back = await all(ledger.posted(JULY))
    expect(back.map(({ amount }) => amount.replace(/0$/, '')).sort()).toEqual(['-0.01', '120.5', '1234567.89'])
    expect(back.every(({ account }) => account === '005010')).toBe(true)
  })
})
