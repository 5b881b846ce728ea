import { escape } from './xml.js'

/** Namespaces of QXtend's documents, and of SOAP 1.1 around them. */
export const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
export const WSA = 'http://www.w3.org/2005/08/addressing'
export const SERVICES = 'urn:schemas-qad-com:xml-services'
export const COMMON = `${SERVICES}:common`

export interface Message {
  readonly text: string
  readonly context: string
  readonly severity: 'information' | 'warning' | 'error'
  readonly number: string
}

export interface Outcome {
  readonly qdoc: string
  readonly result: 'success' | 'warning' | 'error'
  readonly context: ReadonlyMap<string, string>
  readonly messages: readonly Message[]
  /** Data sets, as XML in the services namespace under the prefix `p`. */
  readonly data: (p: string) => string
  /** True: the caller wants to hear of the result alone. */
  readonly isBrief: boolean
}

/** The answer to a QDoc that was processed. Prefixes differ from answer to answer, as they do in QAD's own. */
export function respond({ qdoc, result, context, messages, data, isBrief }: Outcome, turn: number): Response {
  const [p, c] = [`ns${1 + (turn % 3)}`, `ns${1 + ((turn + 1) % 3)}`]
  const properties = [...context].map(([name, value]) => {
    const shown = name === 'password' ? '' : value
    return `<${c}:ttContext><${c}:propertyQualifier>QAD</${c}:propertyQualifier><${c}:propertyName>${escape(name)}</${c}:propertyName><${c}:propertyValue>${escape(shown)}</${c}:propertyValue></${c}:ttContext>`
  })
  const details = isBrief
    ? ''
    : `<${c}:dsSessionContext xmlns:${c}="${COMMON}">${properties.join('')}</${c}:dsSessionContext>` +
      `<${c}:dsExceptions xmlns:${c}="${COMMON}">${messages.map((message) => exception(message, c)).join('')}</${c}:dsExceptions>`
  const inside = `<${p}:result>${result}</${p}:result>${details}${data(p)}`
  return envelope(200, `<${p}:${qdoc}Response xmlns:${p}="${SERVICES}">${inside}</${p}:${qdoc}Response>`)
}

function exception({ text, context, severity, number }: Message, c: string): string {
  const fields = {
    tt_level: '',
    tt_msg_context: context,
    tt_msg_data: '',
    tt_msg_datetime: '2026-07-31T10:43:23+1000',
    tt_msg_desc: text,
    tt_msg_field: '',
    tt_msg_index: '0',
    tt_msg_keys: '',
    tt_msg_nbr: number,
    tt_msg_processed: 'false',
    tt_msg_sev: severity,
  }
  const inside = Object.entries(fields).map(([name, value]) => `<${c}:${name}>${escape(value)}</${c}:${name}>`)
  return `<${c}:temp_err_msg>${inside.join('')}</${c}:temp_err_msg>`
}

export type FaultCode = 'Client' | 'Server' | 'VersionMismatch' | 'MustUnderstand'

/** What is wrong before a QDoc is processed: a fault of SOAP, with HTTP 500 as SOAP 1.1 wants it. */
export function soapFault(code: FaultCode, words: string): Response {
  return envelope(
    500,
    `<soapenv:Fault><faultcode>soapenv:${code}</faultcode><faultstring>${escape(words)}</faultstring><detail/></soapenv:Fault>`,
  )
}

function envelope(status: number, body: string): Response {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>\n`
  return new Response(text, { status, headers: { 'content-type': 'text/xml;charset=utf-8' } })
}

/** A short WSDL: enough to see what listens here. */
export function wsdl(address: string): Response {
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="${SERVICES}">
<wsdl:portType name="QdocWebService"><wsdl:operation name="processQdocMessage"/></wsdl:portType>
<wsdl:service name="QdocWebService"><wsdl:port name="QdocWebService"><soap:address location="${escape(address)}"/></wsdl:port></wsdl:service>
</wsdl:definitions>
`
  return new Response(text, { status: 200, headers: { 'content-type': 'text/xml;charset=utf-8' } })
}
