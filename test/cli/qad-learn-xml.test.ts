import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { learn, renderLearned } from '../../src/qad/learn/learn.js'
import { compileTemplate } from '../../src/qad/template/template.js'
import { enterprise } from '../support/enterprise.js'

const SERVICES = 'urn:schemas-qad-com:xml-services'

/** The properties of a session context as QXtend has them. */
function context(properties: Readonly<Record<string, string>>): string {
  const rows = Object.entries(properties).map(
    ([name, value]) =>
      `<q:ttContext><q:propertyQualifier>QAD</q:propertyQualifier><q:propertyName>${name}</q:propertyName><q:propertyValue>${value}</q:propertyValue></q:ttContext>`,
  )
  return `<q:dsSessionContext xmlns:q="${SERVICES}:common">${rows.join('')}</q:dsSessionContext>`
}

const LINE = (account: string, centre: string, debit: string, credit: string, row: string) =>
  `<tPostingLine><tcGLCode>${account}</tcGLCode><tcDivisionCode/><tcCostCentreCode>${centre}</tcCostCentreCode><tcCurrencyCode>USD</tcCurrencyCode>
   <PostingLineDebitTC>${debit}</PostingLineDebitTC><PostingLineCreditTC>${credit}</PostingLineCreditTC><tc_Rowid>${row}</tc_Rowid></tPostingLine>`

const ENTRY = `<BJournalEntry><tPosting><tcCompanyCode>10USACO</tcCompanyCode><tcJournalCode>RECTR</tcJournalCode>
  <PostingYear>2026</PostingYear><PostingPeriod>7</PostingPeriod><PostingVoucher>0</PostingVoucher><PostingDate>2026-07-31</PostingDate>
  <PostingText>one entry</PostingText><PostingSecondText>mlc:TEST</PostingSecondText><PostingOriginIsExternal>true</PostingOriginIsExternal>
  ${LINE('05010', '1100', '1.25', '0', '11')}${LINE('09990', '', '0', '1.25', '12')}</tPosting></BJournalEntry>`

const SENT = `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsa="http://www.w3.org/2005/08/addressing">
<soapenv:Header><wsa:Action/><wsa:To>urn:services-qad-com:qad2017ee</wsa:To></soapenv:Header><soapenv:Body>
<maintainJournalEntry xmlns="${SERVICES}">${context({ domain: '10USA', entity: '10USACO', version: 'ERP3_2', username: 'jo', password: 'horse-battery' })}${ENTRY}</maintainJournalEntry>
</soapenv:Body></soapenv:Envelope>`

test('a QDoc that was sent makes the template that posts July through QXtend', { timeout: 60_000 }, async () => {
  const w = await enterprise()
  w.write('sent.xml', SENT)
  const ran = await w.run(['qad', 'learn', 'sent.xml', '-o', 'learned', '--json'])
  expect(ran.json<object>()).toMatchObject({ kind: 'document', loads: false, removed: { passwords: 1 } })
  const section = w.read('learned/qad.learned.yaml')
  for (const line of [
    'kind: qxtend',
    "domain: '10USA'",
    'receiver: qad2017ee',
    'qdocVersion: ERP3_2',
    'daybook: RECTR',
    "offsetAccount: '09990'",
  ])
    expect(section).toContain(line)
  expect(section + ran.stdout + ran.stderr).not.toContain('horse')
  w.write('journal.xml.tmpl', w.read('learned/journal.xml.tmpl'))
  const sync = await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json'])
  const statuses = sync
    .json<{ jobs: { records: { status: string }[] }[] }>()
    .jobs[0]?.records.map(({ status }) => status)
  expect([sync.code, [...new Set(statuses)], w.qad.entries.length]).toEqual([0, ['posted'], 24])
})

test('Dump XML has no receiver, no company and no QDoc around it: each is asked for', () => {
  const { settings, templates, secrets, kind } = learn(ENTRY, 'dump.xml')
  const text = renderLearned({ kind, settings, templates, secrets, notes: [], ignored: new Map() })
  for (const asked of ['domain', 'url', 'receiver', 'qdocVersion'])
    expect(text).toMatch(new RegExp(`${asked}: # CHANGE ME: `))
  expect(text).toContain('# CHANGE ME: BJournalEntry is not in QXtend')
  const made = compileTemplate(templates.get('journal.xml.tmpl') ?? '', 'journal.xml.tmpl').render({
    ...{ key: 'MLC1', entity: '10USACO', year: '2026', period: '7', date: '2026-07-31', daybook: 'RECTR' },
    lines: [
      { account: '05010', debit: '5.00', credit: '0' },
      { account: '09990', debit: '0', credit: '5.00' },
    ],
  })
  expect(made.match(/<tc_Rowid>\d+/g)).toEqual(['<tc_Rowid>11', '<tc_Rowid>12'])
  expect(made.match(/<tcGLCode>\d+/g)).toEqual(['<tcGLCode>05010', '<tcGLCode>09990'])
})

const element = (name: string, inside = '') =>
  inside === ''
    ? `<xs:element name="${name}" type="xs:string"/>`
    : `<xs:element name="${name}"><xs:complexType><xs:sequence>${inside}</xs:sequence></xs:complexType></xs:element>`
const elements = (names: string) =>
  names
    .split(' ')
    .map((name) => element(name))
    .join('')
const SCHEMA = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="${SERVICES}" elementFormDefault="qualified">
${element('maintainJournalEntry', element('tPosting', elements('tcJournalCode PostingYear PostingPeriod PostingDate PostingText PostingSecondText') + element('tPostingLine', elements('tcGLCode tcCurrencyCode PostingLineDebitTC PostingLineCreditTC'))))}
<xs:element name="loop"><xs:complexType><xs:sequence><xs:element ref="loop"/><xs:element ref="loop"/></xs:sequence></xs:complexType></xs:element></xs:schema>`

test('a WSDL gives the address, the SOAPAction and, by its schema, the template; types that hold themselves end', () => {
  const wsdl = `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"><w:types>${SCHEMA}</w:types>
    <w:binding><w:operation><s:operation soapAction=""/></w:operation></w:binding>
    <w:service><w:port><s:address location="https://jo:horse@erp.example.com:8443/qxi/services/QdocWebService?token=horse"/></w:port></w:service></w:definitions>`
  const findings = learn(wsdl, 'q.wsdl')
  const text = renderLearned(findings)
  expect(text).toContain('url: https://erp.example.com:8443/qxi/services/QdocWebService #')
  expect(text).toContain(`soapAction: '""'`)
  expect(findings.templates.get('journal.xml.tmpl')).toContain('<PostingSecondText>{{key}}</PostingSecondText>')
  expect(text).not.toContain('horse')
})

test('a capture of more than 100 MiB is not read to its end', async () => {
  const w = await enterprise()
  const path = join(w.folder, 'huge.har')
  writeFileSync(path, '{')
  truncateSync(path, 500 * 1024 * 1024)
  const ran = await w.run(['qad', 'learn', 'huge.har'])
  expect([ran.code, ran.stderr.split('\n')[0]]).toEqual([2, 'x MLC-Q017 huge.har is larger than 100 MiB'])
})
