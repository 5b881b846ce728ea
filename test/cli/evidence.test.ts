import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { demoConfig } from '../../src/sandbox/company/company.js'
import { readLine } from '../../src/audit/record.js'
import { restated } from '../support/restated.js'
import { world } from '../support/world.js'

const JULY = ['--job', 'plant-gl', '--period', '2026-07']
const EVIDENCE = ['evidence', ...JULY, '-o', 'july.zip']

test(
  'one archive holds the report, its queries, maps, audit lines and the answers, each file with its sum',
  { timeout: 120_000 },
  async () => {
    const w = await world()
    expect(await w.run(['sync', ...JULY, '--yes', '--reason', 'month end July'])).toMatchObject({ code: 0 })
    const later = await world({ looker: restated('88215.40', '88000.00') })
    w.editConfig([w.servers.looker.url, later.servers.looker.url])
    expect(await w.run(['sync', ...JULY, '--yes', '--reconcile'])).toMatchObject({ code: 3 })
    expect(await w.run(['note', '05010/1200', 'truck of 31 July', ...JULY])).toMatchObject({ code: 0 })
    expect(await w.run(['signoff', ...JULY, '--role', 'preparer', '--with-open'])).toMatchObject({ code: 0 })
    expect(await w.run(['signoff', ...JULY, '--role', 'reviewer', '--with-open'])).toMatchObject({ code: 0 })
    expect(await w.run(['sync', '--job', 'procurement', '--period', '2026-07', '--yes'])).toMatchObject({ code: 0 })
    w.write('maps/cost-centres.csv', `${w.read('maps/cost-centres.csv')}Nowhere,1300,,,,\n`)

    const made = await w.run([...EVIDENCE, '--json'])
    expect(made).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/\d breaks are open: the evidence says so/) as string,
    })
    const bytes = readFileSync(join(w.folder, 'july.zip'))
    expect(statSync(join(w.folder, 'july.zip')).mode & 0o777).toBe(0o600)
    const files = Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, one]) => [name, Buffer.from(one)]))
    const text = (name: string) => files[name]?.toString() ?? ''
    const names = Object.keys(files)
    expect(names).toEqual([
      ...['IPE.html', 'report.html', 'report.csv', 'report.json', 'queries/plant-gl.txt'],
      ...['maps/accounts.csv', 'maps/cost-centres.csv', 'audit.jsonl', 'verify.txt', 'MANIFEST.txt'],
    ])
    const told = made.json<Written>()
    expect(told).toMatchObject({ schema: 'mlc/evidence/1', file: 'july.zip', sha256: sha256(bytes), period: '2026-07' })
    expect(told.files.map(({ name }) => name)).toEqual(names)

    const sums = text('MANIFEST.txt').trimEnd().split('\n')
    expect(sums).toEqual(names.slice(0, -1).map((name) => `${sha256(files[name] ?? Buffer.alloc(0))}  ${name}`))

    const lines = text('audit.jsonl').trimEnd().split('\n')
    const audit = w.audit()
    expect(lines).toHaveLength(audit.filter(({ job }) => job === 'plant-gl').length)
    for (const line of lines) expect(readLine(Buffer.from(line))).toHaveProperty('record.job', 'plant-gl')
    const kept = readAuditFile(join(w.folder, 'state', 'audit'))
    for (const line of lines) expect(kept).toContain(line)

    for (const map of ['maps/accounts.csv', 'maps/cost-centres.csv']) expect(text(map)).toBe(w.read(map))
    const pulled = audit.find(({ event }) => event === 'pull.done')
    const { definition, queryId } = pulled?.data['source'] as Record<string, string>
    for (const part of [
      definition,
      queryId,
      'America/Detroit',
      'filter gl.posting_period = 2026-07',
      'asks: field gl.net_amount',
    ])
      expect(text('queries/plant-gl.txt')).toContain(part)
    expect(text('queries/plant-gl.txt')).toMatch(/in Looker: http:\/\/127\.0\.0\.1:\d+\/explore\/finance\/gl\?/)
    expect(text('report.csv')).toContain('05010,1200,USD,net_amount,287340.00,275340.00,12000.00')
    expect(JSON.parse(text('report.json'))).toMatchObject({ schema: 'mlc/reconcile/1', job: 'plant-gl' })
    expect(text('verify.txt')).toMatch(/^\+ Intact: files 1, records \d+.*\n {2}head [0-9a-f]{64}\n/)

    const page = wordsOf(text('IPE.html'))
    for (const said of [
      'month end July',
      '88,215.40 | 88,000.00',
      '-R2',
      'yes: truck of 31 July',
      'preparer | ',
      'The same user signed as preparer and as reviewer.',
      'Not compared, because the ledger has one balance: budget.',
      'changed since, or other than used',
      'as it is here',
      '--yes',
      `${lines.length} lines of the ${audit.length}`,
      audit.length === told.audit.records ? told.audit.head : 'another audit',
    ])
      expect(page).toContain(said)
    expect(page.match(/(^|\n)\d+\. .*\?/g)).toHaveLength(12)

    const again = await w.run(EVIDENCE)
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('MLC-C013') as string })
    expect(sha256(readFileSync(join(w.folder, 'july.zip')))).toBe(told.sha256)

    const month = readdirSync(join(w.folder, 'state', 'audit')).find((name) => name.endsWith('.jsonl')) ?? ''
    w.write(`state/audit/${month}`, w.read(`state/audit/${month}`).replace('88000.00', '88001.00'))
    const forged = await w.run(['evidence', ...JULY, '-o', 'forged.zip'])
    expect(forged).toMatchObject({ code: 8, stderr: expect.stringContaining('MLC-A003') as string })
    expect(readdirSync(w.folder)).not.toContain('forged.zip')
  },
)

