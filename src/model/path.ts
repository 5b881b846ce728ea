/**
 * Why servers, or the proxies before them, may read the path of an address otherwise than it is written: then it could lead
 * out of where it was meant to stay. Null when all read it alike.
 * @param path percent-encoded, without query
 */
export function pathFault(path: string): string | null {
  if (/[?#]/.test(path)) return 'holds ? or #'
  if (/[\\\p{Cc}\s]/u.test(path)) return 'holds a backslash, a blank or a control character'
  const decoded = decode(path)
  if (decoded === null) return 'is not encoded as addresses are'
  if (/%(?:[0-9a-f]{2}|u[0-9a-f]{4})/i.test(decoded)) return 'is encoded twice'
  if (/[\\\p{Cc}\u2044\u2215\u29f5\u29f8]/u.test(decoded)) return 'holds a character that some take for a slash'
  // Some systems fold wide and other forms of a character into its plain one.
  const plain = decoded.normalize('NFKC')
  if (slashes(plain) !== slashes(path)) return 'holds an encoded slash'
  if (/\/\//.test(plain)) return 'holds two slashes in a row'
  const isDots = (part: string) => /^\.+$/.test((part.split(';')[0] ?? '').trim())
  return plain.split('/').some(isDots) ? 'holds . or .. as a step' : null
}

/** Null for what no UTF-8 was encoded to: the long forms of a slash are such, and half a surrogate pair. */
function decode(path: string): string | null {
  try {
    return /\p{Cs}/u.test(path) ? null : decodeURIComponent(path)
  } catch {
    return null
  }
}

function slashes(text: string): number {
  return text.split(/[/\\]/).length
}
