import { parse } from 'lossless-json'
import { SaxesParser } from 'saxes'
import { MlcError } from '../../errors.js'

export type TemplateFormat = 'json' | 'xml'

/** A value as it stands inside a JSON string, or inside an XML element or attribute. @throws MLC-C018 for what XML cannot carry */
export function escapeFor(format: TemplateFormat, value: string, file: string): string {
  if (format === 'json') return JSON.stringify(value).slice(1, -1)
  if (NOT_IN_XML.test(value)) throw new MlcError('MLC-C018', `${file}: a value holds a character that XML cannot carry`)
  // Line ends and tabs as numbers: a parser makes blanks of them in an attribute, and one line end of two.
  return value.replace(/[&<>"'\t\n\r]/g, (sign) => XML_SIGNS[sign] ?? `&#${sign.charCodeAt(0)};`)
}

/** Control characters, halves of a surrogate pair, and the two code points that are no characters. */
const NOT_IN_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/u

const XML_SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

interface DocumentFault {
  readonly message: string
  /** Character at which it shows; null where the parser does not say. */
  readonly at: number | null
}

/** Why a rendered text is no document of that format; null when it is one. Nothing of the text is quoted: it may hold a password. */
export function documentFault(format: TemplateFormat, text: string): DocumentFault | null {
  return format === 'json' ? jsonFault(text) : xmlFault(text)
}

function jsonFault(text: string): DocumentFault | null {
  try {
    parse(text)
    return null
  } catch (error) {
    const at = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined
    const message =
      'what it makes is no JSON; a text and a code need quotes around the tag, a comma belongs between two members'
    return { message, at: at === undefined ? null : Number(at) }
  }
}

function xmlFault(text: string): DocumentFault | null {
  const parser = new SaxesParser({ xmlns: true })
  let found: DocumentFault | null = null
  const note = (message: string) => (found ??= { message, at: parser.position })
  parser.on('error', ({ message }) =>
    note(`what it makes is no XML: ${message.replace(/^[\d:]+ /, '').replace(/[^\w .,:'-]/g, '')}`),
  )
  // Entities of one's own are a way to have a server read its files.
  parser.on('doctype', () => note('what it makes carries a DOCTYPE'))
  parser.write(text).close()
  return found
}
