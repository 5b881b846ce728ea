import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoEnterprise } from '../../src/sandbox/company/company.js'
import { add, money, toText } from '../../src/model/money.js'
import { TEMPLATE, useJournal, WRITE } from '../support/journal.js'
import { restated } from '../support/restated.js'
import type { SyncJson } from '../support/shapes.js'
import { until } from '../support/until.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const DOOR = '/transientJournalEntries'

type Changes = Parameters<typeof useJournal>[1]

async function journals(changes: Changes = {}, options: Parameters<typeof world>[0] = {}): Promise<World> {
  // Journals take manual postings only.
  const w = await world({ qad: demoEnterprise(), ...options })
  useJournal(w, changes)
  return w
}

const keysIn = ({ qad }: World) => qad.entries.map(({ secondText }) => secondText)
const jobOf = (ran: { json<T>(): T }) => ran.json<SyncJson>().jobs[0]
const posts = ({ qad }: World) =>
  qad.requests.filter(({ path, method }) => method === 'POST' && path.endsWith(DOOR)).length

/** What all entries under a key and its revisions add up to on the account that is not the offset. */
function totals({ qad }: World): Map<string, string> {
  const sums = new Map<string, string>()
  for (const { secondText, lines } of qad.entries) {
    const base = secondText.replace(/-R\d+$/, '')
    const line = lines.find(({ account }) => account !== '09990')
    const movement = add(money(line?.debit ?? '0'), money(`-${line?.credit ?? '0'}`.replace('-0.00', '0')))
    sums.set(base, toText(add(money(sums.get(base) ?? '0'), movement)))
  }
  return sums
}

/** Revisions of a journal add up: what the audit says of them is what QAD's entries come to, and each traces back to its rows. */
async function tellsWhatStands(w: World): Promise<void> {
  const summed = await w.run(['audit', 'show', '--period', '2026-07', '--totals', '--json'])
  const told = summed.json<{ totals: { amount: string; posted: string }[] }>().totals
  const held = [...totals(w).values()].map(money).reduce(add)
  for (const name of ['amount', 'posted'] as const)
    expect(toText(told.map((total) => money(total[name])).reduce(add))).toBe(toText(held))
  const columns = ['--columns', 'before,amount,total', '--format', 'csv']
  const revised = await w.run(['audit', 'show', '--revised', '--event', 'record.sent', ...columns])
  expect(revised.stdout.trim().split('\r\n').slice(1)).toEqual([
    '88215.40,-215.40,88000.00',
    '88000.00,215.40,88215.40',
  ])
  const key = w.qad.entries.at(-1)?.secondText.replace('mlc:', '') ?? ''
  for (const one of [key, key.replace('-R3', '-R2')])
    expect((await w.run(['trace', one, '--json'])).json<{ figure: object }>().figure).toMatchObject({ ties: true })
}

