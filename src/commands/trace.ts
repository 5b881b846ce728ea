import { traceAudit, type AuditTrace } from '../audit/trace.js'
import type { Context } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { meaningOf } from './reference-meant.js'
import { tracedObject, type AuditState, type Traced } from './trace/object.js'
import { tracedText } from './trace/text.js'

/**
 * `mlc trace REF`: from a reference back to the rows that Looker gave. Reads the audit and the state folder and nothing else: no
 * network, no credentials, no lock. Of a damaged audit it shows what the sound lines say, and exits 8.
 */
export async function runTrace(ref: string, flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const folder = await context.auditFolder()
  const { baseKey, key: meant } = await meaningOf(ref.trim(), folder)
  const trace = await traceAudit(folder, baseKey)
  const { state, failure } = await checked(trace, folder)
  const told = trace.revisions.find(({ key }) => meant === null || key === meant)
  if (!told) throw failure ?? notFound(ref.trim(), trace)
  const traced = await tracedObject(trace, told, state, context)
  await context.data(flags, format === 'json' ? `${JSON.stringify(traced)}\n` : tracedText(traced))
  for (const remark of traced.remarks) context.terminal.warn(remark)
  if (failure) context.terminal.error(failure)
  else context.terminal.note(nextOf(traced))
  return failure?.exitCode ?? EXIT.done
}

function notFound(ref: string, { revisions, lines }: AuditTrace): MlcError {
  const known = revisions.map(({ key }) => key).join(', ')
  const message =
    known === ''
      ? `the audit knows no reference ${shown(ref)} (${lines} records read)`
      : `the audit knows no revision ${shown(ref)}, only ${known}`
  return new MlcError('MLC-C016', message)
}

function shown(ref: string): string {
  return JSON.stringify(ref.slice(0, 80))
}

/** Only where a line is bad is the audit verified as a whole, which takes longer and names file and line. */
async function checked(
  { isSound, lines }: AuditTrace,
  folder: string,
): Promise<{ readonly state: AuditState; readonly failure: MlcError | null }> {
  if (isSound) return { state: { ok: true, records: lines, problems: [] }, failure: null }
  const { verifyAudit } = await import('../audit/verify.js')
  try {
    const { ok, problems, moreProblems } = await verifyAudit(folder)
    const state = { ok, records: lines, problems: problems.slice(0, MOST_PROBLEMS) }
    const [first] = problems
    if (ok || !first) return { state, failure: null }
    const rest = problems.length + moreProblems - 1
    const more = rest > 0 ? ` and ${rest} more problems` : ''
    const message = `the audit is damaged (${first.file} line ${first.line}: ${first.problem}${more}), so what it says of this reference cannot be trusted`
    return { state, failure: new MlcError('MLC-A003', message, { fix: 'Run mlc audit verify, and keep the files.' }) }
  } catch (error) {
    if (!(error instanceof MlcError)) throw error
    return { state: { ok: false, records: lines, problems: [] }, failure: error }
  }
}

const MOST_PROBLEMS = 20

function nextOf({ key, baseKey, state }: Traced): string {
  switch (state) {
    case 'open':
    case 'unknown':
    case 'failed':
    case 'skipped':
      return `Next: mlc replay --key ${key}, which asks QAD first`
    case 'conflict':
      return `Next: correct QAD, or mlc resolve ${key} --posted to accept what it holds`
    default:
      return `Next: mlc audit show --key ${baseKey}`
  }
}
