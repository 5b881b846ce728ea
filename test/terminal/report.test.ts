import { SaxesParser } from 'saxes'
import { unzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import type { NoteShown } from '../../src/model/break.js'
import { htmlReport } from '../../src/terminal/report/html.js'
import type { Report, ReportLine } from '../../src/terminal/report/report.js'
import { xlsxReport } from '../../src/terminal/report/xlsx.js'
import { linesOf } from '../support/lines.js'

const LINE: ReportLine = {
  period: '2026-07',
  account: '5010',
  costCentre: '1200',
  currency: 'USD',
  measure: 'net_amount',
  looker: '287340.00',
  ledger: '275340.00',
  variance: '12000.00',
  percent: '4.36',
  verdict: 'outside',
  cause: 'sign flipped: Looker + QAD = 0.00',
  ageDays: 33,
  causes: [],
  figures: 1,
  balances: 1,
  keys: [],
  note: null,
}

const NOTE: NoteShown = {
  ...{ text: 'truck of 31 July', by: 'ann', at: '2026-08-03T06:00:00.000Z', period: '2026-07', until: null },
  ...{ variance: '12000.00', state: 'explains' },
}

const HOSTILE = [
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '=cmd|"/c calc"!A1',
  ']]><a href="javascript:alert(1)">x</a>',
  '\u001b[31m\u202eevil\u0000',
]

function reportOf(lines: readonly ReportLine[], more: Partial<Report> = {}): Report {
  const fixed = { title: 'plant-gl 2026-07', at: '2026-08-03T06:20:11Z', conventions: ['debit > 0'], warnings: [] }
  return { ...fixed, origin: [['Looker', 'Look 42']], pages: [], totals: [], lines: linesOf(lines), ...more }
}

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/** The page as a strict parser reads it: an error in its markup throws. */
function read(report: Report): { readonly elements: readonly Element[]; readonly text: string } {
  const parser = new SaxesParser()
  const elements: Element[] = []
  let text = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes }))
  parser.on('text', (piece) => (text += piece))
  parser.write([...htmlReport(report)].join('')).close()
  return { elements, text }
}

describe('the page', () => {
  test('shows each break with both sides, its share of the largest, its cause and its age', () => {
    const small = { ...LINE, account: '2010', looker: null, variance: '-3000.00', verdict: 'onlyLedger', cause: null }
    const { elements, text } = read(reportOf([small as ReportLine, LINE]))
    expect(text.indexOf('5010/1200')).toBeLessThan(text.indexOf('2010/1200'))
    expect(text).toContain('Looker 287,340.00 · QAD 275,340.00')
    expect(text).toContain('Looker — · QAD 275,340.00')
    expect(text).toContain('Likely: sign flipped: Looker + QAD = 0.00')
    expect(text).toContain('No cause found.')
    expect(text).toContain('open for 33 days')
    expect(elements.flatMap(({ attributes }) => attributes['style'] ?? [])).toEqual(['width:100.00%', 'width:25.00%'])
  })

  test('adds no currency to another, and shows net beside gross', () => {
    const totals = [
      { measure: 'net_amount', currency: 'USD', net: '1000.00', gross: '23000.00' },
      { measure: 'net_amount', currency: 'EUR', net: '1.50', gross: '1.50' },
    ]
    const { text } = read(reportOf([LINE], { totals }))
    expect(text).toContain('net variance USD1,000.00')
    expect(text).toContain('gross variance USD23,000.00')
    expect(text).toContain('net variance EUR1.50')
  })

  test('adds no measure to another, and says which is which', () => {
    const totals = ['net_amount', 'budget'].map((measure) => ({ measure, currency: 'USD', net: '5.00', gross: '7.00' }))
    const { text } = read(reportOf([LINE, { ...LINE, measure: 'budget' }], { totals }))
    expect(text).toContain('net variance net_amount USD5.00')
    expect(text).toContain('gross variance budget USD7.00')
    expect(text).not.toContain('24,000.00')
  })

  test.each<[string, NoteShown['state'][], string]>([
    ['none', [], '2 breaks to explain.'],
    ['one', ['explains'], '2 breaks, 1 explained, 1 to explain. Explained is not equal.'],
    ['both', ['explains', 'explains'], '2 breaks, 2 explained, 0 to explain. Explained is not equal.'],
    ['one whose amount moved', ['moved'], '2 breaks to explain.'],
    ['one of an earlier period', ['lapsed'], '2 breaks to explain.'],
  ])('of two breaks with a note on %s it says what is left', (_, states, said) => {
    const lines = [0, 1].map((at) => ({ ...LINE, note: states[at] ? { ...NOTE, state: states[at] } : null }))
    expect(read(reportOf(lines)).text).toContain(said)
  })

  test('shows beside a break what was said of it, and amounts in sentences as elsewhere', () => {
    const cause = 'late posting: QAD has moved by -12000.00 since'
    const { text } = read(reportOf([{ ...LINE, cause, note: NOTE }]))
    expect(text).toContain('explained: truck of 31 July (ann, 2026-08-03)')
    expect(text).toContain('moved by -12,000.00 since')
  })

  test.each([
    [{ account: '' }, '1200'],
    [{ costCentre: '' }, '5010'],
    [{ account: '', costCentre: '' }, 'all'],
  ])('a line at a level that sums up %o is named by what is left', (summed, name) => {
    const page = [...htmlReport(reportOf([{ ...LINE, ...summed }]))].join('')
    expect(page).toContain(`<strong>${name}</strong>`)
  })

  test('says so when nothing is open', () => {
    const { text } = read(reportOf([{ ...LINE, verdict: 'equal', variance: '0.00' }]))
    expect(text).toContain('Everything agrees within tolerance.')
    expect(text).not.toContain('Breaks in')
  })

  test('what comes from the two systems is never markup, and no script or address is loaded', () => {
    const plain = read(reportOf([LINE], { warnings: ['w'] }))
    for (const text of HOSTILE) {
      const line = {
        ...LINE,
        account: text,
        costCentre: text,
        currency: text,
        measure: text,
        cause: text,
        keys: [text],
        note: { ...NOTE, text, by: text },
      }
      const given = { title: text, warnings: [text], conventions: [text], origin: [[text, text]] as const }
      const hostile = read(reportOf([line], { ...given, pages: [[text, 'javascript:alert(1)']] }))
      expect(new Set(hostile.elements.map(({ name }) => name))).toEqual(
        new Set([...plain.elements.map(({ name }) => name), 'code']),
      )
      expect(
        hostile.elements.flatMap(({ attributes }) => [attributes['href'] ?? [], attributes['src'] ?? []].flat()),
      ).toEqual([])
      expect(hostile.text).not.toMatch(/[\u0000\u001b\u202e]/)
    }
  })

  test('links the figures in Looker', () => {
    const exploreUrl = 'https://acme.cloud.looker.com/explore/finance/gl?f[a]=1&b="2"'
    const { elements } = read(reportOf([LINE], { pages: [['Look 42', exploreUrl]] }))
    expect(elements.find(({ name }) => name === 'a')?.attributes['href']).toBe(exploreUrl)
  })

  test('of very many lines it says how many it does not show', () => {
    const many = Array.from({ length: 5_010 }, (_, at) => ({ ...LINE, account: String(10_000 + at) }))
    const { text } = read(reportOf(many))
    expect(text).toContain('4510 more breaks are in the csv only.')
    expect(text).toContain('10 more lines are in the csv only.')
  })
})

