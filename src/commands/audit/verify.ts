import { judgeSignatures, noteText } from '../../audit/note.js'
import type { PublicKey } from '../../audit/keys.js'
import { verifyAudit, type AuditCheck, type AuditProblem, type Evidence } from '../../audit/verify.js'
import type { Context } from '../../context.js'
import { EXIT, MlcError } from '../../errors.js'
import { formatFlag, type CommonFlags } from '../flags.js'
import { anchorsOf, keysOf, type Anchor } from './keys.js'
import { counted } from '../../model/counted.js'

export interface VerifyFlags extends CommonFlags {
  readonly key: readonly string[]
  readonly anchor: readonly string[]
  readonly qad?: boolean
}

/** `mlc audit verify`: needs neither network nor credentials, but for --qad. */
export async function runVerify(flags: VerifyFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const folder = await context.auditFolder()
  const { check, evidence } = await checkAudit(folder, flags, context)
  if (format === 'json') {
    await context.data(flags, `${JSON.stringify({ schema: 'mlc/audit/1', ...check })}\n`)
  } else {
    await context.data(flags, `${verdict(check)}: ${summary(check)}\n  head ${check.head}\n`)
    for (const problem of check.problems) context.terminal.warn(wordsOf(problem))
    if (check.moreProblems > 0) context.terminal.warn(`… and ${check.moreProblems} more problems`)
    if (check.records === 0) context.terminal.warn(`there is no audit in ${folder}`)
    for (const line of remarks(check, evidence)) context.terminal.note(line)
  }
  return check.ok ? EXIT.done : EXIT.audit
}

async function checkAudit(
  folder: string,
  flags: VerifyFlags,
  context: Context,
): Promise<{ check: AuditCheck; evidence: Evidence }> {
  const named = flags.key.length > 0 ? await keysOf(flags.key) : await context.auditKeys()
  const own = named.length > 0 ? null : await context.auditSigner()
  const keys = own === null ? named : [own.publicKey]
  const anchors = await anchorsOf(flags.anchor)
  refuseForged(anchors, keys)
  const evidence = { keys, mustBeSigned: named.length > 0, anchors: anchors.map(({ claim }) => claim) }
  const check = await verifyAudit(folder, evidence)
  // A log that cannot be read to its end does not say what to ask QAD for.
  if (!flags.qad || check.problems.some(({ by }) => by === undefined)) return { check, evidence }
  const { anchorsInQad } = await import('./in-qad.js')
  const both = { ...evidence, anchors: [...evidence.anchors, ...(await anchorsInQad(folder, context))] }
  return { check: await verifyAudit(folder, both), evidence: both }
}

/** An anchor counts because of where it was kept, signed or not; a signature that is wrong says that it was changed there. */
function refuseForged(anchors: readonly Anchor[], keys: readonly PublicKey[]): void {
  const forged = anchors.find(({ note }) => judgeSignatures(note, keys) === 'bad')
  if (forged) throw new MlcError('MLC-C006', `--anchor ${forged.claim.by}: its signature does not fit its text`)
}

/** Nothing at all is not taken for something sound: the folder may be another one, or all of it was deleted. */
function verdict({ ok, records }: AuditCheck): string {
  if (!ok) return 'x Not intact'
  return records === 0 ? '! Nothing to verify' : '+ Intact'
}

/** `files 12, records 84,113, checkpoints 97/97, anchored to 84,001 (2026-03-31), unanchored 112`. */
function summary({ files, records, checkpoints, anchors, unanchored }: AuditCheck): string {
  const { total, good, signatures } = checkpoints
  const unchecked = signatures === 'unchecked' ? ' (signatures not checked)' : ''
  const signed = total === 0 ? 'not signed' : `checkpoints ${good}/${total}${unchecked}`
  const anchored = `anchored to ${count(anchors.records)}${anchors.at === null ? '' : ` (${anchors.at.slice(0, 10)})`}`
  return [`files ${files}`, `records ${count(records)}`, signed, anchored, `unanchored ${count(unanchored)}`].join(', ')
}

function count(records: number): string {
  return String(records).replace(/\B(?=(\d{3})+$)/g, ',')
}

function wordsOf({ file, line, problem, by, after }: AuditProblem): string {
  const shownBy = by === undefined ? '' : ` (${by}; sound up to record ${after ?? 0})`
  return `${file} line ${line}: ${WORDS[problem]}${shownBy}`
}

const WORDS: Readonly<Record<AuditProblem['problem'], string>> = {
  hash: 'its content does not match its hash',
  prev: 'it does not follow the line before it',
  seq: 'its number does not follow the line before it',
  json: 'it cannot be read',
  blank: 'a blank line',
  shape: 'it is not an audit line',
  torn: 'it has no newline',
  'missing-month': 'the month before it is missing',
  changed: 'the audit was written anew here or before: another record was signed',
  cut: 'the end of the audit is missing from here on, or it is another audit',
  note: 'this is no signed note',
  signature: 'it is not signed by the key',
  unsigned: 'no checkpoint of this audit is signed by the key',
}

/** What the figures do not prove, said plainly. */
function remarks({ torn, checkpoints, unanchored, records }: AuditCheck, evidence: Evidence): string[] {
  const lines: string[] = []
  if (torn) lines.push(`${torn.file}: the last line is torn (a run was cut off); the next run sets it aside`)
  if (checkpoints.torn !== null) lines.push(`checkpoints line ${checkpoints.torn}: torn; the next run writes it anew`)
  if (checkpoints.total === 0 && records > 0)
    lines.push('Not signed: without checkpoints, an end that was cut off and a whole rewrite do not show.')
  else if (checkpoints.signatures === 'unchecked' && records > 0)
    lines.push('Signatures were not checked: give the public key with --key, or as audit.publicKey in mlc.yaml.')
  else if (checkpoints.unsigned > 0 && checkpoints.good > 0)
    lines.push(
      `${counted(count(checkpoints.unsigned), 'record is', 'records are')} behind the last checkpoint and not signed.`,
    )
  if (records > 0 && unanchored > 0)
    lines.push(
      `${counted(count(unanchored), 'record is', 'records are')} not anchored${(evidence.anchors ?? []).length === 0 ? ' (no --anchor given)' : ''}: ` +
        `whoever has the key could have changed or cut them. Keep the output of mlc audit anchor elsewhere.`,
    )
  return lines
}

/** `mlc audit anchor`: the end of the audit as a note to be kept elsewhere. An audit that is not intact gets none. */
export async function runAnchor(flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const signer = await context.auditSigner()
  const keys = await context.auditKeys()
  const folder = await context.auditFolder()
  const { ok, records, head: hash, problems } = await verifyAudit(folder, { keys })
  const [first] = problems
  if (!ok)
    throw new MlcError('MLC-A003', `the audit is not intact: ${first ? wordsOf(first) : ''}`, {
      fix: 'Keep the files, run mlc audit verify for all of it, and find out who changed them.',
    })
  if (records === 0) context.terminal.warn(`there is no audit in ${folder}: this anchors nothing`)
  const origin = signer?.origin ?? (await context.auditOrigin())
  const note = signer ? signer.sign({ records, hash }) : `${noteText({ origin, records, hash })}\n`
  const object = { schema: 'mlc/audit-anchor/1', origin, records, head: hash, signed: signer !== null, note }
  await context.data(flags, format === 'json' ? `${JSON.stringify(object)}\n` : note)
  if (signer === null) context.terminal.note('Not signed: no MLC_AUDIT_KEY_FILE is set. It anchors all the same.')
  return EXIT.done
}
