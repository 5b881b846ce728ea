import { SaxesParser } from 'saxes'

/** An element as a schema sees it: by namespace and local name. */
export interface Element {
  readonly uri: string
  readonly name: string
  text: string
  readonly children: Element[]
}

/** A well-formed document without DOCTYPE; a text says what is wrong with it. */
export function parseXml(text: string): Element | string {
  const open: Element[] = []
  let root: Element | null = null
  let wrong: string | null = null
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', ({ message }) => void (wrong ??= message))
  parser.on('doctype', () => void (wrong ??= 'DOCTYPE is disallowed'))
  parser.on('opentag', ({ uri, local }) => {
    const element: Element = { uri, name: local, text: '', children: [] }
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
  parser.write(text).close()
  return wrong ?? root ?? 'Premature end of file.'
}

export function inside(element: Element | undefined, uri: string, name: string): Element | undefined {
  return element?.children.find((one) => one.name === name && one.uri === uri)
}

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
