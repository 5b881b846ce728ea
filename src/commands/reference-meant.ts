import { findCandidates } from '../audit/trace.js'
import { MlcError } from '../errors.js'
import { parseKey, revisionKey } from '../model/reference.js'

/** The reference that a person named. */
export interface Meaning {
  readonly baseKey: string
  /** The one revision that is meant; null: all of them, the newest first. */
  readonly key: string | null
}

/**
 * A key in any case, QAD's own identifier, or the beginning of a key. What the audit does not know comes back as it was typed.
 * @param folder of the audit
 * @throws MLC-C006 when it fits several references, naming them and how much of a key tells them apart
 */
export async function meaningOf(ref: string, folder: string): Promise<Meaning> {
  const asKey = meaningOfKey(ref.toUpperCase())
  if (asKey) return asKey
  const { keys, count, byQadRef, telling } = await findCandidates(folder, ref)
  // The key of a break is spelled as its codes are.
  const [first = ref.includes('/') ? ref : ref.toUpperCase()] = keys
  if (count <= 1) {
    const key = byQadRef ? first : null
    const named = key === null ? meaningOfKey(first) : null
    return named ?? { baseKey: parseKey(first)?.baseKey ?? first, key }
  }
  const more = count > keys.length ? ` and ${count - keys.length} more` : ''
  const fits = byQadRef ? `is QAD's name of ${count} keys` : `fits ${count} references`
  throw new MlcError('MLC-C006', `${JSON.stringify(ref.slice(0, 80))} ${fits}: ${keys.join(', ')}${more}`, {
    fix: byQadRef ? 'Write the key.' : `Write at least ${telling} characters of the key: so many tell them all apart.`,
  })
}

/** `…-R1` means the first revision and no other; the key without a revision means them all. */
function meaningOfKey(key: string): Meaning | null {
  const parsed = parseKey(key)
  if (!parsed) return null
  return { baseKey: parsed.baseKey, key: key === parsed.baseKey ? null : revisionKey(parsed.baseKey, parsed.revision) }
}
