import { TransportError, type TransportFault } from './http.js'

/**
 * got's errors carry headers and bodies, so their text never leaves here: only the kind of fault and our own words do.
 * @param sent whether a byte of the request may have left
 */
export function describeFault(error: unknown, sent: boolean): TransportError {
  if (error instanceof TransportError) return error
  const { code, name } = innermost(error)
  const fault =
    FAULTS[code] ??
    FAULTS[name] ??
    (code.includes('CERT') || code.includes('SSL') || code.includes('TLS') ? 'tls' : 'cut')
  return new TransportError(fault, sent && !NEVER_SENT.has(fault), `${WORDS[fault]} (${code || name})`)
}

const FAULTS: Record<string, TransportFault> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  TimeoutError: 'timeout',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls',
  EPROTO: 'tls',
  ABORT_ERR: 'aborted',
  ERR_ABORTED: 'aborted',
  AbortError: 'aborted',
}

const NEVER_SENT: ReadonlySet<TransportFault> = new Set(['dns', 'refused', 'tls'])

const WORDS: Record<TransportFault, string> = {
  dns: 'the host name does not resolve',
  refused: 'the connection was refused',
  unreachable: 'the host cannot be reached',
  tls: 'the TLS connection cannot be trusted',
  timeout: 'no answer in time',
  cut: 'the connection was cut',
  encoding: 'the answer is not valid UTF-8',
  'too-large': 'the answer is too large',
  aborted: 'stopped',
}

function innermost(error: unknown): { code: string; name: string } {
  let current: unknown = error
  let code = ''
  let name = 'Error'
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    const { code: own } = current as NodeJS.ErrnoException
    if (
      typeof own === 'string' &&
      !own.startsWith('ERR_GOT') &&
      (code === '' || code === 'ERR_READING_RESPONSE_STREAM')
    )
      code = own
    if (current.name === 'TimeoutError' || current.name === 'AbortError') name = current.name
    current = current.cause
  }
  return { code, name }
}
