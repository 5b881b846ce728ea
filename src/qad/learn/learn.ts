import { MlcError } from '../../errors.js'
import { compileTemplate } from '../template/template.js'
import { readXml, type XmlElement } from '../xml.js'
import { adaptiveOf } from './adaptive.js'
import { quotableUrl } from './address.js'
import { readHar, type Exchange } from './har.js'
import { qdocOf, XML_TEMPLATE, type FromQdoc } from './qdoc.js'
import { createKeeper, fromMarkup, secretsOf, type Secrets } from './secrets.js'
import { ask, question, renderSettings, seen, type Setting } from './section.js'
import { wsdlOf } from './wsdl.js'

/** What a capture taught, as settings of `qad` with the templates that they name. */
export interface Findings {
  readonly kind: 'har' | 'document' | 'wsdl'
  readonly settings: readonly Setting[]
  /** By name of the file. */
  readonly templates: ReadonlyMap<string, string>
  /** What a person should know besides: what was chosen among several, and what was used for nothing. */
  readonly notes: readonly string[]
  /** Hosts whose requests were left out, and how many there were. */
  readonly ignored: ReadonlyMap<string, number>
  readonly secrets: Secrets
}

/** Larger captures are not read: a browser's filter for Fetch/XHR keeps one save far below it. */
export const MAX_CAPTURE_BYTES = 100 * 1024 * 1024

/**
 * Learns a tenant from the text of one capture: a browser's HAR, a QDoc or Dump XML, or a WSDL. Pure: nothing is asked of anybody.
 * @param file as messages name it
 * @throws MLC-Q017 when it is none of them; the message quotes nothing of it
 */
export function learn(text: string, file: string): Findings {
  const findings = /^\uFEFF?\s*</.test(text) ? fromXml(text, file) : fromHar(text, file)
  return { ...findings, settings: [...findings.settings, ...templateFaults(findings)] }
}

function fromHar(text: string, file: string): Findings {
  const exchanges = readHar(text, file)
  return { kind: 'har', ...(qdocIn(exchanges) ?? adaptiveOf(exchanges, file)) }
}

/** A recording proxy writes what went to QXtend in the same form. */
function qdocIn(exchanges: readonly Exchange[]): Omit<Findings, 'kind'> | null {
  const sent = exchanges.filter(({ url, body }) => url.pathname.includes('/services/') && /^\s*</.test(body)).at(-1)
  const read = sent === undefined ? null : readXml(sent.body)
  const url = sent === undefined ? null : quotableUrl(sent.url.href)
  if (sent === undefined || !read?.ok || url === null) return null
  const secrets = secretsOf(exchanges, [sent])
  const address: Setting = { key: 'url', value: url, remark: seen(`request ${sent.number}`) }
  const notes = sent.status === 200 ? [] : [`QXtend answered request ${sent.number} with HTTP ${sent.status}`]
  return { ...withTemplate(qdocOf(read.root, address, secrets)), notes, ignored: new Map(), secrets }
}

function fromXml(text: string, file: string): Findings {
  const read = readXml(text)
  if (!read.ok) throw new MlcError('MLC-Q017', `${file} is no XML that mlc reads: ${read.why}`)
  const keep = createKeeper()
  fromMarkup(text, keep)
  const secrets = keep.secrets()
  const isDescription = /^(definitions|description|schema)$/.test(read.root.name)
  const shared = { notes: [], ignored: new Map<string, number>(), secrets }
  if (!isDescription) return { kind: 'document', ...shared, ...withTemplate(qdocOf(read.root, null, secrets)) }
  return { kind: 'wsdl', ...shared, ...fromDescription(read.root, secrets) }
}

function withTemplate({ settings, template }: FromQdoc): Pick<Findings, 'settings' | 'templates'> {
  return { settings, templates: new Map(template === null ? [] : [[XML_TEMPLATE, template]]) }
}

/** The document with lines of accounts among those that the schemas describe; without schemas, the address alone. */
function fromDescription(root: XmlElement, secrets: Secrets): Pick<Findings, 'settings' | 'templates' | 'notes'> {
  const { address, soapAction, qdocs } = wsdlOf(root)
  const learned = qdocs.map((qdoc) => qdocOf(qdoc, address, secrets))
  const journals = learned.filter(({ template }) => template !== null)
  const [best = qdocOf(EMPTY, address, secrets)] = journals
  const settings = best.settings.map((setting) =>
    setting.key === 'qxtend' ? withAction(setting, soapAction) : setting,
  )
  const others = journals
    .slice(1)
    .map(({ name }) => `${name} describes a journal, too; the template is made of ${best.name}`)
  const notes =
    best.template === null
      ? ['the schemas describe no document with lines of accounts, so there is no template']
      : others
  const more =
    best.template === null
      ? []
      : [question(`the template is made of the schema of ${best.name}, without a value: which fields may be left out?`)]
  return { ...withTemplate({ ...best, settings: [...settings, ...more] }), notes }
}

const EMPTY: XmlElement = { name: '', uri: '', text: '', isNil: false, attributes: {}, children: [] }

function withAction({ key, value }: Setting, action: Setting): Setting {
  const settings = Array.isArray(value) ? (value as readonly Setting[]) : []
  return { key, value: settings.map((one) => (one.key === 'soapAction' ? action : one)) }
}

/** A template that mlc would refuse is written all the same: a person can mend it, and hears why. */
function templateFaults({ templates }: Findings): readonly Setting[] {
  return [...templates].flatMap(([name, text]) => {
    try {
      compileTemplate(text, name)
      return []
    } catch (error) {
      if (!(error instanceof MlcError)) throw error
      return [{ key: '', value: null, remark: ask(error.message) }]
    }
  })
}

/** The file that `mlc qad learn` writes: a whole mlc.yaml of the section qad alone, so that it can be tried as it is. */
export function renderLearned({ settings }: Findings): string {
  return `# Made by mlc qad learn from one capture. No secret of it is here.
# CHANGE ME: the capture does not tell. CHECK: taken from it, and another reading is possible.
# Try it as it is with mlc doctor --config FILE --only qad; then copy the section qad into mlc.yaml.
version: 1
qad:
${renderSettings(settings, 1).join('\n')}
`
}
