import { MlcError, type ErrorCode } from '../errors.js'
import type { TransportError, TransportFault } from '../http/http.js'

/** The error for an exchange that failed below HTTP after all retries; the signal's own reason when it was stopped. */
export function transportFailure(fault: TransportError, what: string, signal: AbortSignal | undefined): unknown {
  if (fault.fault === 'aborted' && signal?.aborted) return signal.reason
  return new MlcError(transportCode(fault), `${what}: ${fault.message}`, { cause: fault })
}

export function transportCode({ fault }: TransportError): ErrorCode {
  return TRANSPORT_CODES[fault] ?? 'MLC-Q503'
}

const TRANSPORT_CODES: Partial<Record<TransportFault, ErrorCode>> = {
  timeout: 'MLC-Q002',
  tls: 'MLC-Q003',
  unsendable: 'MLC-C003',
  encoding: 'MLC-Q013',
  'too-large': 'MLC-Q013',
}
