import type { MasterCode } from '../model/chart.js'
import { compareTexts, fold } from '../model/fold.js'

/** A code that a value may mean. */
export interface Suggestion {
  readonly code: string
  readonly description: string
  /** 1: the code itself; 0.99: the code but for case and spaces; below: how alike the names are, 0 to 0.98. Two digits. */
  readonly score: number
}

/** The active codes most like the value, best first; equally good ones by code. Only to be offered: a person decides. */
export function suggest(value: string, codes: readonly MasterCode[], limit = 3): readonly Suggestion[] {
  const folded = fold(value)
  const name = trigramsOf(value)
  return candidatesOf(codes)
    .map((candidate) => ({ candidate, score: scoreOf(value, folded, name, candidate) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || compareTexts(a.candidate.code, b.candidate.code))
    .slice(0, limit)
    .map(({ candidate: { code, description }, score }) => ({ code, description, score: Math.round(score * 100) / 100 }))
}

interface Candidate {
  readonly code: string
  readonly description: string
  readonly folded: string
  /** Of the description, the code, and both: Looker may show any of them. */
  readonly names: readonly ReadonlySet<string>[]
}

/** Prepared once per chart: a map with hundreds of unmapped values asks hundreds of times. */
const PREPARED = new WeakMap<readonly MasterCode[], readonly Candidate[]>()

function candidatesOf(codes: readonly MasterCode[]): readonly Candidate[] {
  const known = PREPARED.get(codes)
  if (known) return known
  const candidates = codes.filter(({ active }) => active).map(candidateOf)
  PREPARED.set(codes, candidates)
  return candidates
}

function candidateOf({ code, description }: MasterCode): Candidate {
  const names = [description, code, `${code} ${description}`].map(trigramsOf)
  return { code, description, folded: fold(code), names }
}

/** Likeness of names stays below that of codes: two accounts may share a name, never a code. */
const BEST_NAME = 0.98

function scoreOf(value: string, folded: string, name: ReadonlySet<string>, candidate: Candidate): number {
  if (value === candidate.code) return 1
  if (folded === candidate.folded) return 0.99
  return Math.min(BEST_NAME, Math.max(...candidate.names.map((other) => dice(name, other))))
}

/** Twice what both have, by what each has: 1 when equal, 0 when nothing is shared. */
function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0
  let shared = 0
  for (const trigram of a) if (b.has(trigram)) shared += 1
  return (2 * shared) / (a.size + b.size)
}

/** Three-letter windows of each word, with blanks around it: word order and endings weigh little, beginnings more. */
function trigramsOf(text: string): ReadonlySet<string> {
  const trigrams = new Set<string>()
  for (const word of wordsOf(text)) {
    const padded = `  ${word} `
    for (let at = 0; at + 3 <= padded.length; at++) trigrams.add(padded.slice(at, at + 3))
  }
  return trigrams
}

function wordsOf(text: string): readonly string[] {
  const letters = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('&', ' and ')
  return letters.match(/[\p{L}\p{N}]+/gu) ?? []
}
