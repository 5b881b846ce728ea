import Mustache from 'mustache'
import { MlcError } from '../../errors.js'
import { documentFault, escapeFor, type TemplateFormat } from './format.js'
import type { TemplateValues } from './names.js'
import { sampleValues } from './sample.js'
import { checkTokens, lineOf, parseTokens, type TemplateUse } from './tokens.js'

/** A template that was found sound: it names only what there is to be named, and makes a document of its format. */
export interface Template {
  /** As messages name it. */
  readonly file: string
  readonly format: TemplateFormat
  /** What it names. */
  readonly names: ReadonlySet<string>
  /** The document, every value escaped and to the digit. @throws MLC-C018 when what comes out is no document */
  render(values: TemplateValues): string
}

/**
 * Reads a Mustache template. The ending of the file says how values are escaped: `.json.tmpl` or `.xml.tmpl`.
 * @param use `entry` posts, and must carry the key; `query` reads, and knows `from` and `to` besides
 * @throws MLC-C017 naming file and line: an unknown name, a partial, an unescaped value, a tag that does not close
 * @throws MLC-C018 when the template makes no document even of sample values
 */
export function compileTemplate(text: string, file: string, use: TemplateUse = 'entry'): Template {
  const format = formatOf(file)
  const source = text.replace(/^\uFEFF/, '')
  const names = checkTokens(parseTokens(source, file), source, file, use)
  const render = (values: TemplateValues) => renderChecked(source, file, format, values)
  render(sampleValues())
  return { file, format, names, render }
}

function formatOf(file: string): TemplateFormat {
  const found = /\.(json|xml)(?:\.tmpl)?$/i.exec(file)?.[1]?.toLowerCase()
  if (found === 'json' || found === 'xml') return found
  throw new MlcError('MLC-C017', `${file}: the ending says neither JSON nor XML`, {
    fix: 'Name the file so that it ends in .json.tmpl or .xml.tmpl: values are escaped by the ending.',
  })
}

function renderChecked(source: string, file: string, format: TemplateFormat, values: TemplateValues): string {
  const escape = (value: unknown) => escapeFor(format, String(value), file)
  const rendered = Mustache.render(source, viewOf(values), {}, { escape })
  const fault = documentFault(format, rendered)
  if (fault === null) return rendered
  const line = fault.at === null ? '' : ` line ${lineOf(rendered, fault.at)} of what it makes`
  throw new MlcError('MLC-C018', `${file}${line}: ${fault.message}`)
}

/** Without a prototype: a name that is not given is nothing, whatever it is called. */
function viewOf({ lines = [], ...texts }: TemplateValues): object {
  const marked = lines.map((line, index) => bare({ ...line, first: index === 0, last: index === lines.length - 1 }))
  return bare({ ...texts, lines: marked })
}

function bare(fields: object): object {
  return Object.assign(Object.create(null) as object, fields)
}
