import type { HttpAnswer } from '../http/http.js'
import { readEnvelope } from './envelope.js'
import { readExact } from './exact.js'

/** True when QAD wants a login: 401, a redirect to the login page or the root, or the login page itself with a good status. */
export function isSessionEnd({ status, headers, text }: HttpAnswer): boolean {
  if (status === 401) return true
  if (status >= 300 && status < 400) return leadsToLogin(headers['location'] ?? '') || isLoginPage(text)
  return status >= 200 && status < 300 && isLoginPage(text)
}

/** What QAD says when it wants a login. */
export function sessionEndWords({ status, text }: Pick<HttpAnswer, 'status' | 'text'>): string {
  const { words } = readEnvelope(readExact(text)?.value ?? null)
  if (words !== '') return words
  return status === 401 ? 'HTTP 401' : `HTTP ${status} that leads to the login page`
}

export function looksLikePage(text: string): boolean {
  return /^\s*(<!doctype|<html|<\?xml|<)/i.test(text)
}

/** A page that asks for a password is one too: sites put their own in the place of login.jsp. */
export function isLoginPage(text: string): boolean {
  return looksLikePage(text) && (text.includes('login.jsp') || /\btype\s*=\s*["']?password\b/i.test(text))
}

export function isLoginPath(path: string): boolean {
  return /log[io]n|sign-?in|saml|\bsso\b/i.test(path)
}

function leadsToLogin(location: string): boolean {
  if (isLoginPath(location)) return true
  const path = location.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/, '')
  return location !== '' && (path === '' || path === '/')
}
