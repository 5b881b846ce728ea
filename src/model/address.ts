/**
 * An address as a message may quote it: without what stands behind `?` or `#`, where tokens are written. Null when nothing of it
 * may be shown, because a password may be in it: it has an `@`, or is not plainly scheme, host, port and path, as with a password
 * that holds a `/` and so cannot be told from the rest.
 */
export function quotableAddress(text: string): string | null {
  if (/@|%40/i.test(text)) return null
  const [plain = ''] = text.split(/[?#]/, 1)
  if (!PLAIN.test(plain.replace(VARIABLE, 'x'))) return null
  return plain === text ? text : `${plain}${text.charAt(plain.length)}…`
}

const PLAIN = /^(?:[A-Za-z]+:)?\/{0,2}(?:\[[0-9A-Fa-f:.]+\]|[\w.-]*)(?::\d*)?(?:\/[^\s:;&=\\]*)?$/

/** `${NAME}` in mlc.yaml: what it stands for is not in the text. */
const VARIABLE = /\$\{\w+\}/g
