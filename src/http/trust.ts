import { X509Certificate } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import tls from 'node:tls'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'

/**
 * The certificate authorities to trust when one of our own is added: naming any replaces Node's whole list, what
 * NODE_EXTRA_CA_CERTS added to it included. Undefined without a file: then Node's own list holds.
 * @param extraCaFile what NODE_EXTRA_CA_CERTS names; Node itself only warns when it cannot be read
 * @throws MLC-C011 the file cannot be read or holds no certificate
 */
export function trustedAuthorities(caFile: string | null, extraCaFile: string | null): string[] | undefined {
  if (caFile === null) return undefined
  return [...nodesOwn(extraCaFile), ...certificatesIn(caFile)]
}

function nodesOwn(extraCaFile: string | null): readonly string[] {
  // From Node 22.15 on the list can be asked for, with the system's store where that is switched on.
  const ask: unknown = Reflect.get(tls, 'getCACertificates')
  const list =
    typeof ask === 'function' ? (Reflect.apply(ask, tls, ['default']) as readonly string[]) : tls.rootCertificates
  return extraCaFile === null ? list : [...list, ...ifReadable(extraCaFile)]
}

function ifReadable(path: string): readonly string[] {
  try {
    return certificatesIn(path)
  } catch {
    return []
  }
}

function certificatesIn(path: string): readonly string[] {
  const certificates = read(path).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0 || !certificates.every(isCertificate))
    throw new MlcError('MLC-C011', `the CA file ${path} holds no certificate in PEM form`, { fix: PEM })
  return certificates
}

const PEM =
  'Export the certificate of the authority as PEM, a text that begins with -----BEGIN CERTIFICATE----- (of a DER file: openssl x509 -inform der -in FILE -out ca.pem).'

function read(path: string): string {
  try {
    // Non-blocking, or a pipe would stop the whole process before anything could say why.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      if (fstatSync(file).isFIFO()) throw new Error('it is not a plain file')
      return readFileSync(file, 'latin1')
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new MlcError('MLC-C011', `the CA file ${path} cannot be read: ${explainFault(error, 'reading')}`)
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
