import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactor } from '../../src/secrets/redactor.js'

const SECRET = 'Sé/cr+et "w0rd" \\ ü=&%?'
const bytes = Buffer.from(SECRET, 'utf8')
const unicode = (text: string) =>
  text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const forHtml = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

describe('a secret is taken out in every form in which it travels', () => {
  const forms: readonly [name: string, text: string][] = [
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in lower case', encodeURIComponent(SECRET).replace(/%../g, (escape) => escape.toLowerCase())],
    ['every byte percent-encoded', [...bytes].map((byte) => `%${byte.toString(16).toUpperCase()}`).join('')],
    ['as a form field', new URLSearchParams({ password: SECRET }).toString().slice('password='.length)],
    ['in a JSON text', JSON.stringify(SECRET).slice(1, -1)],
    ['in an ASCII JSON text', unicode(JSON.stringify(SECRET).slice(1, -1))],
    ['in a JSON text with \\/', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['in a JSON text within another', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['in a JSON text made for HTML', unicode(JSON.stringify(SECRET).slice(1, -1)).replace(/[<>&'=]/g, forHtml)],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['in XML', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['in XML that keeps its quotes', SECRET.replaceAll('&', '&amp;')],
    ['in XML with numbers', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&#34;')],
    ['in XML within another', SECRET.replaceAll('&', '&amp;amp;').replaceAll('"', '&amp;quot;')],
    ['base64 in an address', encodeURIComponent(bytes.toString('base64').replace(/=+$/, ''))],
    ['hexadecimal', bytes.toString('hex')],
    ['hexadecimal in capitals', bytes.toString('hex').toUpperCase()],
    ['base64', bytes.toString('base64').replace(/=+$/, '')],
    ['base64url', bytes.toString('base64url')],
  ]
  test.each(forms)('%s', (_name, form) => {
    const shown = redactor([SECRET])(`before ${form} after`)
    expect(shown).toMatch(/^before \[secret\].{0,4} after$/)
    expect(shown).not.toContain(form)
  })

  test.each(['', 'u', 'me', 'svc', 'svc-mlc'])('in a Basic header of user "%s"', (user) => {
    const header = Buffer.from(`${user}:${SECRET}`, 'utf8').toString('base64')
    expect(redactor([SECRET])(`Basic ${header}`)).toMatch(/^Basic [A-Za-z0-9+/=]{0,12}\[secret\][A-Za-z0-9+/=]{0,4}$/)
  })
})

test('several secrets, one inside the other: the longest goes first', () => {
  const redact = redactor(['hunter2', 'hunter2-and-more', ''])
  expect(redact('hunter2 hunter2-and-more hunter')).toBe('[secret] [secret] hunter')
})

test('without secrets the text stays as it is', () => {
  expect(redactor([])('$& text')).toBe('$& text')
  expect(redactor([''])('text')).toBe('text')
})

test('characters that mean something to a pattern mean themselves', () => {
  for (const secret of ['a.c', '(x)+', '[ab]', '^$', 'a|b', '\\d', '$&', '{2}', '*', '/x/'])
    expect(redactor([secret])(`<${secret}> abc`)).toBe('<[secret]> abc')
})

test('a lone surrogate is no crash', () => {
  expect(redactor(['pass\ud800word'])('x pass\ud800word y')).toBe('x [secret] y')
})

describe('a password that is a word is taken out as a password, and stays as a word', () => {
  const cases: readonly [secret: string, text: string, shown: string][] = [
    ['a', 'QAD at a host refused a login', 'QAD at a host refused a login'],
    ['a', '{"username":"a b","password":"a"}', '{"username":"a b","password":"[secret]"}'],
    ['abc', 'password=abc&grant=abc', 'password=[secret]&grant=abc'],
    ['admin', 'the administrator, user jdoe', 'the administrator, user jdoe'],
    ['hunter', 'hunters say: hunter is wrong', 'hunters say: [secret] is wrong'],
    ['jdoe', 'QAD refused the password of user jdoe', 'QAD refused the password of user jdoe'],
    ['jdoe', '<ttContext><password>jdoe</password>', '<ttContext><password>[secret]</password>'],
    ['jdoe', 'https://jdoe:jdoe@qad.acme.com', 'https://jdoe:[secret]@qad.acme.com'],
    ['Looker', 'Looker refused the key; Key: Looker', 'Looker refused the key; Key: [secret]'],
    ['password', '{\\"password\\": \\"password\\"}', '{\\"password\\": \\"[secret]\\"}'],
    ['s3cr3ts4', 'as3cr3ts4b', 'a[secret]b'],
  ]
  test.each(cases)('%s in: %s', (secret, text, shown) => {
    expect(redactor([secret], ['JDOE'])(text)).toBe(shown)
  })
})

test('hundreds of tokens of two kilobytes each are no pattern too large', () => {
  const tokens = Array.from({ length: 300 }, (_, n) => `${n}.${'x'.repeat(2_000)}`)
  expect(redactor(tokens)(`a ${tokens[200] ?? ''} b`)).toBe('a [secret] b')
})

test('no secret of at least eight characters survives in any text around it', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 })
  fc.assert(
    fc.property(word, fc.string(), fc.string(), (secret, before, after) => {
      const redact = redactor([secret])
      expect(
        redact(before + secret + after)
          .split('[secret]')
          .join(''),
      ).not.toContain(secret)
      const encoded = Buffer.from(`u:${secret}`, 'utf8').toString('base64')
      if (Buffer.byteLength(secret) >= 8) expect(redact(encoded)).toContain('[secret]')
    }),
    { numRuns: 300 },
  )
})
