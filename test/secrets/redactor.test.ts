import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactor } from '../../src/secrets/redactor.js'

const SECRET = 'Sé/cr+et "w0rd" \\ ü=&%?'
const bytes = Buffer.from(SECRET, 'utf8')
const unicode = (text: string) =>
  text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

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

test('no secret of at least four characters survives in any text around it', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 30 })
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
