import * as z from 'zod'
import { baseUrl, choice, code, optional, text, trueOrFalse, type IssueParams } from './fields.js'

const SOAP_ACTION = `the header's text with its quotes, such as '""'`

/** Where QXtend Inbound listens, and how a receiver of it takes its QDocs. For kind qxtend only. */
export const qxtendSection = z.strictObject({
  url: baseUrl('https://erp.acme.example:8443/qxi/services/QdocWebService'),
  receiver: code('the name of a receiver, such as qad2017ee'),
  qdocVersion: code('the version of the QDocs, such as ERP3_2'),
  scopeTransaction: trueOrFalse().default(true),
  suppressResponseDetail: trueOrFalse().default(false),
  soapAction: z
    .string({ error: SOAP_ACTION })
    .regex(/^[\x20-\x7e]{0,255}$/, { error: SOAP_ACTION })
    .default('""'),
  decimalSeparator: choice(['.', ',']).default('.'),
  queryTemplate: optional(text('the path of a template, such as query.xml.tmpl')),
})

interface Read {
  readonly browse: string | null
  readonly path: string | null
  readonly rows: string | null
}

/** The sections that mean something else, or nothing, where QAD is reached through QXtend. */
interface Beside {
  readonly kind: string
  readonly qxtend: z.infer<typeof qxtendSection> | null
  readonly auth: { readonly type: string }
  readonly http: { readonly maxInFlight: number }
  readonly swagger: string | null
  readonly reads: Readonly<Record<string, Read | null>>
  readonly write: {
    readonly target: string
    readonly template: string | null
    readonly path: string | null
    readonly viewUri: string | null
    readonly collection: string | null
    readonly validatePath: string | null
  } | null
}

type Say = (path: string[], message: string) => void

export function checkQxtend(qad: Beside, context: z.RefinementCtx): void {
  const say: Say = (path, message) =>
    context.addIssue({ code: 'custom', path, message, params: { whole: true } satisfies IssueParams })
  checkReads(qad, say)
  if (qad.kind !== 'qxtend') return
  if (qad.qxtend === null) return say(['qxtend'], 'is missing: kind qxtend needs url, receiver and qdocVersion there')
  checkDoor(qad, say)
  checkTemplate(qad.qxtend.queryTemplate, ['qxtend', 'queryTemplate'], say)
  if (qad.write !== null) checkWriting(qad.write, say)
}

function checkReads({ kind, reads, qxtend }: Beside, say: Say): void {
  const configured = Object.entries(reads).flatMap(([name, read]) => (read === null ? [] : [[name, read] as const]))
  for (const [name, { browse, path, rows }] of configured) {
    if (kind === 'qxtend') {
      if (browse !== null || path !== null)
        say(
          ['reads', name, browse === null ? 'path' : 'browse'],
          'is for kind adaptive; kind qxtend finds its rows in the answer of queryTemplate',
        )
      if (rows === null)
        say(['reads', name, 'rows'], 'is missing: where the rows are in the answer, such as dsZzTold.ttZzTie')
    } else if (browse === null && path === null)
      say(['reads', name], 'needs either browse or path, exactly one of them')
  }
  if (kind === 'qxtend' && qxtend?.queryTemplate === null && configured.length > 0)
    say(['qxtend', 'queryTemplate'], `is missing: it asks for what reads.${configured[0]?.[0] ?? ''} shows`)
}

const LOGINS = ['oauth_password', 'basic']

function checkDoor({ auth, http, swagger }: Beside, say: Say): void {
  // What stands there unless told is no login of QXtend either, and does no harm: user and password go into every QDoc.
  if (!LOGINS.includes(auth.type))
    say(
      ['auth', 'type'],
      `${auth.type} is for kind adaptive; kind qxtend puts user and password into every QDoc: leave it out, or basic for a server in front that asks for them too`,
    )
  if (http.maxInFlight !== 1) say(['http', 'maxInFlight'], 'is 1 for kind qxtend: its agents are few, and shared')
  if (swagger !== null) say(['swagger'], 'is for kind adaptive: QXtend has no such document')
}

function checkWriting(write: NonNullable<Beside['write']>, say: Say): void {
  if (write.target === 'bdoc')
    return say(['write', 'target'], 'bdoc is for kind adaptive; kind qxtend takes journal or file')
  if (write.target !== 'journal') return
  for (const key of ['path', 'viewUri', 'collection', 'validatePath'] as const)
    if (write[key] !== null) say(['write', key], 'is for kind adaptive: every QDoc goes to qad.qxtend.url')
  checkTemplate(write.template, ['write', 'template'], say)
}

function checkTemplate(path: string | null, at: string[], say: Say): void {
  if (path !== null && !/\.xml(\.tmpl)?$/i.test(path)) say(at, 'is a template of XML: its name ends in .xml.tmpl')
}
