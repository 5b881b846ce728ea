/** Functions that take known credentials out of a text: one is added whenever a credential was read or issued. */
export const redactors: ((text: string) => string)[] = []

/** A text without the credentials that were read or issued so far. */
export function redact(text: string): string {
  return redactors.reduce((clean, take) => take(clean), text)
}
