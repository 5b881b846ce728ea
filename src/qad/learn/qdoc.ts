import { contextOf } from '../qxtend/soap.js'
import { child, childText, type XmlElement } from '../xml.js'
import type { Company } from './company.js'
import { bookOf } from './entry.js'
import { placesOf, samePlace, type Field, type Place, type Places } from './places.js'
import { fitsOf, type Ours } from './words.js'
import type { Secrets } from './secrets.js'
import { ask, check, question, seen, type Setting } from './section.js'

/** What a document of QXtend, or a dump of an entry, tells of a receiver. */
export interface FromQdoc {
  readonly settings: readonly Setting[]
  readonly template: string | null
  readonly name: string
}

export const XML_TEMPLATE = 'journal.xml.tmpl'

/**
 * The settings and the template of a journal's QDoc: alone, inside a SOAP envelope, or as Dump XML writes it.
 * @param address of QXtend, where it is known
 */
export function qdocOf(root: XmlElement, address: Setting | null, secrets: Secrets): FromQdoc {
  const { qdoc, receiver, isBrief } = unwrapped(root)
  const context = contextOf(qdoc)
  const place = findEntry(qdoc, [])
  const company = companyIn(context, place)
  const rows = place === null ? [] : place.lines.map(fieldsIn)
  const places = place === null ? null : placesOf(fieldsIn(place.header), rows, company, secrets)
  const asked: Setting[] = []
  const same = (field: Field) => samePlace(field, { company, secrets, say: (words) => asked.push(question(words)) })
  for (const name of nestedIn(place?.lines ?? []))
    asked.push(question(`a line had more below ${name}, which the template leaves out: does QAD need it?`))
  const template = place === null || places === null ? null : renderTemplate(qdoc, place, places, same)
  const settings: readonly Setting[] = [
    { key: 'kind', value: 'qxtend' },
    codeOf('domain', company.domain?.value),
    codeOf('entity', company.entity?.value),
    doorOf(address, receiver, isBrief, context),
    {
      key: '',
      value: null,
      remark: ask(
        'has the site a query QDoc that shows accounts, periods, balances and what was posted? reads and qxtend.queryTemplate',
      ),
    },
    writeOf(qdoc, places, rows, asked),
  ]
  return { settings, template, name: qdoc.name }
}

function codeOf(key: 'domain' | 'entity', value: string | undefined): Setting {
  return value === undefined
    ? { key, value: null, remark: ask(`which ${key} of QAD?`) }
    : { key, value, remark: seen('as the document says') }
}

function unwrapped(root: XmlElement) {
  if (root.name !== 'Envelope') return { qdoc: root, receiver: '', isBrief: null }
  const header = child(root, 'Header')
  const receiver = /^urn:services-qad-com:([^:\s]+)$/.exec(childText(header, 'To'))?.[1] ?? ''
  const brief = childText(child(header, 'ReferenceParameters'), 'suppressResponseDetail')
  return { qdoc: child(root, 'Body')?.children[0] ?? root, receiver, isBrief: brief === '' ? null : brief === 'true' }
}

interface Entry {
  readonly header: XmlElement
  readonly line: string
  readonly lines: readonly XmlElement[]
  /** From the document's root to the header. */
  readonly way: readonly XmlElement[]
}

/** The first element whose children are lines with an account and an amount. */
function findEntry(element: XmlElement, above: readonly XmlElement[]): Entry | null {
  const way = [...above, element]
  const line = element.children.find(
    (one) => has(one, 'account') && (['debit', 'credit'] as const).some((size) => has(one, size)),
  )
  if (line !== undefined) {
    const lines = element.children.filter(({ name }) => name === line.name)
    return { header: element, line: line.name, lines, way }
  }
  for (const inner of element.children) {
    const found = findEntry(inner, way)
    if (found !== null) return found
  }
  return null
}

function has(element: XmlElement, word: Ours): boolean {
  return element.children.some(({ name, children }) => children.length === 0 && fitsOf(name, [word]).length > 0)
}

/** Names of what holds elements of its own in a line. */
function nestedIn(lines: readonly XmlElement[]): readonly string[] {
  return [
    ...new Set(lines.flatMap(({ children }) => children).flatMap((one) => (one.children.length > 0 ? [one.name] : []))),
  ]
}

function fieldsIn(element: XmlElement): readonly Field[] {
  const leaves = element.children.filter(({ children }) => children.length === 0)
  return leaves.map(({ name, text }) => ({ name, value: text.trim(), isNumber: false }))
}

function companyIn(context: ReadonlyMap<string, string>, place: Entry | null): Company {
  const field = (word: 'domain' | 'entity') =>
    fieldsIn(place?.header ?? { name: '', uri: '', text: '', isNil: false, attributes: {}, children: [] }).find(
      ({ name }) => fitsOf(name, [word]).length > 0,
    )?.value
  const named = (word: 'domain' | 'entity') => {
    const value = context.get(word) || field(word) || ''
    return value === '' ? null : { value, from: 'the document', isAssumed: false }
  }
  return { domain: named('domain'), entity: named('entity') }
}

