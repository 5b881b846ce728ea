import { judgeSignatures } from '../../audit/note.js'
import type { PublicKey } from '../../audit/keys.js'
import { verifyAudit, type AuditCheck, type AuditProblem, type Evidence } from '../../audit/verify.js'
import type { Context } from '../../context.js'
import { EXIT, MlcError } from '../../errors.js'
import { counted } from '../../model/counted.js'
import { groupCount } from '../../terminal/amount.js'
import { formatFlag, type CommonFlags } from '../flags.js'
import type { AnchorsInQad } from './in-qad.js'
import { anchorsOf, keysOf, type Anchor } from './keys.js'

export interface VerifyFlags extends CommonFlags {
  readonly key: readonly string[]
  readonly anchor: readonly string[]
  readonly qad?: boolean
}

/** `mlc audit verify`: needs neither network nor credentials, but for --qad. */
export async function runVerify(flags: VerifyFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const folder = await context.auditFolder()
  const { check, evidence, inQad } = await checkAudit(folder, flags, context)
  if (format === 'json') {
    const qad = inQad && { compared: inQad.claims.map(({ key }) => key), notShown: inQad.notShown }
    await context.data(flags, `${JSON.stringify({ schema: 'mlc/audit/1', ...check, ...(qad ? { qad } : {}) })}\n`)
  } else {
    await context.data(flags, verdictOf(check))
    for (const problem of check.problems) context.terminal.warn(wordsOf(problem))
    if (check.moreProblems > 0) context.terminal.warn(`… and ${check.moreProblems} more problems`)
    if (check.records === 0) context.terminal.warn(`there is no audit in ${folder}`)
    for (const line of remarksOn(check, evidence)) context.terminal.note(line)
    if (inQad) showInQad(inQad, context)
  }
  return check.ok ? EXIT.done : EXIT.audit
}

/** Two lines: the verdict with its counts, and the head. */
export function verdictOf(check: AuditCheck): string {
  return `${verdict(check)}: ${summary(check)}\n  head ${check.head}\n`
}

interface Checked {
  readonly check: AuditCheck
  readonly evidence: Evidence
  /** What QAD was asked for; null: it was not. */
  readonly inQad: AnchorsInQad | null
}

/** The whole audit, with the keys and anchors that the flags name. @throws MLC-C006 for an anchor that was changed */
export async function checkAudit(folder: string, flags: VerifyFlags, context: Context): Promise<Checked> {
  const named = flags.key.length > 0 ? await keysOf(flags.key) : await context.auditKeys()
  const own = named.length > 0 ? null : await context.auditSigner()
  const keys = own === null ? named : [own.publicKey]
  const anchors = await anchorsOf(flags.anchor)
  refuseForged(anchors, keys)
  const evidence = { keys, mustBeSigned: named.length > 0, anchors: anchors.map(({ claim }) => claim) }
  const check = await verifyAudit(folder, evidence)
  // A log that cannot be read to its end does not say what to ask QAD for.
  if (!flags.qad || check.problems.some(({ by }) => by === undefined)) return { check, evidence, inQad: null }
  const { anchorsInQad } = await import('./in-qad.js')
  const inQad = await anchorsInQad(folder, context)
  const both = { ...evidence, anchors: [...evidence.anchors, ...inQad.claims] }
  return { check: await verifyAudit(folder, both), evidence: both, inQad }
}

/** How many anchors QAD holds, and which of its references carry them. */
function showInQad({ claims, notShown }: AnchorsInQad, { terminal }: Context): void {
  const carried = claims.length === 0 ? '' : `, carried by ${named(claims.map(({ key = '' }) => key))}`
  terminal.note(`Compared with ${counted(claims.length, 'anchor')} in QAD${carried}.`)
  if (claims.length === 0 && notShown.length === 0)
    terminal.note('No run has put an anchor into QAD yet: the last reference that a run posts carries one.')
  if (notShown.length > 0)
    terminal.warn(`QAD no longer shows the anchor that was posted with ${named(notShown)}: who changed it there?`)
}

const MOST_KEYS = 5

function named(keys: readonly string[]): string {
  const rest = keys.length - MOST_KEYS
  return `${keys.slice(-MOST_KEYS).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
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
  const anchored = `anchored to ${groupCount(anchors.records)}${anchors.at === null ? '' : ` (${anchors.at.slice(0, 10)})`}`
  return [
    `files ${files}`,
    `records ${groupCount(records)}`,
    signed,
    anchored,
    `unanchored ${groupCount(unanchored)}`,
  ].join(', ')
}

/** Where it shows, in words. */
export function wordsOf({ file, line, problem, by, after }: AuditProblem): string {
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
export function remarksOn({ torn, checkpoints, unanchored, records }: AuditCheck, evidence: Evidence): string[] {
  const lines: string[] = []
  if (torn) lines.push(`${torn.file}: the last line is torn (a run was cut off); the next run sets it aside`)
  if (checkpoints.torn !== null) lines.push(`checkpoints line ${checkpoints.torn}: torn; the next run writes it anew`)
  if (checkpoints.total === 0 && records > 0)
    lines.push('Not signed: without checkpoints, an end that was cut off and a whole rewrite do not show.')
  else if (checkpoints.signatures === 'unchecked' && records > 0)
    lines.push(
      'Signatures were not checked: give the public key as audit.publicKey in mlc.yaml, or with --key to mlc audit verify.',
    )
  else if (checkpoints.unsigned > 0 && checkpoints.good > 0)
    lines.push(
      `${counted(groupCount(checkpoints.unsigned), 'record is', 'records are')} behind the last checkpoint and not signed.`,
    )
  lines.push(...changesOfSigner(checkpoints))
  if (records > 0 && unanchored > 0)
    lines.push(
      `${counted(groupCount(unanchored), 'record is', 'records are')} not anchored${(evidence.anchors ?? []).length === 0 ? ' (no anchor given: mlc audit verify --anchor)' : ''}: ` +
        `whoever has the key could have changed or cut them. Keep the output of mlc audit anchor elsewhere.`,
    )
  return lines
}

/** A key that took over is named with the place: whoever changed it knows, and whoever did not finds out. */
function changesOfSigner({ signers, signatures, total, good }: AuditCheck['checkpoints']): string[] {
  const isKnown = signatures === 'checked' && good === total
  const advice = isKnown ? '' : ' If the key was changed on purpose, give both: --key old.pub --key new.pub'
  const which = signatures === 'checked' ? 'another key' : 'another key, or a host of another name,'
  return signers
    .slice(1)
    .map(
      ({ line, name, keyId }) =>
        `From checkpoints line ${line} on ${which} signs: ${name ?? '?'}, key ${keyId ?? '?'}.${advice}`,
    )
}
