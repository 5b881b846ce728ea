import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileDurably } from '../config/state.js'
import type { QadConfig } from '../config/schema.js'
import { canonicalHash } from '../model/canonical.js'

/** A probe that saw a row through the read of references. */
interface Proof {
  readonly baseUrl: string
  /** Hash of all that decides what the read shows. */
  readonly definition: string
  /** ISO time. */
  readonly at: string
}

const FILE = 'qad-probe.json'
const SCHEMA = 'mlc/qad-probed/1'
/** Tenants and environments of one state folder. */
const MOST = 20

/** The tenant, the company and the read of references, as far as they decide what it shows. */
function definitionOf(qad: QadConfig): string {
  const { kind, baseUrl, domain, entity, workspace, qxtend, reads, write } = qad
  const template = qxtend?.queryTemplate ?? null
  const query = template === null ? null : readFileSync(template, 'utf8')
  const prefix = write?.target === 'journal' ? write.keyPrefix : null
  const receiver = qxtend && { url: qxtend.url, receiver: qxtend.receiver, version: qxtend.qdocVersion }
  return canonicalHash({ kind, baseUrl, domain, entity, workspace, receiver, query, prefix, posted: reads.posted })
}

/** Keeps that the read of references was seen to show rows. */
export async function keepProof(folder: string, qad: QadConfig, at: string): Promise<void> {
  const proof = { baseUrl: qad.qxtend?.url ?? qad.baseUrl, definition: definitionOf(qad), at }
  await writeProofs(folder, [...(await othersIn(folder, qad)), proof].slice(-MOST))
}

/** Takes a proof back that a later probe speaks against. */
export async function forgetProof(folder: string, qad: QadConfig): Promise<void> {
  if (await isProven(folder, qad)) await writeProofs(folder, await othersIn(folder, qad))
}

async function othersIn(folder: string, qad: QadConfig): Promise<readonly Proof[]> {
  const ours = definitionOf(qad)
  return (await proofsIn(folder)).filter(({ definition }) => definition !== ours)
}

async function writeProofs(folder: string, proofs: readonly Proof[]): Promise<void> {
  await writeFileDurably(join(folder, FILE), `${JSON.stringify({ schema: SCHEMA, proofs })}\n`)
}

/** Whether a probe has seen rows through this very read. A file that is not ours, or broken, proves nothing. */
export async function isProven(folder: string, qad: QadConfig): Promise<boolean> {
  const proofs = await proofsIn(folder)
  if (proofs.length === 0) return false
  const definition = definitionOf(qad)
  return proofs.some((proof) => proof.definition === definition)
}

async function proofsIn(folder: string): Promise<readonly Proof[]> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => '')
  try {
    const kept: unknown = JSON.parse(text)
    if (typeof kept !== 'object' || kept === null || !('proofs' in kept) || !Array.isArray(kept.proofs)) return []
    return kept.proofs.filter(isProof)
  } catch {
    return []
  }
}

function isProof(one: unknown): one is Proof {
  return typeof one === 'object' && one !== null && 'definition' in one && typeof one.definition === 'string'
}
