import { MlcError } from '../errors.js'
import type { SecretStore } from './store.js'
import { readVaultText } from './vault-file.js'
import { deriveKey, seal, unseal, Unsealable, type Derive, type Header } from './vault-seal.js'

export interface VaultPorts {
  /** Replaces the file (0600): after any crash it holds the old text or the new one. @throws MLC-C008 */
  readonly write: (path: string, text: string) => Promise<void>
  /** Runs one change of the vault at a time among all processes of this machine: two that save must not undo each other. */
  readonly alone: <T>(change: () => Promise<T>) => Promise<T>
  /** @throws MLC-S020 */
  readonly passphrase: () => Promise<string>
  /** Instead of scrypt: it is slow on purpose. */
  readonly derive?: Derive
}

/** An encrypted file (scrypt, AES-256-GCM) for hosts without a keychain. It is read afresh at each call. */
export function createVault(path: string, ports: VaultPorts): SecretStore {
  const keyFor = keyring(ports)

  async function load(): Promise<Contents> {
    const text = await readVaultText(path)
    if (text === null) return { salt: null, entries: new Map() }
    try {
      const { header, content } = await unseal(text, keyFor)
      return { salt: header.salt, entries: new Map(JSON.parse(content) as [string, string][]) }
    } catch (error) {
      throw error instanceof Unsealable ? new MlcError('MLC-S021', `${path}: ${error.message}`) : error
    }
  }

  async function save({ salt, entries }: Contents): Promise<void> {
    await ports.write(path, await seal(JSON.stringify([...entries]), salt, keyFor))
  }

  return {
    name: 'vault',
    check: async () => {
      await load()
      await ports.passphrase()
    },
    get: async (account) => (await load()).entries.get(account) ?? null,
    set: (account, value) =>
      ports.alone(async () => {
        const contents = await load()
        contents.entries.set(account, value)
        await save(contents)
      }),
    delete: (account) =>
      ports.alone(async () => {
        const contents = await load()
        if (!contents.entries.delete(account)) return false
        await save(contents)
        return true
      }),
  }
}

interface Contents {
  /** Null before the vault is first saved. */
  readonly salt: Buffer | null
  readonly entries: Map<string, string>
}

/** The key of a vault is derived once: a third of a second and 128 MiB are well spent only on a guess. */
function keyring({ passphrase, derive = deriveKey }: VaultPorts): (header: Header) => Promise<Buffer> {
  let last: { readonly to: string; readonly key: Promise<Buffer> } | null = null
  return ({ N, r, p, salt }) => {
    const to = `${N} ${r} ${p} ${salt.toString('base64')}`
    if (last?.to !== to) last = { to, key: passphrase().then((words) => derive(words, salt, { N, r, p })) }
    return last.key
  }
}
