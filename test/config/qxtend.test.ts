import { describe, expect, test } from 'vitest'
import { parse, refusal } from './mlc-yaml.js'

const SOUND = `version: 1
qad:
  kind: qxtend
  domain: 10USA
  entity: 10USACO
  qxtend:
    url: https://erp.acme.example:8443/qxi/services/QdocWebService
    receiver: qad2017ee
    qdocVersion: ERP3_2
    queryTemplate: query.xml.tmpl
  reads:
    posted: { rows: dsZzTold.ttZzTie, columns: { key: zz_key, amount: zz_amt } }
  write:
    target: journal
    daybook: RECTR
    offsetAccount: "09990"
    template: journal.xml.tmpl
`

test('a section qxtend gets the defaults of the documentation, and the address of the service is the one of QAD', () => {
  const { qad } = parse(SOUND).config
  expect(qad?.qxtend).toEqual({
    url: 'https://erp.acme.example:8443/qxi/services/QdocWebService',
    receiver: 'qad2017ee',
    qdocVersion: 'ERP3_2',
    scopeTransaction: true,
    suppressResponseDetail: false,
    soapAction: '""',
    decimalSeparator: '.',
    queryTemplate: 'query.xml.tmpl',
  })
  expect(qad?.baseUrl).toBe(qad?.qxtend?.url)
})

test('a site without a query QDoc names no read', () => {
  const blind = SOUND.replace('    queryTemplate: query.xml.tmpl\n', '').replace(/ {2}reads:\n.*\n/, '')
  expect(parse(blind).config.qad?.qxtend?.queryTemplate).toBeNull()
})

describe('what does not belong to QXtend is named with what is allowed', () => {
  test.each([
    ['receiver: qad2017ee', '', 'qad.qxtend.receiver: missing; needed: the name of a receiver'],
    ['qdocVersion: ERP3_2', '', 'qad.qxtend.qdocVersion: missing; needed: the version of the QDocs'],
    ['https://erp', 'http://erp', 'plain http is allowed to a loopback address only'],
    ['receiver: qad2017ee', 'receivr: qad2017ee', 'did you mean "receiver"'],
    ['receiver: qad2017ee', 'receiver: q\n    decimalSeparator: ";"', 'found ";"; allowed: one of ., ,'],
    ['receiver: qad2017ee', 'receiver: q\n    scopeTransaction: maybe', 'found "maybe"; allowed: true or false'],
    ['queryTemplate: query.xml.tmpl', 'queryTemplate: query.json.tmpl', 'its name ends in .xml.tmpl'],
    [
      '    queryTemplate: query.xml.tmpl\n',
      '',
      'qad.qxtend.queryTemplate: is missing: it asks for what reads.posted shows',
    ],
    ['rows: dsZzTold.ttZzTie', 'browse: "urn:x"', 'reads.posted.browse: is for kind adaptive'],
    ['rows: dsZzTold.ttZzTie', 'path: /x', 'reads.posted.path: is for kind adaptive'],
    ['target: journal', 'target: journal\n    path: /x', 'write.path: is for kind adaptive'],
    ['template: journal.xml.tmpl', 'template: journal.json.tmpl', 'qad.write.template: is a template of XML'],
    [
      'entity: 10USACO',
      'entity: 10USACO\n  auth: { type: session_json }',
      'qad.auth.type: session_json is for kind adaptive',
    ],
    ['entity: 10USACO', 'entity: 10USACO\n  http: { maxInFlight: 2 }', 'qad.http.maxInFlight: is 1 for kind qxtend'],
    ['entity: 10USACO', 'entity: 10USACO\n  swagger: /v3', 'qad.swagger: is for kind adaptive'],
  ])('%s → %s', (before, after, said) => {
    const text = SOUND.replace(before, after)
    expect(text).not.toBe(SOUND)
    expect(refusal(() => parse(text)).message).toContain(said)
  })

  test('target bdoc', () => {
    const text = SOUND.replace(
      / {2}write:[^]*$/,
      '  write: { target: bdoc, path: /api/x, fields: { key: k, amount: a } }\n',
    )
    expect(refusal(() => parse(text)).message).toContain('bdoc is for kind adaptive; kind qxtend takes journal or file')
  })
})
