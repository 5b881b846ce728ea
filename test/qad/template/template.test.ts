import { parse } from 'lossless-json'
import { describe, expect, test } from 'vitest'
import { MlcError } from '../../../src/errors.js'
import type { TemplateValues } from '../../../src/qad/template/names.js'
import { compileTemplate } from '../../../src/qad/template/template.js'

const JSON_ENTRY = `{{! the entry of a journal }}
{ "collection": [ {
  "reference": "{{key}}", "year": {{year}}, "period": {{period}}, "text": "{{description}}",
  "lines": [
    {{#lines}}
    { "account": "{{account}}", {{#costCentre}}"costCentre": "{{costCentre}}", {{/costCentre}}"debit": {{debit}}, "credit": {{credit}} }{{^last}},{{/last}}
    {{/lines}}
  ]
} ] }`

const XML_ENTRY = `<?xml version="1.0" encoding="UTF-8"?>
<posting key="{{key}}" text="{{description}}">
  {{#lines}}<line debit="{{debit}}"><account>{{account}}</account></line>{{/lines}}
</posting>`

const VALUES: TemplateValues = {
  key: 'mlc:MLC00000000000000000000000001',
  ...{ year: '2026', period: '3', description: 'R&D "net"\nline 2 \\ <b> 🙂 {{amount}}' },
  lines: [
    { account: '0100', costCentre: '0012', debit: '123456789012345.67', credit: '0.00' },
    { account: '09990', costCentre: '', debit: '0.00', credit: '123456789012345.67' },
  ],
}

describe('a template of JSON', () => {
  test('is filled to the digit, every text escaped, nothing rendered twice', () => {
    const rendered = compileTemplate(JSON_ENTRY, 'journal.json.tmpl').render(VALUES)
    const body = parse(rendered, undefined, { parseNumber: (digits) => digits }) as { collection: unknown[] }
    expect(body.collection[0]).toEqual({
      reference: VALUES.key,
      ...{ year: '2026', period: '3', text: VALUES.description },
      lines: [
        { account: '0100', costCentre: '0012', debit: '123456789012345.67', credit: '0.00' },
        { account: '09990', debit: '0.00', credit: '123456789012345.67' },
      ],
    })
  })

  test('whose values bring about no JSON is refused when it is filled', () => {
    const template = compileTemplate('{"key": "{{key}}", "amount": {{amount}}}', 'x.json.tmpl')
    expect(() => template.render({ key: 'k' })).toThrow(expect.objectContaining({ code: 'MLC-C018' }) as Error)
  })
})

describe('a template of XML', () => {
  test('is filled with every sign escaped, line ends too', () => {
    const rendered = compileTemplate(XML_ENTRY, 'journal.xml.tmpl').render(VALUES)
    expect(rendered).toContain('text="R&amp;D &quot;net&quot;&#10;line 2 \\ &lt;b&gt; 🙂 {{amount}}"')
    expect(rendered).toContain('<account>0100</account>')
  })

  test.each(['\u0000', '\u001b', '\ud800', '\uffff'])('refuses a value with %j, which XML cannot carry', (sign) => {
    const template = compileTemplate(XML_ENTRY, 'journal.xml.tmpl')
    expect(() => template.render({ ...VALUES, description: `a${sign}` })).toThrow('XML cannot carry')
  })
})

const KEY = '"{{key}}", "{{amount}}"'

