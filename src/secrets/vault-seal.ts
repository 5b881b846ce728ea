import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'

/**
 * The vault's file: one line of JSON, of which every byte is checked.
 * `{"vault":1,"kdf":"scrypt","N":…,"r":…,"p":…,"salt":"…","cipher":"aes-256-gcm","nonce":"…","sealed":"…"}`
 * Everything before `,"sealed"` is authenticated with the content; `sealed` is ciphertext, then the tag.
 */
export interface Header extends Cost {
  readonly salt: Buffer
  readonly nonce: Buffer
}

export interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** A key of 32 bytes from a passphrase. */
export type Derive = (passphrase: string, salt: Buffer, cost: Cost) => Promise<Buffer>

/** OWASP's first choice for scrypt (Password Storage Cheat Sheet): 128 MiB, a third of a second. */
const COST: Cost = { N: 2 ** 17, r: 8, p: 1 }
const TAG_BYTES = 16
const SALT_BYTES = 16
const NONCE_BYTES = 12

/** A vault's text that cannot be taken; the reason is ours and quotes nothing secret. */
export class Unsealable extends Error {
  override readonly name = 'Unsealable'
}

/** @param salt of the vault as it is, so that its key can be used again; null for a new one. The nonce is new each time. */
export async function seal(content: string, salt: Buffer | null, keyFor: (header: Header) => Promise<Buffer>) {
  const header = { ...COST, salt: salt ?? randomBytes(SALT_BYTES), nonce: randomBytes(NONCE_BYTES) }
  const head = headText(header)
  const cipher = createCipheriv('aes-256-gcm', await keyFor(header), header.nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(head, 'utf8'))
  const sealed = Buffer.concat([cipher.update(content, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${head},"sealed":"${sealed.toString('base64')}"}\n`
}

/** @throws Unsealable before any costly step where the text is not a vault's, after it where key and text do not fit */
export async function unseal(text: string, keyFor: (header: Header) => Promise<Buffer>) {
  const { header, head, sealed } = parse(text)
  // The tag's length is ours, not the file's: without it Node takes four bytes of tag for good.
  const decipher = createDecipheriv('aes-256-gcm', await keyFor(header), header.nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(head, 'utf8'))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  try {
    const content = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES))
    return { header, content: Buffer.concat([content, decipher.final()]).toString('utf8') }
  } catch {
    throw new Unsealable('the passphrase is wrong, or the file was changed or damaged')
  }
}

export const deriveKey: Derive = (passphrase, salt, { N, r, p }) =>
  new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })

function headText({ N, r, p, salt, nonce }: Header): string {
  const kdf = `"kdf":"scrypt","N":${N},"r":${r},"p":${p},"salt":"${salt.toString('base64')}"`
  return `{"vault":1,${kdf},"cipher":"aes-256-gcm","nonce":"${nonce.toString('base64')}"`
}

const BASE64 = '([A-Za-z0-9+/]+={0,2})'
const FORM = new RegExp(
  String.raw`^(\{"vault":1,"kdf":"scrypt","N":([1-9]\d{0,14}),"r":([1-9]\d{0,14}),"p":([1-9]\d{0,14}),"salt":"${BASE64}",` +
    String.raw`"cipher":"aes-256-gcm","nonce":"${BASE64}"),"sealed":"${BASE64}"\}\n$`,
)

function parse(text: string): { header: Header; head: string; sealed: Buffer } {
  const [, head = '', N, r, p, salt = '', nonce = '', sealed = ''] = FORM.exec(text) ?? []
  if (head === '') throw new Unsealable('it is not the text of a vault')
  const header = {
    ...fitCost({ N: Number(N), r: Number(r), p: Number(p) }),
    salt: bytes(salt, SALT_BYTES),
    nonce: bytes(nonce, NONCE_BYTES),
  }
  return { header, head, sealed: bytes(sealed, null) }
}

/** A planted file may ask for terabytes, or for next to nothing: neither is even tried. */
function fitCost({ N, r, p }: Cost): Cost {
  if (N < COST.N || N > 2 ** 20 || !Number.isInteger(Math.log2(N)) || r !== COST.r || p > 4)
    throw new Unsealable(`it asks for scrypt N=${N} r=${r} p=${p}; taken are N of 2^17 to 2^20, r 8 and p of 1 to 4`)
  return { N, r, p }
}

/** Only the one spelling of base64 is taken: unused bits in its last character would be bits that nobody checks. */
function bytes(text: string, length: number | null): Buffer {
  const decoded = Buffer.from(text, 'base64')
  const isFit = length === null ? decoded.length >= TAG_BYTES : decoded.length === length
  if (isFit && decoded.toString('base64') === text) return decoded
  throw new Unsealable('it is not the text of a vault')
}
