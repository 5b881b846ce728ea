import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createOutbox } from '../../src/composition/outbox.js'
import { createAdaptive } from '../../src/qad/adaptive.js'
import { createFileLedger } from '../../src/qad/file/ledger.js'
import type { AdaptiveOptions, JournalOptions } from '../../src/qad/options.js'
import { compileTemplate } from '../../src/qad/template/template.js'
import { demoEnterprise, demoQad } from '../../src/sandbox/company/company.js'
import { TEMPLATE } from '../support/journal.js'
import { ledgerContract, type Way } from './contract.js'
import { all, options, PERIOD, ports, reference, withSite, type SiteSpec } from './site.js'
import { withEnterprise, type EnterpriseSpec } from './qxtend/site.js'
import { PASSWORD, READS, world } from './world.js'

ledgerContract('Adaptive, records', (use) => adaptive({}, /^\/api\/bdoc\//, {}, use))
ledgerContract('Adaptive, journal', (use) => adaptive(journalSite(), /transientJournalEntries$/, journalOptions(), use))
ledgerContract('QXtend, journal', enterprise)
ledgerContract('file, csv', (use) => files('csv', use))
ledgerContract('file, xml', (use) => files('xml', use))

async function adaptive(
  spec: SiteSpec,
  door: RegExp,
  changes: Partial<AdaptiveOptions>,
  use: (way: Way) => Promise<void>,
): Promise<void> {
  await withSite({ ...spec, changes }, async ({ sandbox, ledger, url, clock }) => {
    await use({
      ledger,
      again: () => createAdaptive(options(url, changes), ports(clock)),
      writes: () => sandbox.requests.filter(({ path, method }) => method === 'POST' && door.test(path)).length,
      loseAnswer: () => void sandbox.fault({ fault: { is: 'reset', committed: true }, on: door, method: 'POST' }),
      refuse: (sent) => ({ ...sent, account: '5990' }),
    })
  })
}

/** The same books behind QXtend. */
async function enterprise(use: (way: Way) => Promise<void>): Promise<void> {
  const { qxtend } = demoEnterprise()
  const spec = { world: { ...world(), ...journalSite().world, qxtend }, user: { username: 'mlc', password: PASSWORD } }
  const door = 'maintainJournalEntry'
  await withEnterprise(spec as EnterpriseSpec, async ({ sandbox, ledger, again }) => {
    await use({
      ...{ ledger, again },
      writes: () => sandbox.requests.filter(({ browseId }) => browseId === door).length,
      loseAnswer: () => void sandbox.fault({ fault: { is: 'reset', committed: true }, on: door }),
      refuse: (sent) => ({ ...sent, account: '5990' }),
    })
  })
}

function journalSite(): SiteSpec {
  const { journal, browses } = demoQad()
  const base = world()
  const daybook = { code: 'RECTR', description: 'Recon', type: 'JOURNALENTRY', control: 'EXTERNAL' as const }
  const layer = { layer: 'RECON', layerType: 'TRANSIENT' as const, active: true }
  const offset = { code: '09990', description: 'Offset', type: 'STANDARD', active: true }
  const companies = base.companies.map((company) => ({
    ...company,
    daybooks: [{ ...daybook, ...layer }],
    accounts: [
      // The rules of analysis are not what this is about.
      ...company.accounts.map((account) => ({ ...account, analysis: 'COSTCENTER' as const })),
      { ...offset, posting: 'Manual' as const, analysis: 'NONE' as const },
    ],
  }))
  const more = browses.filter(({ of }) => of === 'postings' || of === 'daybooks')
  return { world: { ...base, companies, journal: journal ?? null, browses: [...base.browses, ...more] } }
}

function journalOptions(): Partial<AdaptiveOptions> {
  const { journal, browses } = demoQad()
  const columnsOf = (subject: string) => browses.find(({ of }) => of === subject)
  const [postings, daybooks] = [columnsOf('postings'), columnsOf('daybooks')]
  const write: JournalOptions = {
    ...{ target: 'journal', path: journal?.path ?? '', viewUri: journal?.viewUri, validatePath: journal?.validatePath },
    ...{ daybook: 'RECTR', offsetAccount: '09990', keyPrefix: 'mlc:', allowOfficialLayer: false, settleSeconds: 60 },
    template: compileTemplate(TEMPLATE, 'journal.json.tmpl'),
  }
  const { key, year, period, account, costCentre, currency, debit, credit } = postings?.columns ?? {}
  const { code, layerType, active } = daybooks?.columns ?? {}
  const reads = {
    ...READS,
    posted: {
      browse: postings?.id ?? '',
      columns: { key, year, period, account, costCentre, currency, debit, credit },
    },
    daybooks: { browse: daybooks?.id ?? '', columns: { code, layerType, active } },
  }
  return { write, reads }
}

async function files(format: 'csv' | 'xml', use: (way: Way) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'mlc-outbox-'))
  const make = () => createFileLedger({ format, fields: {}, constants: {} }, createOutbox(dir), null)
  const writes = () => (existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith(format)).length : 0)
  try {
    await use({ ledger: make(), again: make, writes, loseAnswer: null, refuse: null })
  } finally {
    rmSync(dir, { recursive: true })
  }
}

test('a file is never written over, and what an importer has fetched is still known', async () => {
  await files('csv', async ({ ledger, again }) => {
    await ledger.post([reference({ measure: 'a' })])
    await again().post([reference({ measure: 'b' })])
    expect(await all(again().posted(PERIOD))).toHaveLength(2)
  })
  const dir = mkdtempSync(join(tmpdir(), 'mlc-outbox-'))
  const ledger = createFileLedger(
    { format: 'csv', fields: { key: 'Ref', amount: 'Amt' }, constants: { src: 'L' } },
    createOutbox(dir),
    null,
  )
  const sent = reference()
  await ledger.post([sent])
  const name = `mlc-${sent.run}.csv`
  expect(readFileSync(join(dir, name), 'utf8')).toBe(`src,Ref,Amt\r\nL,${sent.key},412880.15\r\n`)
  rmSync(join(dir, name))
  expect(await all(ledger.posted(PERIOD))).toMatchObject([{ key: sent.key, amount: '412880.15' }])
  await ledger.post([reference({ measure: 'b' })])
  expect(readdirSync(dir).filter((one) => one.endsWith('.csv'))).toEqual([`mlc-${sent.run}-2.csv`])
  rmSync(dir, { recursive: true })
})

test('a file that names the year of its records and not the period is read back in every period', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mlc-outbox-'))
  const fields = { key: 'Ref', amount: 'Amt', year: 'Year' }
  const ledger = createFileLedger({ format: 'csv', fields, constants: {} }, createOutbox(dir), null)
  await ledger.post([reference()])
  expect(await all(ledger.posted(PERIOD))).toMatchObject([{ key: reference().key, year: 2026, period: null }])
  rmSync(dir, { recursive: true })
})

test('a folder that cannot be used is refused before anything is sent: MLC-Q045', async () => {
  const ledger = createFileLedger({ format: 'csv', fields: {}, constants: {} }, createOutbox('/dev/null/outbox'), null)
  await expect(ledger.ready?.()).rejects.toMatchObject({ code: 'MLC-Q045', exitCode: 6 })
  expect(await ledger.post([reference()])).toMatchObject([{ status: 'unsent' }])
})
