import type { HttpAnswer } from '../http/http.js'

/** True when QAD wants a login: 401, a redirect to the login page or the root, or the login page itself with a good status. */
export function isSessionEnd({ status, headers, text }: HttpAnswer): boolean {
  if (status === 401) return true
  if (status >= 300 && status < 400) return leadsToLogin(headers['location'] ?? '') || isLoginPage(text)
  return status >= 200 && status < 300 && isLoginPage(text)
}

export function looksLikePage(text: string): boolean {
  return /^\s*(<!doctype|<html|<\?xml|<)/i.test(text)
}

function isLoginPage(text: string): boolean {
  return looksLikePage(text) && text.includes('login.jsp')
}

function leadsToLogin(location: string): boolean {
  if (/login/i.test(location)) return true
  const path = location.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/, '')
  return location !== '' && (path === '' || path === '/')
}