describe('a sync of journals', () => {
  test('posts every figure once as an entry that balances, reads it back, and posts nothing the second time', async () => {
    const w = await journals()
    const first = await w.run(SYNC)
    expect(first).toMatchObject({ code: 0 })
    expect(jobOf(first)?.push).toMatchObject({ created: 24, failed: 0, unknown: 0, conflict: 0 })
    expect(jobOf(first)?.records.every(({ status }) => status === 'posted')).toBe(true)
    expect([w.qad.entries.length, new Set(keysIn(w)).size, w.qad.books.length]).toEqual([24, 24, 0])
    const [entry] = w.qad.entries
    expect(entry).toMatchObject({ daybook: 'RECTR', year: 2026, period: 7, date: '2026-07-31', voucher: 1 })
    expect(entry?.secondText).toMatch(/^mlc:MLC[0-9A-Z]{26}$/)
    expect(entry?.lines[1]).toMatchObject({
      account: '09990',
      debit: entry?.lines[0]?.credit,
      credit: entry?.lines[0]?.debit,
    })
    const again = await w.run(SYNC)
    expect(again).toMatchObject({ code: 0 })
    expect(jobOf(again)?.push).toMatchObject({ created: 0, same: 24 })
    expect(posts(w)).toBe(24)
  })

  test.each([0, 5, 23])('killed after %i entries, the same sync run again leaves each exactly once', async (done) => {
    const w = await journals()
    w.qad.fault({ fault: { is: 'hang', committed: true }, on: DOOR, method: 'POST', skip: done })
    const running = w.start(SYNC)
    await until(() => posts(w) > done)
    running.kill('SIGKILL')
    await running.ended
    w.qad.clearFaults()
    const again = await w.run(SYNC)
    expect(again).toMatchObject({ code: 0 })
    expect(jobOf(again)?.push).toMatchObject({ same: done + 1, created: 23 - done })
    expect([w.qad.entries.length, new Set(keysIn(w)).size]).toEqual([24, 24])
    expect((await w.run(['audit', 'verify'])).code).toBe(0)
  })

  test('a restated figure is adjusted by the difference, up and down again, and the revisions add up', async () => {
    const w = await journals()
    await w.run(SYNC)
    const url = w.servers.looker.url
    const other = await world({ looker: restated('88215.40', '88000.00') })
    w.editConfig([url, other.servers.looker.url])
    const changed = await w.run(SYNC)
    expect(changed).toMatchObject({ code: 0 })
    expect(jobOf(changed)?.push).toMatchObject({ created: 0, revised: 1, same: 23 })
    const revised = jobOf(changed)?.records.find(({ status }) => status === 'posted')
    expect(revised).toMatchObject({ amount: '-215.40', total: '88000.00', revision: 2, account: '05030' })
    expect([...totals(w).values()]).toContain('88000')
    expect(jobOf(await w.run(SYNC))?.push).toMatchObject({ revised: 0, same: 24 })
    w.editConfig([other.servers.looker.url, url])
    const back = await w.run(SYNC)
    expect(jobOf(back)?.records.find(({ status }) => status === 'posted')).toMatchObject({
      amount: '215.40',
      revision: 3,
    })
    expect([...totals(w).values()]).toContain('88215.4')
    expect(w.qad.entries).toHaveLength(26)
    await tellsWhatStands(w)
  })

  test('a zero posts nothing, says so, and leaves nothing to replay', async () => {
    const w = await journals({}, { looker: restated('88215.40', '0.00') })
    const ran = await w.run(SYNC)
    expect(ran).toMatchObject({ code: 0 })
    expect(jobOf(ran)?.push).toMatchObject({ created: 23, skipped: 1 })
    const zero = jobOf(ran)?.records.find(({ status }) => status === 'skipped')
    expect(zero).toMatchObject({ amount: '0.00', code: null, message: 'a journal of zero posts nothing' })
    expect(w.qad.entries).toHaveLength(23)
    expect((await w.run(['replay', '--yes'])).stderr).toContain('Nothing is left to replay.')
    expect(await w.run(SYNC)).toMatchObject({ code: 0 })
    expect(w.qad.entries).toHaveLength(23)
  })

  test('onRestate: refuse stops the job before anything is posted', async () => {
    const w = await journals()
    await w.run(SYNC)
    const other = await world({ looker: restated('88215.40', '88000.00') })
    w.editConfig([w.servers.looker.url, other.servers.looker.url], ['onRestate: adjust', 'onRestate: refuse'])
    const ran = await w.run(SYNC)
    expect(ran).toMatchObject({ code: 6 })
    expect(jobOf(ran)?.error).toMatchObject({ code: 'MLC-P019' })
    expect(w.qad.entries).toHaveLength(24)
  })

  test('an answer that is lost leaves one entry: replay asks QAD first', async () => {
    const w = await journals()
    w.qad.fault({ fault: { is: 'reset', committed: true }, on: DOOR, method: 'POST', skip: 3 })
    w.qad.fault({ fault: { is: 'reset' }, on: DOOR, method: 'POST', skip: 7 })
    await w.run(SYNC)
    await w.run(['replay', '--yes'])
    expect(await w.run(SYNC)).toMatchObject({ code: 0 })
    expect([w.qad.entries.length, new Set(keysIn(w)).size]).toEqual([24, 24])
  })

  test('an entry that QAD stored twice is a conflict, and nothing of mlc repairs it', async () => {
    const w = await journals()
    w.qad.fault({ fault: { is: 'twice' }, on: DOOR, method: 'POST', skip: 3 })
    const ran = await w.run(SYNC)
    expect(ran).toMatchObject({ code: 5 })
    expect(jobOf(ran)?.push).toMatchObject({ created: 23, conflict: 1 })
    expect(await w.run(SYNC)).toMatchObject({ code: 5 })
    expect(w.qad.entries).toHaveLength(25)
  })

  test('an entry that QAD moved to another period is in conflict or unknown, and is not posted again', async () => {
    const w = await journals()
    w.qad.fault({
      fault: { is: 'alterEntry', change: { period: 8, date: '2026-08-01' } },
      on: DOOR,
      method: 'POST',
      skip: 3,
    })
    const ran = await w.run(SYNC)
    expect(ran).toMatchObject({ code: 5 })
    expect(jobOf(ran)?.push).toMatchObject({ created: 23 })
    await w.run(SYNC)
    expect(w.qad.entries).toHaveLength(24)
  })
})

