import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { createSigner, originOf, parsePublicKey, type PublicKey, type Signer } from '../audit/keys.js'
import type { Config } from '../config/schema.js'
import type { Host } from '../context.js'
import { MlcError } from '../errors.js'
import { readBounded, whyUnreadable } from '../files.js'
import { redactor } from '../secrets/redactor.js'
import { redactors } from './redaction.js'

/** The key that signs checkpoints, when one is given: MLC_AUDIT_KEY_FILE, else MLC_AUDIT_KEY. @throws MLC-A006 */
export async function auditSigner({ env, cwd }: Host, config: Config | null): Promise<Signer | null> {
  const path = env['MLC_AUDIT_KEY_FILE'] ?? ''
  const from = path === '' ? 'MLC_AUDIT_KEY' : 'the file that MLC_AUDIT_KEY_FILE names'
  // Where a variable cannot hold a line break, it is written as \n.
  const pem =
    path === '' ? (env['MLC_AUDIT_KEY'] ?? '').replaceAll('\\n', '\n') : await readKey(resolve(cwd, path), from)
  if (pem === '') return null
  const lines = pem.split(/\r?\n/).filter((line) => line.length > 20 && !line.startsWith('-'))
  redactors.push(redactor([pem.trim(), ...lines]))
  return createSigner(pem, auditOrigin(config), from)
}

/** Name of the audit in its notes: `mlc/<host of the tenant>/<this host>`. */
export function auditOrigin(config: Config | null): string {
  return originOf(config?.qad ? new URL(config.qad.baseUrl).host : 'local', hostname())
}

/** Public keys of `audit.publicKey`; several, separated by commas, while one takes over from another. @throws MLC-A006 */
export function trustedKeys(config: Config | null): readonly PublicKey[] {
  const texts = config?.audit.publicKey?.split(',') ?? []
  return texts.map((text) => {
    const key = parsePublicKey(text)
    if (key !== null) return key
    throw new MlcError('MLC-A006', 'audit.publicKey in mlc.yaml is no Ed25519 public key', {
      fix: 'Write the line that mlc audit keygen printed.',
    })
  })
}

const MOST_BYTES = 64 * 1024

async function readKey(path: string, from: string): Promise<string> {
  try {
    return Buffer.from(await readBounded(path, { maxBytes: MOST_BYTES, pipes: true })).toString('utf8')
  } catch (error) {
    throw new MlcError('MLC-A006', `${from} (${path}) cannot be read: ${whyUnreadable(error)}`)
  }
}
