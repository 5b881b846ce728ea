import { createKeyFile, parsePublicKey, type PublicKey } from '../../audit/keys.js'
import { parseNotes, type Note } from '../../audit/note.js'
import type { Claim } from '../../audit/proof.js'
import type { Context } from '../../context.js'
import { EXIT, MlcError } from '../../errors.js'
import { readBounded } from '../../files.js'
import { formatFlag, type CommonFlags } from '../flags.js'

/** `mlc audit keygen`: a key of its own file, and its public half on stdout. */
export async function runKeygen(flags: CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const { output: file } = flags
  if (file === undefined || file === '-')
    throw new MlcError('MLC-C006', 'where the key is to be kept is not said', {
      fix: 'Name a new file: mlc audit keygen -o FILE.',
    })
  const { text } = createKeyFile(file)
  const object = { schema: 'mlc/audit-key/1', file, publicKey: text }
  await context.terminal.data(format === 'json' ? `${JSON.stringify(object)}\n` : `${text}\n`)
  context.terminal.note(`${file} signs the checkpoints once MLC_AUDIT_KEY_FILE names it; keep it from whoever may`)
  context.terminal.note(
    'change the audit. The key on stdout is public: keep it with those who check, or as audit.publicKey.',
  )
  return EXIT.done
}

/** Keys of --key, each a file or the key itself. @throws MLC-A006 without showing what was given */
export async function keysOf(given: readonly string[]): Promise<readonly PublicKey[]> {
  return Promise.all(
    given.map(async (value) => {
      const key = parsePublicKey(value) ?? parsePublicKey((await textOf(value)) ?? '')
      if (key !== null) return key
      throw new MlcError('MLC-A006', '--key is neither an Ed25519 public key nor a file that holds one', {
        fix: 'Give the line that mlc audit keygen printed, or a file with it or with a PEM public key.',
      })
    }),
  )
}

/** An anchor: a note that was kept outside, and where it was read from. */
export interface Anchor {
  readonly note: Note
  readonly claim: Claim
}

/** The notes of the files that --anchor names. @throws MLC-C006 for a file that holds something else */
export async function anchorsOf(files: readonly string[]): Promise<readonly Anchor[]> {
  const anchors: Anchor[] = []
  for (const file of files) {
    const text = await textOf(file)
    if (text === null) throw new MlcError('MLC-C006', `--anchor ${file} cannot be read`)
    // A note that came by mail may have other line ends, and lack the last.
    const { notes, faults, torn } = parseNotes(Buffer.from(`${noteIn(text).replaceAll('\r\n', '\n').trimEnd()}\n\n`), {
      unsigned: true,
    })
    const fault = faults[0] ?? torn ?? (notes.length === 0 ? 1 : null)
    if (fault !== null)
      throw new MlcError('MLC-C006', `--anchor ${file} line ${fault}: this is no note of mlc audit anchor`)
    for (const note of notes) {
      const { records, hash } = note.head
      anchors.push({ note, claim: { kind: 'anchor', records, hash, by: `${file} line ${note.line}` } })
    }
  }
  return anchors
}

/** What `mlc audit anchor --json` printed holds the note; anything else is taken for one. */
function noteIn(text: string): string {
  if (!text.trimStart().startsWith('{')) return text
  try {
    const { note } = JSON.parse(text) as { readonly note?: unknown }
    return typeof note === 'string' ? note : text
  } catch {
    return text
  }
}

/** Notes of a hundred years, a checkpoint an hour. */
const MAX_BYTES = 256 * 1024 * 1024

async function textOf(path: string): Promise<string | null> {
  try {
    const bytes = await readBounded(path, { maxBytes: MAX_BYTES, pipes: true })
    return bytes.length > MAX_BYTES ? null : Buffer.from(bytes).toString('utf8')
  } catch {
    return null
  }
}
