import { MlcError } from '../errors.js'
import type { SecretStore } from './store.js'

/** Where a value came from. `origin` says it in words: the variable's name, or the store's. */
export type From = 'file' | 'variable' | 'command' | SecretStore['name']

/** Parts of credentials by our names: clientId, clientSecret, username, password. */
export type Fields = Readonly<Record<string, Field>>

interface Field {
  readonly value: string
  /** The variable's name, or `the OS keychain`. */
  readonly origin: string
  readonly from: From
}

export interface Gathered {
  readonly fields: Fields
  /** Variables that are set, but to nothing. */
  readonly empty: readonly string[]
}

export function missingFields({ fields }: Gathered, needed: readonly string[]): readonly string[] {
  return needed.filter((name) => !Object.hasOwn(fields, name))
}

/**
 * Adds what is missing. A later place may only fill gaps if it agrees with what is there: the id of one key with the secret of
 * another would be refused, and refusals lock users. @throws MLC-S001
 */
export function fill(found: Gathered, more: Fields): Gathered {
  const added = Object.keys(more).filter((name) => !Object.hasOwn(found.fields, name))
  const other = Object.entries(more).find(([name, { value }]) => (found.fields[name]?.value ?? value) !== value)
  const [first] = added
  if (other !== undefined && first !== undefined) {
    const [name, { origin }] = other
    const known = found.fields[name]?.origin ?? ''
    throw new MlcError(
      'MLC-S001',
      `${known} and ${origin} hold different values of ${name}, and ${first} is in ${origin} only`,
      {
        fix: `Set all of it where ${known} is set, or take ${known} away.`,
      },
    )
  }
  return { ...found, fields: { ...more, ...found.fields } }
}
