import { TransportError, type TransportFault } from './http.js'

/**
 * got's errors carry headers and bodies, so their text never leaves here: only the kind of fault and our own words do.
 * @param sent whether a byte of the request may have left
 * @param proxy name of the proxy that the exchange went through, for the words
 */
export function describeFault(error: unknown, sent: boolean, proxy: string | null): TransportError {
  const own = causes(error).find((cause) => cause instanceof TransportError)
  if (own) return own
  const { code, step } = cause(error)
  const fault = faultOf(code, sent)
  const words = STEP_WORDS[step] ?? CODE_WORDS[code] ?? familyWords(code) ?? WORDS[fault]
  const way = proxy === null ? '' : `, through the proxy ${proxy}`
  return new TransportError(fault, sent, `${words} (${code})${way}`)
}

function faultOf(code: string, sent: boolean): TransportFault {
  const known = FAULTS[code]
  if (known !== undefined) return known
  if (!/CERT|SSL|TLS/.test(code)) return 'cut'
  // Under way, a broken TLS record is a broken connection; an alert is the other side's verdict on us.
  return sent && !code.includes('ALERT') ? 'cut' : 'tls'
}

const FAULTS: Readonly<Record<string, TransportFault>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  HPE_HEADER_OVERFLOW: 'too-large',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
  EPROTO: 'tls',
  ABORT_ERR: 'aborted',
  ERR_ABORTED: 'aborted',
}

const WORDS: Readonly<Record<TransportFault, string>> = {
  dns: 'the host name does not resolve',
  refused: 'the connection was refused',
  unreachable: 'the host cannot be reached',
  proxy: 'the proxy cannot be used',
  tls: 'the TLS connection cannot be trusted',
  timeout: 'no answer in time',
  cut: 'the connection was cut',
  encoding: 'the answer is not valid UTF-8',
  'too-large': 'the answer is too large',
  aborted: 'stopped',
  unsendable: 'the request is unfit to be sent',
}

/** got names the step that took too long. */
const STEP_WORDS: Readonly<Record<string, string>> = {
  lookup: 'the host name was not resolved in time',
  connect: 'no connection in time',
  secureConnect: 'no TLS handshake in time',
  socket: 'the other side fell silent',
}

const CODE_WORDS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name server does not answer',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate vouches for itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an authority that is not trusted here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers at this port does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers at this port does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the other side offers no TLS 1.2 or later',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the other side offers no TLS 1.2 or later',
  HPE_HEADER_OVERFLOW: 'the headers of the answer are larger than 16 KiB',
}

function familyWords(code: string): string | undefined {
  if (code.startsWith('HPE_')) return 'what answers does not speak HTTP as it should'
  return undefined
}

/** The innermost code that tells something, and the step that got's timeouts name. */
function cause(error: unknown): { code: string; step: string } {
  let code = ''
  let step = ''
  for (const current of causes(error)) {
    const { code: own, event } = current as NodeJS.ErrnoException & { event?: unknown }
    const says = typeof own === 'string' && own !== '' && !own.startsWith('ERR_GOT')
    if (says && (code === '' || code === 'ERR_READING_RESPONSE_STREAM'))
      code = own === 'EPROTO' ? tlsReason(current) : own
    if (current.name === 'AbortError') code = 'ABORT_ERR'
    if (current.name === 'TimeoutError') code = 'ETIMEDOUT'
    if (current.name === 'TimeoutError' && typeof event === 'string') step = event
  }
  return { code: code === '' ? 'Error' : code, step }
}

/** Under EPROTO, OpenSSL's reason stands in the message alone: `…:SSL routines:ssl3_get_record:wrong version number:…`. */
function tlsReason({ message }: Error): string {
  const reason = /:SSL routines:[^:]*:([a-z0-9 ]+):/i.exec(message)?.[1]
  return reason === undefined ? 'EPROTO' : `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`
}

function causes(error: unknown): Error[] {
  const found: Error[] = []
  for (let current = error; current instanceof Error && found.length < 5; current = current.cause) found.push(current)
  return found
}
