import { MlcError } from '../../errors.js'
import { allNamed, child, childText, readXml, type XmlElement } from '../xml.js'

/** What stands around a QDoc: where it goes, and in whose name. */
export interface Head {
  readonly receiver: string
  readonly messageId: string
  readonly suppressResponseDetail: boolean
  /** Properties of the session context; empty ones are left out. */
  readonly context: Readonly<Record<string, string>>
}

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
const SERVICES = 'urn:schemas-qad-com:xml-services'
const COMMON = `${SERVICES}:common`

/** Receivers are addressed by name. (QXtend User Guide 1.8.3, header block) */
function addressOfReceiver(receiver: string): string {
  return `urn:services-qad-com:${receiver}`
}

/**
 * The SOAP 1.1 envelope of a rendered document. A template may make the whole envelope, which goes out as it is; or only the
 * QDoc, which gets one, and a session context where it has none of its own.
 * @throws MLC-C018 when it is no XML, or an envelope of another SOAP
 */
export function envelopeOf(document: string, file: string, head: Head): string {
  const read = readXml(document)
  if (!read.ok) throw new MlcError('MLC-C018', `${file}: what it makes is no XML: ${read.why}`)
  const { root, tag } = read
  if (root.name === 'Envelope') {
    if (root.uri !== SOAP) throw new MlcError('MLC-C018', `${file}: its Envelope is not one of SOAP 1.1 (${SOAP})`)
    return document
  }
  const qdoc = document.slice(tag.start)
  const hasContext = child(root, 'dsSessionContext') !== undefined
  return `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns="${SERVICES}" xmlns:qcom="${COMMON}" xmlns:soapenv="${SOAP}" xmlns:wsa="http://www.w3.org/2005/08/addressing">
${headerOf(head)}
<soapenv:Body>
${hasContext ? qdoc : withContext(qdoc, tag.end - tag.start, tag.isSelfClosing, head)}
</soapenv:Body>
</soapenv:Envelope>
`
}

function headerOf({ receiver, messageId, suppressResponseDetail }: Head): string {
  return `<soapenv:Header>
<wsa:Action/>
<wsa:To>${escaped(addressOfReceiver(receiver))}</wsa:To>
<wsa:MessageID>urn:services-qad-com::${escaped(messageId)}</wsa:MessageID>
<wsa:ReferenceParameters><qcom:suppressResponseDetail>${suppressResponseDetail}</qcom:suppressResponseDetail></wsa:ReferenceParameters>
<wsa:ReplyTo><wsa:Address>urn:services-qad-com:</wsa:Address></wsa:ReplyTo>
</soapenv:Header>`
}

/** The session context comes first in a QDoc. */
function withContext(qdoc: string, tagEnd: number, isSelfClosing: boolean, { context }: Head): string {
  const properties = Object.entries(context).filter(([, value]) => value !== '')
  const block = `<qcom:dsSessionContext xmlns:qcom="${COMMON}">${properties.map(propertyOf).join('')}</qcom:dsSessionContext>`
  if (!isSelfClosing) return `${qdoc.slice(0, tagEnd)}${block}${qdoc.slice(tagEnd)}`
  const name = /^<([^\s/>]+)/.exec(qdoc)?.[1] ?? ''
  return `${qdoc.slice(0, tagEnd - 2)}>${block}</${name}>${qdoc.slice(tagEnd)}`
}

function propertyOf([name, value]: readonly [string, string]): string {
  const parts = { propertyQualifier: 'QAD', propertyName: name, propertyValue: value }
  const inside = Object.entries(parts).map(([part, text]) => `<qcom:${part}>${escaped(text)}</qcom:${part}>`)
  return `<qcom:ttContext>${inside.join('')}</qcom:ttContext>`
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign)
}

/** The properties of the first session context at or below an element. QXtend answers with the one that it used. */
export function contextOf(element: XmlElement): ReadonlyMap<string, string> {
  const rows = allNamed(element, 'ttContext')
  return new Map(rows.map((row) => [childText(row, 'propertyName'), childText(row, 'propertyValue')]))
}

/**
 * A template that names receiver, domain or entity itself must name those of mlc.yaml: what it makes would go elsewhere.
 * @throws MLC-C018
 */
export function checkPlace(
  envelope: string,
  file: string,
  place: Readonly<Record<'receiver' | 'domain' | 'entity', string>>,
): void {
  const read = readXml(envelope)
  if (!read.ok) throw new MlcError('MLC-C018', `${file}: what it makes is no XML: ${read.why}`)
  const to = childText(child(read.root, 'Header'), 'To')
  // One without a receiver is for QXtend to refuse: it goes nowhere. The name is what stands last: ee-test is not the receiver test.
  if (to !== '' && /[^:/]*$/.exec(to)?.[0] !== place.receiver)
    throw new MlcError('MLC-C018', `${file}: its header goes to ${to}, not to qad.qxtend.receiver ${place.receiver}`)
  const context = contextOf(read.root)
  for (const name of ['domain', 'entity'] as const) {
    const found = context.get(name) ?? ''
    if (found !== '' && found.toUpperCase() !== place[name].toUpperCase())
      throw new MlcError(
        'MLC-C018',
        `${file}: its session context names ${name} ${found}, not ${place[name]} of qad.${name}`,
      )
  }
}