describe('the workbook', () => {
  async function sheetOf(report: Report) {
    const files = unzipSync(await xlsxReport(report))
    const text = (name: string) => new TextDecoder().decode(files[name])
    return {
      sheet: text('xl/worksheets/sheet1.xml'),
      about: text('xl/worksheets/sheet2.xml'),
      strings: text('xl/sharedStrings.xml'),
    }
  }

  test('holds amounts as numbers and codes as text', async () => {
    const { sheet, strings } = await sheetOf(reportOf([{ ...LINE, account: '0100' }]))
    expect(sheet).toMatch(/<c r="F2" s="\d+"><v>287340<\/v>/)
    expect(sheet).toMatch(/<c r="B2" t="s">/)
    expect(strings).toContain('<t>0100</t>')
  })

  test('an amount that a spreadsheet would round is text, digit for digit', async () => {
    const { sheet, strings } = await sheetOf(
      reportOf([
        { ...LINE, looker: '12345678901234567.89', ledger: '123456789012.345', variance: '-12345678901234567000.00' },
      ]),
    )
    expect(sheet).toMatch(/<c r="F2" t="s">/)
    expect(strings).toContain('<t>12345678901234567.89</t>')
    expect(strings).toContain('<t>-12345678901234567000.00</t>')
    expect(sheet).toContain('<v>123456789012.345</v>')
  })

  test('of more lines than a sheet has is refused, rather than be one that no spreadsheet opens', async () => {
    const lines = Array.from({ length: 1_048_576 }, () => LINE)
    await expect(xlsxReport(reportOf(lines))).rejects.toMatchObject({ code: 'MLC-C006', fix: 'Use --format csv.' })
  })

  test.each(HOSTILE)('%j is no formula and no markup', async (text) => {
    const line = { ...LINE, account: text, cause: text, looker: text }
    const { sheet, about, strings } = await sheetOf(reportOf([line], { origin: [[text, text]] }))
    expect(sheet + about).not.toContain('<f')
    expect(strings).not.toMatch(/<script|<img|<a |<t[^>]*>=/)
    expect(strings).not.toMatch(/[\u0000\u001b\u202e]/)
  })
})
