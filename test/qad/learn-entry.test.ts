import { describe, expect, test } from 'vitest'
import { learn } from '../../src/qad/learn/learn.js'
import { demoSteps, JOURNAL_SAVE } from '../support/capture.js'
import { edited, learned, sectionOf } from './learned.js'

describe('what the one entry of the capture had, and another figure has not', () => {
  type Entry = Record<string, unknown> & { journalEntryLines: Record<string, unknown>[] }
  const lines = (field: string, first: unknown, other: unknown) => (entry: Entry) => ({
    ...entry,
    journalEntryLines: entry.journalEntryLines.map((line, index) => ({
      ...line,
      [field]: index === 0 ? first : other,
    })),
  })
  const figure = 'goes by the name of what differs from figure to figure'
  const side = 'does it tell debit from credit?'
  test.each<[string, (entry: Entry) => object, string, string]>([
    [
      'a date of another spelling',
      (entry) => ({ ...entry, postingDate: '07/31/2026' }),
      'held a date',
      '"postingDate": ""',
    ],
    ['a date as a number', (entry) => ({ ...entry, postingDate: 1785456000000 }), figure, '"postingDate": null'],
    ['a period of another spelling', (entry) => ({ ...entry, glPeriod: '2026-07' }), figure, '"glPeriod": ""'],
    ['a second year', (entry) => ({ ...entry, fiscalYear: 2026 }), figure, '"fiscalYear": null'],
    ['a second account', lines('accountCode', '05010', '09990'), 'differs from line to line', '"accountCode": ""'],
    ['a second currency', lines('currency', 'USD', 'USD'), figure, '"currency": ""'],
    ['a side as a word', lines('sign', 'D', 'C'), side, '{{#first}}"D"{{/first}}{{^first}}"C"{{/first}}'],
    ['a side as yes or no', lines('isDr', true, false), side, '{{#first}}true{{/first}}{{^first}}false{{/first}}'],
  ])('%s', async (_, change, said, left) => {
    const save = edited(JOURNAL_SAVE, (body) => {
      const [entry] = body['transientJournalEntries'] as Entry[]
      return { ...body, transientJournalEntries: entry ? [change(entry)] : [] }
    })
    const findings = await learned(demoSteps([{ ...save, answer: { status: 200, text: '{}' } }]))
    expect(sectionOf(findings)).toMatch(new RegExp(`# CHANGE ME: .*${said.replace('?', '\\?')}`))
    expect(findings.templates.get('journal.json.tmpl')).toContain(left)
  })

  test('a line number follows the line, and an amount of zero stays', async () => {
    const save = edited(JOURNAL_SAVE, (body) => {
      const [entry] = body['transientJournalEntries'] as Entry[]
      return {
        ...body,
        transientJournalEntries: entry ? [lines('debitLC', 0, 0)(lines('lineNr', 1, 2)(entry))] : [],
      }
    })
    const findings = await learned(demoSteps([{ ...save, answer: { status: 200, text: '{}' } }]))
    expect(sectionOf(findings)).not.toMatch(/lineNr|debitLC/)
    expect(findings.templates.get('journal.json.tmpl')).toMatch(/"debitLC": 0\b/)
  })

  test('what stands deeper in the lines of a QDoc', () => {
    const line =
      '<a:line><a:tcGLCode>5010</a:tcGLCode><a:debit>1</a:debit><a:credit>0</a:credit><a:saf><a:code>X</a:code></a:saf></a:line>'
    const findings = learn(
      `<a:doc xmlns:a="urn:schemas-qad-com:xml-services"><a:post>${line}</a:post></a:doc>`,
      'q.xml',
    )
    expect(sectionOf(findings)).toContain('# CHANGE ME: a line had more below saf, which the template leaves out')
  })
})
