import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type JsonWebKeyInput,
  type KeyObject,
} from 'node:crypto'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import { createFile } from './disk.js'
import { errnoOf } from './months.js'
import { ED25519, exactBase64, keyIdOf, noteText, type Head } from './note.js'

/** A public key that checkpoints are checked with. */
export interface PublicKey {
  /** Base64 of its SubjectPublicKeyInfo: the middle line of its PEM file. */
  readonly text: string
  /** Name that signature lines must carry; null: any. */
  readonly name: string | null
  /** 32 bytes. */
  readonly raw: Buffer
  readonly key: KeyObject
}

/** Signs heads of this audit. */
export interface Signer {
  readonly origin: string
  readonly publicKey: PublicKey
  /** The whole signed note, its last newline included. */
  sign(head: Omit<Head, 'origin'>): string
}

/** @param pem Ed25519 in PKCS8, as `mlc audit keygen` and openssl write it @throws MLC-A006, without the key */
export function createSigner(pem: string, origin: string, from: string): Signer {
  const key = privateKeyOf(pem, from)
  const publicKey = publicKeyOf(rawOf(createPublicKey(key)))
  const id = Buffer.from(keyIdOf(origin, publicKey.raw), 'hex')
  return {
    origin,
    publicKey,
    sign(head) {
      const text = noteText({ ...head, origin })
      const signature = sign(null, Buffer.from(text, 'utf8'), key)
      return `${text}\n\u2014 ${origin} ${Buffer.concat([id, signature]).toString('base64')}\n`
    },
  }
}

/** Name of an audit in its notes. What C2SP forbids in a name becomes a dash. */
export function originOf(tenant: string, host: string): string {
  const word = (text: string) => text.replace(/[^\w.:-]+/g, '-').slice(0, 100) || '-'
  return `mlc/${word(tenant)}/${word(host)}`
}

function privateKeyOf(pem: string, from: string): KeyObject {
  const wrong = (found: string) => new MlcError('MLC-A006', `${from} holds ${found}`)
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    // What the system says of it may quote the key.
    throw wrong('no private key in PEM that can be read without a passphrase')
  }
  if (key.asymmetricKeyType !== 'ed25519') throw wrong(`a key of kind ${key.asymmetricKeyType ?? 'unknown'}`)
  return key
}

/** A public key written in any usual way: PEM, the middle line of it, its 32 bytes in base64, `name+id+key` of C2SP; else null. */
export function parsePublicKey(text: string): PublicKey | null {
  const trimmed = text.trim()
  if (trimmed.includes('PRIVATE')) return null
  if (trimmed.startsWith('-----')) return pemKey(trimmed)
  const [, name, id, base64 = trimmed] = /^(\S+)\+([0-9a-f]{8})\+(\S+)$/.exec(trimmed) ?? []
  const bytes = exactBase64(base64)
  if (bytes === null) return null
  if (name !== undefined) {
    const raw = bytes.subarray(1)
    if (bytes[0] !== ED25519 || raw.length !== 32 || keyIdOf(name, raw) !== id) return null
    return { ...publicKeyOf(raw), name }
  }
  if (bytes.length === 32) return publicKeyOf(bytes)
  if (bytes.length !== 44 || !bytes.subarray(0, 12).equals(SPKI)) return null
  return publicKeyOf(bytes.subarray(12))
}

/** What stands before the 32 bytes of an Ed25519 key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

function pemKey(pem: string): PublicKey | null {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? publicKeyOf(rawOf(key)) : null
  } catch {
    return null
  }
}

function publicKeyOf(raw: Buffer): PublicKey {
  const jwk: JsonWebKeyInput = { format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') } }
  const text = Buffer.concat([SPKI, raw]).toString('base64')
  return { text, name: null, raw, key: createPublicKey(jwk) }
}

function rawOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}

/** Makes a new key in a new file that its owner alone can read. @throws MLC-A006 when the file is there or cannot be written */
export function createKeyFile(path: string): PublicKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  try {
    createFile(path, Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })))
  } catch (error) {
    const reason = errnoOf(error) === 'EEXIST' ? 'is there already' : `cannot be written: ${explainFault(error)}`
    throw new MlcError('MLC-A006', `${path} ${reason}`, { fix: 'Name a new file; a key is never written over.' })
  }
  return publicKeyOf(rawOf(publicKey))
}
