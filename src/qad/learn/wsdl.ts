import { allNamed, child, type XmlElement } from '../xml.js'
import { ask, check, seen, type Setting } from './section.js'
import { quotableUrl } from './address.js'

/** What a service description tells: where it listens, and the documents that it takes. */
export interface FromWsdl {
  readonly address: Setting
  readonly soapAction: Setting
  /** QDocs that its schemas describe, by name; empty where it only refers to them. */
  readonly qdocs: readonly XmlElement[]
}

export function wsdlOf(root: XmlElement): FromWsdl {
  const locations = allNamed(root, 'address').flatMap(({ attributes }) => attributes['location'] ?? [])
  const found = locations.map(quotableUrl).find((url) => url !== null) ?? null
  const actions = [...new Set(allNamed(root, 'operation').flatMap(({ attributes }) => attributes['soapAction'] ?? []))]
  const isPlain = /^[\x21-\x7e]{0,200}$/.test(actions[0] ?? '')
  return {
    address:
      found === null
        ? { key: 'url', value: null, remark: ask('where does QXtend Inbound listen? the description does not say') }
        : { key: 'url', value: found, remark: (locations.length > 1 ? check : seen)('the address of the description') },
    // The quotes are part of the header.
    soapAction: { key: 'soapAction', value: `"${isPlain ? (actions[0] ?? '') : ''}"` },
    qdocs: schemasOf(root).flatMap((schema) => qdocsIn(schema)),
  }
}

/** A schema that stands alone is one as well. */
function schemasOf(root: XmlElement): readonly XmlElement[] {
  return root.name === 'schema' ? [root] : allNamed(root, 'schema')
}

/** Answers and messages of the service itself are no documents of ours. */
function qdocsIn(schema: XmlElement): readonly XmlElement[] {
  const top = schema.children.filter(({ name }) => name === 'element')
  const wanted = top.filter(({ attributes }) => !/response|exception|fault/i.test(attributes['name'] ?? ''))
  const budget = { left: MAX_NODES }
  return wanted.map((element) => grown(element, schema, [], budget)).filter(({ children }) => children.length > 0)
}

/** A type may hold itself, and a few lines of schema can describe a document without end. */
const MAX_NODES = 5000
const MAX_DEPTH = 12

/** The document that an element of a schema describes, each part once and empty. */
function grown(
  element: XmlElement,
  schema: XmlElement,
  above: readonly string[],
  budget: { left: number },
): XmlElement {
  const name = element.attributes['name'] ?? local(element.attributes['ref'] ?? '')
  const uri =
    above.length === 0 || schema.attributes['elementFormDefault'] === 'qualified'
      ? (schema.attributes['targetNamespace'] ?? '')
      : ''
  budget.left--
  const type = element.attributes['ref'] === undefined ? element : (global(schema, 'element', name) ?? element)
  const parts = budget.left <= 0 || above.length >= MAX_DEPTH || above.includes(name) ? [] : partsOf(type, schema)
  const children = parts.map((part) => grown(part, schema, [...above, name], budget))
  return { name, uri, text: '', isNil: false, attributes: {}, children }
}

/** Elements of a type, whether they stand in a sequence, a choice or all. */
function partsOf(element: XmlElement, schema: XmlElement): readonly XmlElement[] {
  const type = child(element, 'complexType') ?? global(schema, 'complexType', local(element.attributes['type'] ?? ''))
  if (type === undefined) return []
  const inside = (holder: XmlElement): readonly XmlElement[] =>
    holder.children.flatMap((one) =>
      one.name === 'element'
        ? [one]
        : /^(sequence|choice|all|complexContent|extension)$/.test(one.name)
          ? inside(one)
          : [],
    )
  return inside(type).filter(({ attributes }) =>
    /^[A-Za-z_][\w.-]*$/.test(attributes['name'] ?? local(attributes['ref'] ?? '')),
  )
}

function global(schema: XmlElement, kind: string, name: string): XmlElement | undefined {
  return name === '' ? undefined : schema.children.find((one) => one.name === kind && one.attributes['name'] === name)
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
