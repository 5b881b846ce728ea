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
      slice.map(({ text }) => `${text}\n`).join(''),
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

interface Described extends ZipEntry {
  readonly what: string
}

function described(name: string, what: string, text: string | Uint8Array): Described {
  return { name, what, text }
}

async function reports({ job, period, report, target, at }: Gathered): Promise<Described[]> {
  const page = [...(await inForm('html', pageOf(job, period, report, { target, at })))].join('')
  return [
    described('report.html', 'the reconciliation as a page', page),
    described('report.csv', 'the reconciliation, every line', [...csvLines(report)].join('')),
    described(
      'report.json',
      'the reconciliation for a program (mlc/reconcile/1)',
      [...jsonPieces(job, period, report)].join(''),
    ),
  ]
}

/** What stood in a name, a note or a map by mistake is taken out as everywhere; that its bytes are others is said. */
async function withoutCredentials(files: readonly ZipEntry[], context: Context): Promise<ZipEntry[]> {
  const ports = await context.doctor()
  // So that the redactor knows them even where no request had to.
  await Promise.all([ports.secret('looker').catch(() => null), ports.secret('qad').catch(() => null)])
  return files.map(({ name, text }) => {
    const shown = typeof text === 'string' ? text : new TextDecoder('utf-8', { ignoreBOM: true }).decode(text)
    const clean = redactAroundHashes(shown, (part) => ports.redact(part))
    if (clean === shown) return { name, text }
    context.terminal.warn(`${name}: a credential stood in it and was taken out; its hashes no longer fit`)
    return { name, text: clean }
  })
}
