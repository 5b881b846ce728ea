import { SaxesParser, type SaxesTagNS } from 'saxes'

/** An element by its local name: QXtend's prefixes change from answer to answer. Every value is text, as it was written. */
export interface XmlElement {
  readonly name: string
  /** Its namespace; empty where it has none. */
  readonly uri: string
  /** Character data of its own, CDATA included; not that of its children. */
  readonly text: string
  /** True for `xsi:nil="true"`. */
  readonly isNil: boolean
  /** By local name, declarations of namespaces left out. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
}

/** Characters from `<` to after `>` of the root's start tag. */
interface RootTag {
  readonly start: number
  readonly end: number
  readonly isSelfClosing: boolean
}

export type Xml =
  | { readonly ok: true; readonly root: XmlElement; readonly tag: RootTag }
  /** `why` says where and what, and quotes nothing of the document. `isEarlyEnd`: it began well and broke off. */
  | { readonly ok: false; readonly why: string; readonly isEarlyEnd: boolean }

/** No document of QXtend is so deep or so large: beyond it a few bytes could fill the memory. */
const MAX_DEPTH = 100
const MAX_NODES = 1_000_000

/**
 * Reads a whole XML 1.0 document with namespaces. Refused are what is not well-formed, what breaks off at any character, a
 * DOCTYPE, and so any entity but the five of XML, and an encoding that the text cannot have been read in.
 */
export function readXml(text: string): Xml {
  const open: Growing[] = []
  let root: Growing | null = null
  let tag: RootTag = { start: 0, end: 0, isSelfClosing: false }
  let nodes = 0
  const count = (more: number) => {
    nodes += more
    if (nodes > MAX_NODES) throw new Unfit(`more than ${MAX_NODES} elements and attributes`)
  }
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  parser.on('error', ({ message }) => {
    throw new Unfit(wordsOf(message))
  })
  parser.on('xmldecl', ({ encoding }) => checkEncoding(encoding, text))
  parser.on('doctype', () => {
    throw new Unfit('it carries a DOCTYPE')
  })
  parser.on('attribute', () => count(1))
  parser.on('opentag', (found) => {
    count(1)
    const element = elementOf(found)
    if (open.length >= MAX_DEPTH) throw new Unfit(`more than ${MAX_DEPTH} elements deep`)
    if (root === null) {
      const end = parser.position
      tag = { start: text.lastIndexOf('<', end - 1), end, isSelfClosing: found.isSelfClosing }
    }
    root ??= element
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  const add = (words: string) => {
    const element = open.at(-1)
    if (element) element.text += words
  }
  parser.on('text', add)
  parser.on('cdata', add)
  parser.on('closetag', () => void open.pop())
  let isAtEnd = false
  try {
    parser.write(text)
    isAtEnd = true
    parser.close()
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    return { ok: false, why: `line ${parser.line}: ${error.message}`, isEarlyEnd: isAtEnd && /^\uFEFF?\s*</.test(text) }
  }
  return root === null ? { ok: false, why: 'it is empty', isEarlyEnd: false } : { ok: true, root, tag }
}

interface Growing {
  readonly name: string
  readonly uri: string
  text: string
  readonly isNil: boolean
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Growing[]
}

class Unfit extends Error {}

const XSI = 'http://www.w3.org/2001/XMLSchema-instance'

function elementOf({ local, uri, attributes }: SaxesTagNS): Growing {
  const nil = Object.values(attributes).find((attribute) => attribute.uri === XSI && attribute.local === 'nil')
  const own = Object.values(attributes).filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns')
  return {
    ...{ name: local, uri, text: '', isNil: nil?.value === 'true' || nil?.value === '1', children: [] },
    attributes: Object.fromEntries(own.map((attribute) => [attribute.local, attribute.value])),
  }
}

/** The bytes were read as UTF-8; what says that it is something else is believed only where that makes no difference. */
function checkEncoding(encoding: string | undefined, text: string): void {
  if (encoding === undefined || /^(utf-?8|us-ascii|ascii)$/i.test(encoding)) return
  const isSame =
    !/^utf-?(16|32)|^ucs|^iso-10646|^ebcdic|^cp(037|500|1047)/i.test(encoding) && !/[^\x00-\x7f]/.test(text)
  if (!isSame) throw new Unfit('its encoding is not UTF-8')
}

/** The parser's words without its position, and without names that are the document's own. */
function wordsOf(message: string): string {
  return message
    .replace(/^[\d:]+ ?/, '')
    .replace(/[^\w .,:'-]/g, '')
    .slice(0, 80)
}

/** The first child of that local name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name)
}

/** The text of the first child of that local name, without blanks around it; empty where there is none. */
export function childText(element: XmlElement | undefined, name: string): string {
  return child(element, name)?.text.trim() ?? ''
}

/** Every element of that local name, at any depth, in document order. */
export function allNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((one) => [...(one.name === name ? [one] : []), ...allNamed(one, name)])
}