describe('a template is refused when it is loaded', () => {
  test.each([
    ['an unknown name', `[${KEY},\n"{{acount}}"]`, 'x.json.tmpl line 2: {{acount}} is no name'],
    [
      'an unknown name in a line',
      `[${KEY},\n\n{{#lines}}"{{acccount}}",{{/lines}}1]`,
      'line 3: {{acccount}} is no name that is given here; did you mean "account"?',
    ],
    ['a name of a line outside of it', `[${KEY}, "{{debit}}"]`, 'line 1: {{debit}} is known inside {{#lines}} only'],
    ['an unescaped value', `[${KEY},\n"{{{description}}}"]`, 'line 2: {{{description}}} would go out unescaped'],
    ['an unescaped value by &', `[${KEY},\n"{{&description}}"]`, 'line 2: {{{description}}} would go out unescaped'],
    ['a partial', `[${KEY},\n{{> header}}]`, 'line 2: {{> header}} takes another file in'],
    ['a section that does not close', `[${KEY},\n{{#lines}}\n]`, 'x.json.tmpl line 3: Unclosed section "lines"'],
    ['a tag that does not close', `[${KEY},\n"{{amount"]`, 'x.json.tmpl line 2: Unclosed tag'],
    ['a section closed by another', `[${KEY}, {{#lines}}{{/key}}]`, 'Unclosed section'],
    ['lines as a value', `[${KEY}, "{{lines}}"]`, '{{lines}} is a section'],
    ['lines in lines', `[${KEY}, {{#lines}}{{#lines}}{{/lines}}{{/lines}}1]`, '{{#lines}} stands inside {{#lines}}'],
    ['a dotted name', `[${KEY}, "{{lines.account}}"]`, '{{lines.account}} is no name'],
    ['the value itself', `[${KEY}, {{#lines}}"{{.}}"{{/lines}}]`, '{{.}} is no name'],
    ['a name of every object', `[${KEY}, "{{constructor}}"]`, '{{constructor}} is no name'],
    ['no key', '["{{amount}}"]', '{{key}} is named nowhere'],
    ['no amount', '["{{key}}"]', 'none of amount, debit, credit is named'],
    ['the name of a query', `[${KEY}, "{{from}}"]`, '{{from}} is no name'],
  ])('%s', (_what, text, message) => {
    const error = refusal(() => compileTemplate(text, 'x.json.tmpl'))
    expect(error.code).toBe('MLC-C017')
    expect(error.message).toContain(message)
  })

  test.each([
    [
      'a code without quotes',
      `[${KEY}, {{account}}]`.replace('{{account}}', '{{#lines}}{{account}},{{/lines}}1'),
      'x.json.tmpl',
    ],
    ['a comma too many', `[${KEY},]`, 'x.json.tmpl'],
    ['an element that does not close', '<a key="{{key}}">{{amount}}', 'x.xml.tmpl'],
    ['a value as an attribute without quotes', '<a key={{key}}>{{amount}}</a>', 'x.xml.tmpl'],
    ['a prefix without its namespace', '<q:a key="{{key}}">{{amount}}</q:a>', 'x.xml.tmpl'],
    ['a DOCTYPE', '<!DOCTYPE a><a key="{{key}}">{{amount}}</a>', 'x.xml.tmpl'],
    ['two roots', '<a>{{key}}</a><a>{{amount}}</a>', 'x.xml.tmpl'],
    ['nothing but text', '{{key}} {{amount}}', 'x.xml.tmpl'],
  ])('%s makes no document', (_what, text, file) => {
    const error = refusal(() => compileTemplate(text, file))
    expect(error.code).toBe('MLC-C018')
    expect(error.message).toMatch(new RegExp(`^${file}( line 1 of what it makes)?: `))
  })

  test('an ending that says no format', () => {
    expect(refusal(() => compileTemplate('{{key}}{{amount}}', 'journal.tmpl')).message).toContain(
      'neither JSON nor XML',
    )
  })
})

test('a query template knows from and to, and needs no key', () => {
  const template = compileTemplate('<q><from>{{from}}</from><to>{{to}}</to></q>', 'query.xml.tmpl', 'query')
  expect(template.render({ from: '2026-03', to: '2026-04' })).toBe('<q><from>2026-03</from><to>2026-04</to></q>')
})

function refusal(act: () => unknown): MlcError {
  try {
    act()
  } catch (error) {
    if (error instanceof MlcError) return error
    throw error
  }
  throw new Error('it was not refused')
}
