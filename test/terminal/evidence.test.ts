import { SaxesParser } from 'saxes'
import { describe, expect, test } from 'vitest'
import { columns, evidencePage, type Answer } from '../../src/terminal/report/evidence.js'

const HOSTILE = [
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  ']]><a href="javascript:alert(1)">x</a>',
  '\u001b[31m\u202eevil\u0000',
]

const CONTROL = new Set(['\u0000', '\u001b', '\u202e'])

/** Tags and text of the page as a strict parser reads it: an error in its markup throws. */
function read(title: string, answers: readonly Answer[], files: readonly (readonly [string, string])[] = []) {
  const parser = new SaxesParser()
  const tags: string[] = []
  let text = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => tags.push([name, ...Object.values(attributes)].join(' ')))
  parser.on('text', (piece) => (text += piece))
  parser.write([...evidencePage({ title, at: '2026-08-03T06:20:11Z', answers, files })].join('')).close()
  return { tags, text }
}

function answerOf(said: string): Answer {
  return { question: said, says: [said], tables: [{ columns: columns([said], ['Amount']), rows: [[said, '1.00']] }] }
}

describe('the page of an archive', () => {
  test.each(HOSTILE)('shows %j as text wherever it stands', (hostile) => {
    const plain = read('a', [answerOf('b')], [['c', 'd']])
    const page = read(hostile, [answerOf(hostile)], [[hostile, hostile]])
    expect(page.tags).toEqual(plain.tags)
    expect([...page.text].filter((letter) => CONTROL.has(letter))).toEqual([])
  })

  test('numbers its answers, and aligns amounts alone', () => {
    const { text, tags } = read('plant-gl 2026-07', [answerOf('first?'), answerOf('second?')])
    expect(text).toMatch(/1\. first\?[\s\S]*2\. second\?/)
    expect(tags.filter((tag) => tag.startsWith('td'))).toEqual(['td', 'td amount', 'td', 'td amount'])
  })

  test.each([
    [500, null],
    [501, '1 more line is in the files only.'],
    [700, '200 more lines are in the files only.'],
  ])('of %i lines says what it leaves out', (count, said) => {
    const rows = Array.from({ length: count }, (_, at) => [`row ${at}`])
    const { text, tags } = read('a', [{ question: 'q', says: [], tables: [{ columns: columns(['A']), rows }] }])
    expect(tags.filter((tag) => tag === 'td')).toHaveLength(500)
    expect(/[\d,]+ more lines? .*/.exec(text)?.[0] ?? null).toBe(said)
  })
})
