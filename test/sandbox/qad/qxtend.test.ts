import { expect, test } from 'vitest'
import { demoEnterprise } from '../../../src/sandbox/company/company.js'
import { createQadSandbox } from '../../../src/sandbox/qad/sandbox.js'

const SERVICES = 'urn:schemas-qad-com:xml-services'

function envelope(receiver = 'qad2017ee', soap = 'http://schemas.xmlsoap.org/soap/envelope/', uri = SERVICES): string {
  const properties = {
    domain: '10USA',
    entity: '10USACO',
    version: 'ERP3_2',
    username: 'demo.mlc',
    password: 'demo-qad-password',
  }
  const context = Object.entries(properties).map(([name, value]) => {
    return `<q:ttContext><q:propertyQualifier>QAD</q:propertyQualifier><q:propertyName>${name}</q:propertyName><q:propertyValue>${value}</q:propertyValue></q:ttContext>`
  })
  return `<s:Envelope xmlns:s="${soap}" xmlns:w="http://www.w3.org/2005/08/addressing" xmlns:q="${SERVICES}:common"><s:Header><w:To>urn:services-qad-com:${receiver}</w:To></s:Header><s:Body><queryZzTold xmlns="${uri}"><q:dsSessionContext>${context.join('')}</q:dsSessionContext><dsQuery><ttQuery><tt_from>2026-07</tt_from><tt_to>2026-07</tt_to></ttQuery></dsQuery></queryZzTold></s:Body></s:Envelope>`
}

async function call(body: string, headers: Record<string, string> = {}) {
  const sandbox = createQadSandbox(demoEnterprise())
  const request = new Request('http://127.0.0.1/qxi/services/QdocWebService', {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""', ...headers },
  })
  const reply = await sandbox.handle(request)
  if (!(reply instanceof Response)) throw new Error('no answer')
  return { status: reply.status, text: await reply.text() }
}

test('a whole QDoc is answered with its result, and without the password', async () => {
  const { status, text } = await call(envelope())
  expect(status).toBe(200)
  expect(text).toContain('result>success<')
  expect(text).not.toContain('demo-qad-password')
})

test.each([
  ['another receiver', envelope('nowhere'), {}, 'faultcode>soapenv:Client'],
  ['a receiver without the API', envelope('qadnoapi'), {}, 'is not enabled'],
  ['another SOAP', envelope('qad2017ee', 'http://www.w3.org/2003/05/soap-envelope'), {}, 'VersionMismatch'],
  ['another namespace', envelope('qad2017ee', undefined, 'urn:x'), {}, 'The namespace of queryZzTold'],
  ['a SOAPAction without quotes', envelope(), { soapaction: '' }, 'SOAPAction'],
  ['half a document', envelope().slice(0, 500), {}, 'not well-formed'],
  ['a DOCTYPE', `<!DOCTYPE x>${envelope()}`, {}, 'DOCTYPE'],
])('%s is a fault, with HTTP 500', async (_, body, headers, words) => {
  const { status, text } = await call(body, headers)
  expect(status).toBe(500)
  expect(text).toContain(words)
})

test('another content type is not taken at all', async () => {
  expect((await call(envelope(), { 'content-type': 'application/json' })).status).toBe(415)
})
