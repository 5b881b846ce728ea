import { lstatSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { createFile } from '../../audit/disk.js'
import { noteText } from '../../audit/note.js'
import { verifyAudit } from '../../audit/verify.js'
import type { Context } from '../../context.js'
import { EXIT, MlcError } from '../../errors.js'
import { counted } from '../../model/counted.js'
import { explainFault } from '../../model/fault.js'
import { unwritable } from '../../terminal/export/hidden.js'
import { groupCount } from '../../terminal/amount.js'
import { formatFlag, type CommonFlags } from '../flags.js'
import { wordsOf } from './verify.js'

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
  const where = await keep(format === 'json' ? `${JSON.stringify(object)}\n` : note, flags, context)
  context.terminal.note(
    `Anchored to ${groupCount(records)}: ${counted(groupCount(records), 'record')}, head ${hash}${where}.`,
  )
  if (signer === null) context.terminal.note('Not signed: no MLC_AUDIT_KEY_FILE is set. It anchors all the same.')
  return EXIT.done
}

/** An older anchor is worth no less than a new one, so none is written over. @returns where it is, in words @throws MLC-C013 */
async function keep(text: string, flags: CommonFlags, context: Context): Promise<string> {
  const { output } = flags
  if (output === undefined || output === '-' || isDevice(output)) {
    await context.data(flags, text)
    return ''
  }
  const path = resolve(output)
  try {
    createFile(path, Buffer.from(text))
    return `, written to ${output}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(`--output ${output}`, explainFault(error))
  }
  if (holds(path, text)) return `, as ${output} holds it already`
  throw new MlcError('MLC-C013', `${output} is there already and holds something else`, {
    fix: 'Name a new file: an anchor is never written over, and each of them counts (--anchor may be repeated).',
  })
}

/** What cannot be replaced, such as a pipe, is written to. */
function isDevice(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && !found.isFile() && !found.isDirectory()
}

function holds(path: string, text: string): boolean {
  return lstatSync(path).isFile() && readFileSync(path).equals(Buffer.from(text))
}
