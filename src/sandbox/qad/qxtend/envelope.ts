import { COMMON, SERVICES, SOAP, WSA, soapFault } from './answers.js'
import { inside, parseXml, type Element } from './xml.js'
import type { QxtendWorld } from './world.js'

/** A QDoc with what came around it. */
export interface Qdoc {
  readonly receiver: string
  readonly root: Element
  readonly context: ReadonlyMap<string, string>
  readonly isBrief: boolean
}

/** What QXtend makes of a request before it looks at what is in it; a fault where it cannot. */
export function readEnvelope(request: Request, body: string, world: QxtendWorld): Qdoc | Response {
  const type = (request.headers.get('content-type') ?? '').toLowerCase().replaceAll('"', '').replaceAll(' ', '')
  if (type !== 'text/xml;charset=utf-8') return new Response('Unsupported Media Type', { status: 415 })
  // The header has to be there, and its quotes are part of it.
  if (request.headers.get('soapaction') !== '""') return soapFault('Client', 'The SOAPAction header is not "".')
  const root = parseXml(body)
  if (typeof root === 'string') return soapFault('Client', `The request is not well-formed: ${root}`)
  if (root.name !== 'Envelope') return soapFault('Client', 'The request is not a SOAP envelope.')
  if (root.uri !== SOAP) return soapFault('VersionMismatch', 'The envelope is not of SOAP 1.1.')
  const header = inside(root, SOAP, 'Header')
  const receiver = /^urn:services-qad-com:(.+)$/.exec(textOf(inside(header, WSA, 'To')))?.[1] ?? ''
  const found = world.receivers.find(({ name }) => name === receiver)
  if (!found) return soapFault('Client', `The receiver "${receiver}" of the To header is not defined.`)
  const [qdoc, ...more] = inside(root, SOAP, 'Body')?.children ?? []
  if (qdoc === undefined || more.length > 0) return soapFault('Client', 'The body does not hold one QDoc.')
  if (qdoc.uri !== SERVICES) return soapFault('Client', `The namespace of ${qdoc.name} is not ${SERVICES}.`)
  const session = qdoc.children[0]
  if (session?.name !== 'dsSessionContext' || session.uri !== COMMON)
    return soapFault('Client', 'The QDoc does not begin with a dsSessionContext.')
  const context = contextOf(session)
  const version = context.get('version') ?? ''
  if (version === '') return soapFault('Client', 'The session context has no version.')
  if (!found.apis.includes(`${qdoc.name}-${version}`))
    return soapFault('Client', `The API ${qdoc.name}-${version} is not enabled on receiver ${receiver}.`)
  const parameters = inside(header, WSA, 'ReferenceParameters')
  const isBrief = textOf(inside(parameters, COMMON, 'suppressResponseDetail')) === 'true'
  return { receiver, root: qdoc, context, isBrief }
}

function contextOf(session: Element): ReadonlyMap<string, string> {
  const value = (row: Element, name: string) => textOf(inside(row, COMMON, name))
  const rows = session.children.filter(({ name, uri }) => name === 'ttContext' && uri === COMMON)
  const ours = rows.filter((row) => value(row, 'propertyQualifier') === 'QAD')
  return new Map(ours.map((row) => [value(row, 'propertyName'), value(row, 'propertyValue')]))
}

export function textOf(element: Element | undefined): string {
  return element?.text.trim() ?? ''
}
