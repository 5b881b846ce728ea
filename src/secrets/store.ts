import { MlcError } from '../errors.js'

/** Where `mlc login` keeps credentials. One store is chosen by MLC_STORE and never changed silently; there is no plain-text one. */
export interface SecretStore {
  readonly name: 'keychain' | 'vault'
  /** Null when there is no such entry. @throws MLC-S010, MLC-S011 keychain; MLC-S020, MLC-S021, MLC-S022 vault */
  get(account: string): Promise<string | null>
  /** Replaces what was there. @throws as get, and MLC-C008 when the vault cannot be written */
  set(account: string, value: string): Promise<void>
  /** Whether something could be saved, found out before a person is asked for it. @throws as set */
  check(): Promise<void>
  /** False when there was nothing to delete. @throws as set */
  delete(account: string): Promise<boolean>
}

export type System = 'looker' | 'qad'

/** In every OS keychain, credentials of mlc stand under this service. */
export const SERVICE = 'mlc'

/** The name of an entry: `looker:https://acme.cloud.looker.com`, with the address as mlc.yaml has it. */
export function accountOf(kind: System | 'looker-token', baseUrl: string): string {
  return `${kind}:${baseUrl}`
}

/** A store as messages name it. */
export const STORE_NAMES: Readonly<Record<SecretStore['name'], string>> = {
  keychain: 'the OS keychain',
  vault: 'the vault',
}

/** A store that says yes and keeps nothing would be noticed by the next run only. @throws MLC-S006, and as `set` */
export async function saveAndReadBack(store: SecretStore, account: string, value: string): Promise<void> {
  await store.set(account, value)
  if ((await store.get(account)) === value) return
  throw new MlcError(
    'MLC-S006',
    `${STORE_NAMES[store.name]} does not give back what was saved as ${SERVICE} / ${account}`,
  )
}
