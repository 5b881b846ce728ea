import type { AuditRecord } from './event.js'
import { ZEROS } from './record.js'

/** What is said of the chain from beside it or from outside: that a certain record has a hash that begins so. */
export interface Claim {
  /** `anchor`: kept where whoever writes the audit cannot write. */
  readonly kind: 'checkpoint' | 'anchor'
  /** The record it speaks of. Null: not known, because QAD has room for the hash alone. */
  readonly records: number | null
  /** In hex: the whole hash, or its first 16 digits. */
  readonly hash: string
  /** Where it stands, as a person finds it: `checkpoints line 7`. */
  readonly by: string
  /** The reference in QAD that carries it; its `record.sent` comes right behind the record it speaks of. */
  readonly key?: string
}

/** A claim that the chain does not bear out, and where that shows. */
export interface Refuted {
  readonly claim: Claim
  /** `cut`: the chain ends before. `changed`: another record stands there. */
  readonly how: 'changed' | 'cut'
  readonly file: string
  readonly line: number
}

/** A claim that the chain bears out: nothing up to this record has changed since it was made. */
export interface Proven {
  readonly claim: Claim
  readonly records: number
  /** When that record was written, ISO 8601; empty for "no record yet". */
  readonly at: string
}

/** A place in the chain. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** Compares claims with the records of a chain, seen in order, once. */
export interface Proofs {
  see(record: AuditRecord, place: Place): void
  /** @param records of the chain, unreadable ones among them @param end where its next line would stand */
  result(records: number, end: Place): { readonly proven: readonly Proven[]; readonly refuted: readonly Refuted[] }
}

export function createProofs(claims: readonly Claim[]): Proofs {
  const byNumber = indexed(claims, ({ records }) => records)
  const byHash = indexed(claims, ({ records, hash }) => (records === null ? hash.slice(0, SHORT) : null))
  const byKey = indexed(claims, ({ key }) => key ?? null)
  const proven = new Map<Claim, Proven>()
  const changed = new Map<Claim, Refuted>()
  const bearOut = (claim: Claim, records: number, at: string) => proven.set(claim, { claim, records, at })
  const refute = (claim: Claim, place: Place) =>
    changed.has(claim) || changed.set(claim, { claim, how: 'changed', ...place })
  let last = 0
  for (const claim of byNumber.get(0) ?? []) if (claim.hash === ZEROS) bearOut(claim, 0, '')
  return {
    see({ seq, hash, at, key, event }, place) {
      last = Math.max(last, seq)
      for (const claim of byNumber.get(seq) ?? []) {
        if (hash.startsWith(claim.hash)) bearOut(claim, seq, at)
        else refute(claim, place)
      }
      if (byHash.size === 0) return
      for (const claim of byHash.get(hash.slice(0, SHORT)) ?? []) bearOut(claim, seq, at)
      if (key === null || event !== 'record.sent') return
      for (const claim of byKey.get(key) ?? []) if (!proven.has(claim)) refute(claim, place)
    },
    result(records, end) {
      const isOpen = (claim: Claim) => !proven.has(claim) && !changed.has(claim)
      // A record that is there, but could not be read as itself, has been named for that.
      const cut = claims.filter(
        (claim) => isOpen(claim) && (claim.records === null || claim.records > Math.max(last, records)),
      )
      const refuted = [...changed.values(), ...cut.map((claim): Refuted => ({ claim, how: 'cut', ...end }))]
      return { proven: [...proven.values()], refuted }
    },
  }
}

/** Digits of a hash that fit into a text of QAD: 64 bits. */
export const SHORT = 16

function indexed<K>(claims: readonly Claim[], keyOf: (claim: Claim) => K | null): ReadonlyMap<K, readonly Claim[]> {
  const index = new Map<K, Claim[]>()
  for (const claim of claims) {
    const key = keyOf(claim)
    if (key === null) continue
    const found = index.get(key)
    if (found) found.push(claim)
    else index.set(key, [claim])
  }
  return index
}