test('what was posted into another tenant is no evidence of this one', { timeout: 60_000 }, async () => {
  const w = await world()
  expect(await w.run(['sync', ...JULY, '--yes'])).toMatchObject({ code: 0 })
  const production = await world()
  w.editConfig([w.servers.qad.url, production.servers.qad.url])
  expect(await w.run(EVIDENCE)).toMatchObject({ code: 0 })
  const files = unzipSync(readFileSync(join(w.folder, 'july.zip')))
  const text = (name: string) => Buffer.from(files[name] ?? []).toString()
  const page = wordsOf(text('IPE.html'))
  expect(page).toContain('No run of the period into this QAD stands in the audit: mlc posted nothing there.')
  expect(page).toContain(`10USA/10USACO at ${w.servers.qad.url}/clouderp is no part of this evidence.`)
  expect(text('audit.jsonl')).toBe('')
})

test('of a delivery, whose rows name their period, that period is signed, and no word is said of an answer of Looker', async () => {
  const source = 'look: "42"\n      filters: { gl.posting_period: "{period}" }'
  const w = await world({ config: (urls) => demoConfig(urls).replace(source, 'delivery: true') })
  const row = { 'gl.account_code': '5010', 'plant.name': 'Detroit', 'plant.code': '10-100', 'gl.currency': 'USD' }
  const amounts = { 'gl.posting_period': '2026-07', 'gl.net_amount': 412880.15, 'gl.budget_amount': 400000 }
  w.write('typed.json', JSON.stringify([{ ...row, ...amounts }]))
  expect(await w.run(['ingest', 'typed.json', '--job', 'plant-gl', '--yes'])).toMatchObject({ code: 0 })
  const run = w.audit().find(({ event }) => event === 'pull.done')?.run ?? ''
  const ofRun = ['--run', run, '--period', '2026-07']
  expect(await w.run(['signoff', ...ofRun, '--role', 'preparer', '--with-open'])).toMatchObject({ code: 0 })
  expect(await w.run(['evidence', ...ofRun, '-o', 'july.zip'])).toMatchObject({ code: 0 })
  const page = wordsOf(Buffer.from(unzipSync(readFileSync(join(w.folder, 'july.zip')))['IPE.html'] ?? []).toString())
  expect(page).toContain('nothing proves that Looker made it')
  expect(page).toContain('Amounts are exact decimals from a delivery')
  expect(page).not.toMatch(/Looker gave them|answers? of Looker/)
  expect(page).toMatch(/preparer \| \S+ \| \S+ \| stands/)
})

test.each<[string, readonly string[], string]>([
  ['no file', ['evidence', ...JULY], 'MLC-C006'],
  ['stdout', ['evidence', ...JULY, '-o', '-'], 'Add -o FILE.zip'],
  ['no period', ['evidence', '--job', 'plant-gl', '-o', 'a.zip'], 'Add --period YYYY-PP'],
  [
    'a folder that is not there',
    [...EVIDENCE.slice(0, -1), 'nowhere/a.zip'],
    'cannot be written: the folder does not exist',
  ],
])('%s is refused, and nothing is written', async (_, args, said) => {
  const w = await world()
  expect(await w.run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as string })
  expect(readdirSync(w.folder).filter((name) => name.endsWith('.zip'))).toEqual([])
})

interface Written {
  readonly sha256: string
  readonly audit: { readonly records: number; readonly head: string }
  readonly files: readonly { readonly name: string }[]
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function readAuditFile(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
}

/** The words of a well-formed page, its cells told apart. */
function wordsOf(page: string): string {
  const parser = new SaxesParser()
  let words = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('text', (piece) => (words += piece))
  parser.on('closetag', ({ name }) => (words += name === 'td' || name === 'th' ? ' | ' : ''))
  parser.write(page).close()
  return words
}
