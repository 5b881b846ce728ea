/** The hashes of a line of the audit, without which nobody could check it, and those of rows, maps and definitions that it names. */
const HASHES = /("(?:prev|hash)":"[0-9a-f]{64}"|"sha256:[0-9a-f]{64}")/

/** A short secret may occur in a hash by chance. What a hash can never be is a secret as a whole. */
export function redactAroundHashes(text: string, redact: (part: string) => string): string {
  return text
    .split(HASHES)
    .map((part) => (HASHES.test(part) && !isSecretWithin(part, redact) ? part : redact(part)))
    .join('')
}

function isSecretWithin(part: string, redact: (text: string) => string): boolean {
  return (part.match(/[0-9a-f]{64}/g) ?? []).some((hash) => redact(hash) === '[secret]')
}
