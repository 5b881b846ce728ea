import { hash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { createFile } from '../audit/disk.js'
import type { Context } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { isoTime } from '../model/clock.js'
import { counted } from '../model/counted.js'
import { explainFault } from '../model/fault.js'
import { unwritable } from '../terminal/export/hidden.js'
import { zip, type ZipEntry } from '../model/zip.js'
import { openBreaks } from '../pipeline/breaks.js'
import { selectRows, type AuditRow } from './audit/select.js'
import { totalsOf } from './audit/totals.js'
import { checkAudit, remarksOn, verdictOf, wordsOf } from './audit/verify.js'
import { archiveOf } from './evidence/archive.js'
import type { Gathered } from './evidence/gathered.js'
import { mapCopies } from './evidence/maps.js'
import { sliceOf } from './evidence/slice.js'
import { toldBy } from './evidence/told.js'
import { formatFlag } from './flags.js'
import { summarise } from './reconcile-report.js'
import { reconciled, type ReconcileFlags } from './reconcile.js'

/** `mlc evidence`: a period as an auditor is given it, in one new file. Open breaks are said and change no exit code. */
export async function runEvidence(flags: ReconcileFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const file = newFile(flags)
  const gathered = await gather(flags, context)
  const packed = await archiveOf(gathered, context)
  const bytes = zipped(packed, gathered.at, file)
  save(file, bytes)
  const open = openBreaks(gathered.report.lines.unequal.filter(({ period }) => period === gathered.period)).length
  const { output: _, ...shown } = flags
  const sum = hash('sha256', bytes, 'hex')
  const whole = objectOf(gathered, packed, { file, sha256: sum, open })
  await context.data(shown, format === 'json' ? `${JSON.stringify(whole)}\n` : `${sum}  ${file}\n`)
  if (open > 0) context.terminal.warn(`${counted(open, 'break is', 'breaks are')} open: the evidence says so`)
  return EXIT.done
}

/** @throws MLC-C006 without a file, MLC-C013 where something is there: before Looker is asked, rather than after */
function newFile({ output, period, run }: ReconcileFlags): string {
  if (output === undefined || output === '-')
    throw new MlcError('MLC-C006', 'evidence is written to a file', { fix: 'Add -o FILE.zip.' })
  if (period === undefined && run === undefined) throw noPeriod()
  if (lstatSync(resolve(output), { throwIfNoEntry: false })) throw isThere(output)
  return output
}

function noPeriod(): MlcError {
  return new MlcError('MLC-C006', 'evidence is of one period', { fix: 'Add --period YYYY-PP.' })
}

function isThere(file: string): MlcError {
  return new MlcError('MLC-C013', `${file} is there already`, {
    fix: 'Name a new file: evidence is never written over.',
  })
}

async function gather(flags: ReconcileFlags, context: Context): Promise<Gathered> {
  const { job, report, period } = await reconciled(flags, context)
  if (period === null) throw noPeriod()
  summarise(job, period, report, context)
  const folder = await context.auditFolder()
  const { check, evidence } = await checkAudit(folder, { key: [], anchor: [] }, context)
  const [first] = check.problems
  if (!check.ok)
    throw new MlcError('MLC-A003', `the audit is not intact: ${first ? wordsOf(first) : ''}`, {
      fix: 'Keep the files, run mlc audit verify for all of it, and find out who changed them.',
    })
  const { target } = await context.settings()
  const { slice, elsewhere } = await sliceOf({ folder, job: job.name, period, target, records: check.records })
  const told = toldBy(slice)
  const rows = selectRows(folder, { job: job.name, period, event: ['record.posted'] })
  const posted = await totalsOf(among(slice, rows))
  const audit = { check, verdict: verdictOf(check), remarks: remarksOn(check, evidence) }
  const made = { at: isoTime(context.clock), by: context.user(), version: context.version }
  const maps = await mapCopies(job, context)
  return { job, period, report, target, ...made, slice, elsewhere, told, posted, maps, audit }
}

/** Another run may have added lines since the audit was verified, and some speak of another company. */
async function* among(slice: Gathered['slice'], rows: AsyncIterable<AuditRow>): AsyncGenerator<AuditRow> {
  const seqs = new Set(slice.map(({ seq }) => seq))
  for await (const row of rows) if (seqs.has(row.record.seq)) yield row
}

/** @throws MLC-C006 where it is more than a zip can hold, rather than write one that cannot be read */
function zipped(files: readonly ZipEntry[], at: string, file: string): Buffer {
  try {
    return zip(files, new Date(at))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new MlcError('MLC-C006', `--output ${file} cannot be written: ${error.message}`, {
      fix: 'Use --level account for fewer lines, or mlc reconcile --format csv and mlc audit export by themselves.',
    })
  }
}

/** @throws MLC-C013, MLC-C006 where the file cannot be written: then nothing is left of it */
function save(file: string, bytes: Buffer): void {
  try {
    createFile(resolve(file), bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw isThere(file)
    throw unwritable(`--output ${file}`, explainFault(error))
  }
}

/** `mlc/evidence/1` */
function objectOf(
  { job, period, at, by, report, audit, slice }: Gathered,
  packed: readonly ZipEntry[],
  written: { readonly file: string; readonly sha256: string; readonly open: number },
) {
  const files = packed.map(({ name, text }) => ({
    name,
    bytes: Buffer.byteLength(text),
    sha256: hash('sha256', text, 'hex'),
  }))
  const { records, head } = audit.check
  const trail = { records, head, lines: slice.length }
  return {
    ...{ schema: 'mlc/evidence/1', ...written, job: job.name, period, at, by },
    ...{ summary: report.summary, audit: trail, files },
  }
}
