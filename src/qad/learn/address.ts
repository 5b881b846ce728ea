/** An address without user, password, query and fragment; null when it is no http address. */
export function quotableUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const { protocol, origin, pathname } = new URL(text)
  return /^https?:$/.test(protocol) ? `${origin}${pathname.replace(/;[^/]*/g, '').replace(/\/+$/, '')}` : null
}