function doorOf(
  address: Setting | null,
  receiver: string,
  isBrief: boolean | null,
  context: ReadonlyMap<string, string>,
): Setting {
  const version = context.get('version') ?? ''
  const scope = context.get('scopeTransaction')
  const separator = context.get('decimalSeparator')
  return {
    key: 'qxtend',
    value: [
      address ?? {
        key: 'url',
        value: null,
        remark: ask('where does QXtend Inbound listen? it ends in /services/QdocWebService on most sites'),
      },
      receiver === ''
        ? { key: 'receiver', value: null, remark: ask('which receiver takes the QDoc?') }
        : { key: 'receiver', value: receiver },
      version === ''
        ? {
            key: 'qdocVersion',
            value: null,
            remark: ask('which version of the QDoc is enabled on the receiver, such as ERP3_2?'),
          }
        : { key: 'qdocVersion', value: version },
      ...(scope === undefined || scope === 'true'
        ? []
        : [{ key: 'scopeTransaction', value: true, remark: check('the document said false; true: all or nothing') }]),
      ...(isBrief
        ? [
            {
              key: 'suppressResponseDetail',
              value: false,
              remark: check('the document said true; mlc wants to see the messages'),
            },
          ]
        : []),
      { key: 'soapAction', value: '""' },
      ...(separator === ',' ? [{ key: 'decimalSeparator', value: ',' }] : []),
    ],
  }
}

function writeOf(
  qdoc: XmlElement,
  places: Places | null,
  rows: readonly (readonly Field[])[],
  asked: readonly Setting[],
): Setting {
  if (places === null)
    return {
      key: 'write',
      value: null,
      remark: ask(
        'no element of the document has lines with an account and a debit or credit; which QDoc posts a journal?',
      ),
    }
  const isBare = qdoc.uri !== SERVICES
  const comma = rows
    .flat()
    .some(({ name, value }) => fitsOf(name, ['debit', 'credit']).length > 0 && value.includes(','))
  return {
    key: 'write',
    value: [
      { key: 'target', value: 'journal' },
      ...bookOf(places, rows),
      { key: 'template', value: XML_TEMPLATE, remark: seen('beside this file') },
      ...places.settings,
      ...asked,
      ...(isBare
        ? [
            question(
              `${qdoc.name} is not in QXtend's namespace ${SERVICES}; which QDoc has to stand around it in the template?`,
            ),
          ]
        : []),
      ...(comma ? [question('its amounts have a comma; does the receiver want decimalSeparator: ","?')] : []),
    ],
  }
}

const SERVICES = 'urn:schemas-qad-com:xml-services'

type Same = (field: Field) => Place

/** The session context is mlc's to write: it holds the password. */
function renderTemplate(qdoc: XmlElement, entry: Entry, places: Places, same: Same): string {
  const remark = '{{! Made by mlc qad learn of a document of the site. Mustache; every value is escaped for XML. }}\n'
  return `${remark}${renderElement(qdoc, '', 0, { entry, places, same })}\n`
}

interface Rendering {
  readonly entry: Entry
  readonly places: Places
  readonly same: Same
}

function renderElement(element: XmlElement, parentUri: string, depth: number, how: Rendering): string {
  const { entry, places, same } = how
  const indent = '  '.repeat(depth)
  const shownAttributes = Object.entries(element.attributes).filter(
    ([name, value]) => name !== 'nil' && same({ name, value, isNumber: false }).kind === 'same',
  )
  const attributes = shownAttributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('')
  const open = `${element.name}${element.uri === parentUri ? '' : ` xmlns="${escaped(element.uri)}"`}${attributes}`
  const inside = childrenOf(element, entry).map((inner) => {
    if (element === entry.header && inner.name === entry.line) {
      const line = renderLine(inner, element.uri, depth + 2, places.line, same)
      return `${indent}  {{#lines}}\n${line}\n${indent}  {{/lines}}`
    }
    const place = element === entry.header && inner.children.length === 0 ? places.header.get(inner.name) : undefined
    return place === undefined
      ? renderElement(inner, element.uri, depth + 1, how)
      : `${indent}  ${leaf(inner, element.uri, place)}`
  })
  if (inside.length > 0) return `${indent}<${open}>\n${inside.join('\n')}\n${indent}</${element.name}>`
  return `${indent}${leaf(element, parentUri, same({ name: element.name, value: element.text.trim(), isNumber: false }))}`
}

/** One entry and one line of it; the session context is left out. */
function childrenOf(element: XmlElement, { header, line, way }: Entry): readonly XmlElement[] {
  const onWay = element.children.find((one) => way.includes(one))
  return element.children.filter((one, index) => {
    if (one.name === 'dsSessionContext') return false
    if (onWay !== undefined && one.name === onWay.name) return one === onWay
    return (
      !(element === header && one.name === line) || element.children.findIndex(({ name }) => name === line) === index
    )
  })
}

function renderLine(
  line: XmlElement,
  parentUri: string,
  depth: number,
  places: ReadonlyMap<string, Place>,
  same: Same,
): string {
  const indent = '  '.repeat(depth)
  const inside = line.children
    .filter(({ children }) => children.length === 0)
    .map(
      (field) =>
        `${indent}  ${leaf(field, line.uri, places.get(field.name) ?? same({ name: field.name, value: field.text.trim(), isNumber: false }))}`,
    )
  const open = `${line.name}${line.uri === parentUri ? '' : ` xmlns="${escaped(line.uri)}"`}`
  return `${indent}<${open}>\n${inside.join('\n')}\n${indent}</${line.name}>`
}

function leaf({ name, uri }: XmlElement, parentUri: string, place: Place): string {
  const open = `${name}${uri === parentUri ? '' : ` xmlns="${escaped(uri)}"`}`
  const text = textOf(place)
  return text === '' ? `<${open}/>` : `<${open}>${text}</${name}>`
}

function textOf(place: Place): string {
  switch (place.kind) {
    case 'tag':
      return `${escaped(place.before)}{{${place.name}}}${escaped(place.after)}`
    case 'turns':
      return `{{#first}}${escaped(place.first)}{{/first}}{{^first}}${escaped(place.other)}{{/first}}`
    case 'same':
      return escaped(place.value)
    case 'blank':
      return ''
  }
}

function escaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (sign) => signs[sign] ?? sign)
}
