import { describe, expect, test } from 'vitest'
import { readXml } from '../../src/qad/xml.js'

const ANSWER = `<?xml version="1.0" encoding="UTF-8"?>
<!-- an answer -->
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><ns1:r xmlns:ns1="urn:schemas-qad-com:xml-services" a="&lt;">
<ns1:result>success</ns1:result><ns1:code>00510</ns1:code><ns1:amount>-0.10</ns1:amount>
<ns1:text><![CDATA[OLD-R&D <1>]]> &amp; Erl\u00f6se \u{1F600}&#233;</ns1:text></ns1:r></s:Body></s:Envelope>
`

test('every value stays the text that it was written as', () => {
  const read = readXml(ANSWER)
  const row = read.ok ? read.root.children[0]?.children[0] : undefined
  expect(row?.children.map(({ name, text }) => [name, text])).toEqual([
    ['result', 'success'],
    ['code', '00510'],
    ['amount', '-0.10'],
    ['text', 'OLD-R&D <1> & Erl\u00f6se \u{1F600}\u00e9'],
  ])
})

test('a document is refused wherever it breaks off', () => {
  const whole = ANSWER.trimEnd()
  const accepted = Array.from({ length: whole.length }, (_, length) => whole.slice(0, length)).filter(
    (part) => readXml(part).ok,
  )
  expect(accepted).toEqual([])
  expect(readXml(whole).ok).toBe(true)
})

test('what breaks off in a tag or a text is told from what is wrong', () => {
  expect(readXml(ANSWER.slice(0, 300))).toMatchObject({ ok: false, isEarlyEnd: true })
  expect(readXml('<html><br></html>')).toMatchObject({ ok: false, isEarlyEnd: false })
})

describe('refused is', () => {
  test.each([
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a DOCTYPE with an entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['an entity besides the five', '<a>&nbsp;</a>'],
    ['a tag that another closes', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['an attribute twice', '<a x="1" x="2"/>'],
    ['a prefix that nothing binds', '<a:b/>'],
    ['a control character', '<a>\u0001</a>'],
    ['a control character as a number', '<a>&#1;</a>'],
    ['a control character of XML 1.1', '<?xml version="1.1"?><a>&#1;</a>'],
    ['half a surrogate pair', '<a>&#xD800;</a>'],
    ['nothing', ''],
    ['blanks', ' \n'],
    ['JSON', '{"a":1}'],
    ['a web page', '<!doctype html><html><body></body></html>'],
    ['an encoding that it was not read in', '<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e9</a>'],
    ['UTF-16', '<?xml version="1.0" encoding="UTF-16"?><a>e</a>'],
    ['nesting without end', '<a>'.repeat(100_000)],
    ['a million elements', `<a>${'<b/>'.repeat(1_000_001)}</a>`],
  ])('%s', (_, text) => {
    expect(readXml(text).ok).toBe(false)
  })
})

test.each([
  ['a byte-order mark', '\uFEFF<a>1</a>'],
  ['UTF-8 in small letters', '<?xml version="1.0" encoding="utf-8"?><a>1</a>'],
  ['another encoding where that makes no difference', '<?xml version="1.0" encoding="ISO-8859-1"?><a>1</a>'],
])('taken is %s', (_, text) => {
  expect(readXml(text)).toMatchObject({ ok: true, root: { name: 'a', text: '1' } })
})

test('why it was refused quotes no value of the document', () => {
  const read = readXml('<a><password>S3cret</password><b>&S3cret;</b></a>')
  expect(JSON.stringify(read)).not.toContain('S3cret')
})