describe('before anything is posted', () => {
  const allowed = WRITE.replace('daybook: RECTR', 'daybook: RECOFF\n    allowOfficialLayer: true')

  test.each([
    [
      'a daybook on the official layer',
      WRITE.replace('RECTR', 'RECOFF'),
      'MLC-Q043',
      'OFFICIAL, which counts in the books',
    ],
    ['the official layer with --yes and nobody to type it', allowed, 'MLC-Q043', 'nobody has typed yes'],
    ['an unknown daybook', WRITE.replace('RECTR', 'NOSUCH'), 'MLC-Q044', 'QAD shows no daybook NOSUCH'],
    ['an inactive daybook', WRITE.replace('RECTR', 'OLDJE'), 'MLC-Q044', 'OLDJE is inactive'],
    ['an unknown offset account', WRITE.replace('09990', '9990'), 'MLC-Q044', 'offset account 9990'],
    ['an inactive offset account', WRITE.replace('09990', '05090'), 'MLC-Q044', '05090 of the journal is inactive'],
    [
      'a path that the Swagger document lacks',
      WRITE.replace('path: /api/erp/transient', 'path: /api/erp/'),
      'MLC-Q041',
      'qad.write.path',
    ],
  ])('%s is refused, exit 6, in a sync and in a dry run', async (_name, write, code, says) => {
    const w = await journals({ write })
    for (const flags of [[], ['--dry-run']]) {
      if (says.includes('typed') && flags.length > 0) continue
      const ran = await w.run([...SYNC, ...flags])
      expect(ran).toMatchObject({ code: 6 })
      expect(jobOf(ran)?.error).toMatchObject({ code, message: expect.stringContaining(says) as string })
    }
    expect([posts(w), w.qad.entries.length]).toEqual([0, 0])
    expect(w.audit().filter(({ event }) => event === 'record.sent')).toEqual([])
  })

  const LINE = TEMPLATE.split('\n').findIndex((line) => line.includes('{{account}}')) + 1

  test.each([
    [
      'an unknown name',
      TEMPLATE.replace('{{account}}', '{{acount}}'),
      'MLC-C017',
      new RegExp(`journal\\.json\\.tmpl line ${LINE}: \\{\\{acount\\}\\}`),
    ],
    ['no JSON', TEMPLATE.replace('"{{account}}"', '{{account}}'), 'MLC-C018', /journal\.json\.tmpl/],
  ])('a template with %s is refused, exit 2', async (_name, template, code, says) => {
    const w = await journals({ template })
    const ran = await w.run(SYNC)
    expect(ran).toMatchObject({ code: 2 })
    expect(jobOf(ran)?.error).toMatchObject({ code, message: expect.stringMatching(says) as string })
    expect(posts(w)).toBe(0)
  })

  test('a template that is not there is refused, exit 2', async () => {
    const w = await journals({ write: WRITE.replace('journal.json.tmpl', 'other.json.tmpl') })
    const ran = await w.run(SYNC)
    expect(ran).toMatchObject({ code: 2 })
    expect(jobOf(ran)?.error).toMatchObject({ code: 'MLC-C011' })
  })
})

test('where the tenant has a check, what it refuses is never sent to be saved', async () => {
  const write = `${WRITE}    validatePath: /api/erp/transientJournalEntries/validate\n`
  const qad = demoEnterprise()
  const posting = (code: string) => (code === '05030' ? ('Automatic' as const) : ('Manual' as const))
  const companies = qad.companies.map((company) => ({
    ...company,
    accounts: company.accounts.map((account) => ({ ...account, posting: posting(account.code) })),
  }))
  const w = await journals({ write }, { qad: { ...qad, companies } })
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 5 })
  const failed = jobOf(ran)?.records.filter(({ status }) => status === 'failed') ?? []
  expect(failed.length).toBeGreaterThan(0)
  expect(failed.every(({ account, code }) => account === '05030' && code === 'MLC-Q020')).toBe(true)
  expect(posts(w)).toBe(24 - failed.length)
  expect(w.qad.entries).toHaveLength(24 - failed.length)
})

describe.skipIf(!existsSync('/usr/bin/script'))('the official layer, allowed in mlc.yaml, on a terminal', () => {
  test.each([
    ['yes', 24],
    ['y', 0],
  ])('typed %s: %i entries, though --yes was given', async (typed, count) => {
    const qad = demoEnterprise()
    const journal = qad.journal ? { ...qad.journal, isTransient: false } : null
    const write = WRITE.replace('daybook: RECTR', 'daybook: RECOFF\n    allowOfficialLayer: true')
    const w = await journals({ write }, { qad: { ...qad, journal } })
    const screen = await onTerminal('sync --job plant-gl --period 2026-07 --yes', w, `${typed}\r`)
    expect(screen).toContain('the daybook RECOFF posts to the layer type OFFICIAL, which counts in the books of 10USA')
    expect(w.qad.entries).toHaveLength(count)
    const approvals = w.audit().filter(({ data }) => data['approved'] === 'typed yes')
    expect(approvals).toHaveLength(count === 0 ? 0 : 1)
  })
})

/** The screen of a person who types `keys` when asked. */
async function onTerminal(args: string, { folder, env }: World, keys: string): Promise<string> {
  const mlc = join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')
  const child = spawn('script', ['-qefc', `stty cols 200; ${process.execPath} ${mlc} ${args}`, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TERM: 'xterm', NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  let isTyped = false
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8')
    if (isTyped || !screen.includes('Only "yes" is accepted')) return
    isTyped = true
    child.stdin.write(keys)
  })
  await new Promise((resolve) => child.once('close', resolve))
  return screen
}
