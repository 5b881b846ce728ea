import { hash } from 'node:crypto'
import type { Context } from '../../context.js'
import { redactAroundHashes } from '../../model/hashes.js'
import type { ZipEntry } from '../../model/zip.js'
import { evidencePage } from '../../terminal/report/evidence.js'
import { inForm, pageOf } from '../reconcile-page.js'
import { csvLines, jsonPieces } from '../reconcile-report.js'
import { answersOf } from './answers.js'
import type { Gathered } from './gathered.js'
import { archiveName } from './maps.js'
import { queriesText } from './queries.js'

/** The files of the archive in their order; MANIFEST.txt, the last, has the sum of each other. No credential is in any of them. */
export async function archiveOf(gathered: Gathered, context: Context): Promise<readonly ZipEntry[]> {
  const { job, maps, slice, audit } = gathered
  const files: Described[] = [
    ...(await reports(gathered)),
    described(
      `queries/${archiveName(job.name)}.txt`,
      'each question that Looker was asked',
      queriesText(gathered.report, gathered.told.runs),
    ),
    ...maps.map(({ name, file, bytes }) => described(name, `${file} as it is today, to the byte`, bytes)),
    described(
      'audit.jsonl',
      'the lines of the audit about the period, as they were hashed',
      slice.map(({ text }) => `${text}\n`),
    ),
    described(
      'verify.txt',
      'what mlc audit verify says of the whole audit',
      [audit.verdict, ...audit.remarks.map((line) => `${line}\n`)].join(''),
    ),
  ]
  const page = evidencePage({
    title: `${job.name} ${gathered.period}`,
    at: gathered.at,
    answers: answersOf(gathered),
    files: [
      ...files.map(({ name, what }) => [name, what] as const),
      ['MANIFEST.txt', 'SHA-256 of each file: sha256sum -c MANIFEST.txt'],
    ],
  })
  const all = [described('IPE.html', 'this page', [...page].join('')), ...files]
  const clean = await withoutCredentials(all, context)
  return [
    ...clean,
    { name: 'MANIFEST.txt', text: clean.map(({ name, text }) => `${hash('sha256', text, 'hex')}  ${name}\n`).join('') },
  ]
}

interface Described {
  readonly name: string
  readonly what: string
  readonly content: Content
}

/** In pieces where it may be longer than a text can be: each a whole line, so that no credential stands in two of them. */
type Content = string | Uint8Array | Iterable<string>

function described(name: string, what: string, content: Content): Described {
  return { name, what, content }
}

async function reports({ job, period, report, target, at }: Gathered): Promise<Described[]> {
  const page = [...(await inForm('html', pageOf(job, period, report, { target, at })))].join('')
  return [
    described('report.html', 'the reconciliation as a page', page),
    described('report.csv', 'the reconciliation, every line', csvLines(report)),
    described('report.json', 'the reconciliation for a program (mlc/reconcile/1)', jsonPieces(job, period, report)),
  ]
}

/** What stood in a name, a note or a map by mistake is taken out as everywhere; that its bytes are others is said. */
async function withoutCredentials(files: readonly Described[], context: Context): Promise<ZipEntry[]> {
  const ports = await context.doctor()
  // So that the redactor knows them even where no request had to.
  await Promise.all([ports.secret('looker').catch(() => null), ports.secret('qad').catch(() => null)])
  return files.map(({ name, content }) => {
    let isClean = true
    const text = bytesOf(content, (piece) => {
      const clean = redactAroundHashes(piece, (part) => ports.redact(part))
      isClean &&= clean === piece
      return clean
    })
    if (isClean) return { name, text: content instanceof Uint8Array ? content : text }
    context.terminal.warn(`${name}: a credential stood in it and was taken out; its hashes no longer fit`)
    return { name, text }
  })
}

/** The bytes of what is left of each piece. */
function bytesOf(content: Content, clean: (piece: string) => string): Uint8Array {
  const blocks: Uint8Array[] = []
  let held = ''
  for (const piece of piecesOf(content)) {
    held += clean(piece)
    if (held.length < BLOCK_LENGTH) continue
    blocks.push(Buffer.from(held, 'utf8'))
    held = ''
  }
  return Buffer.concat([...blocks, Buffer.from(held, 'utf8')])
}

const BLOCK_LENGTH = 1024 * 1024

function piecesOf(content: Content): Iterable<string> {
  if (content instanceof Uint8Array) return [new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)]
  return typeof content === 'string' ? [content] : content
}
