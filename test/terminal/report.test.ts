import { SaxesParser } from 'saxes'
import { unzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { htmlReport } from '../../src/terminal/report/html.js'
import type { Report, ReportLine } from '../../src/terminal/report/report.js'
import { xlsxReport } from '../../src/terminal/report/xlsx.js'

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
  return { ...fixed, origin: [['Looker', 'Look 42']], pages: [], lines, ...more }
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
    const other = { ...LINE, variance: '-11000.00' }
    const { text } = read(reportOf([LINE, other, { ...LINE, currency: 'EUR', variance: '1.5' }]))
    for (const shown of ['net variance USD', '1,000.00', 'gross variance USD', '23,000.00', 'net variance EUR', '1.50'])
      expect(text).toContain(shown)
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

  test.each(HOSTILE)('%j is no formula and no markup', async (text) => {
    const line = { ...LINE, account: text, cause: text, looker: text }
    const { sheet, about, strings } = await sheetOf(reportOf([line], { origin: [[text, text]] }))
    expect(sheet + about).not.toContain('<f')
    expect(strings).not.toMatch(/<script|<img|<a |<t[^>]*>=/)
    expect(strings).not.toMatch(/[\u0000\u001b\u202e]/)
  })
})
