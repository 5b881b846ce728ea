import { MlcError } from '../errors.js'
import { readBounded, whyUnreadable } from '../files.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads a file, but never more than `limit` + 1 bytes of it. */
export type ReadFile = (path: string, limit: number) => Promise<Uint8Array>

/** What a variable or its file holds. */
export type Found =
  | { readonly value: string; readonly origin: string }
  /** `empty`: variables that are set, but to nothing. */
  | { readonly value: null; readonly empty: readonly string[] }

/**
 * The first of the names that holds something: of each its `_FILE` form, then itself. Looked up at each call, so that a rotated
 * file is seen. @throws MLC-S002 a file cannot be read, or the value cannot be a credential
 */
export async function findVariable(
  names: readonly string[],
  env: Environment,
  readFile: ReadFile = readNamed,
): Promise<Found> {
  const empty: string[] = []
  for (const name of names) {
    const path = env[`${name}_FILE`]
    const origin = path ? `${name}_FILE` : name
    const value = path ? await readCredential(origin, path, readFile) : env[name]
    if (value !== undefined && value !== '') return { value: checked(value, origin, path), origin }
    if (value === '') empty.push(origin)
  }
  return { value: null, empty }
}

/** Those of the variables that are set: what another program gets to see. */
export function pick(env: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** A line break or a byte-order mark inside is a file of another kind, or a paste that went wrong; in a header it is an attack. */
export function isClean(value: string): boolean {
  return !/[\p{Cc}\uFEFF\p{Cs}]/u.test(value)
}

/** A credential is short; whatever is longer is the wrong file. */
const MAX_BYTES = 64 * 1024

async function readCredential(variable: string, path: string, readFile: ReadFile): Promise<string> {
  // What the system says of the failure may quote the path, never the content; its code is enough.
  const bytes = await readFile(path, MAX_BYTES).catch((error: NodeJS.ErrnoException) => {
    // Stopped while it waited for a pipe.
    if (error instanceof MlcError) throw error
    throw unfit(variable, path, REASONS.get(error.code ?? '') ?? `cannot be read: ${whyUnreadable(error)}`)
  })
  if (bytes.length > MAX_BYTES) throw unfit(variable, path, 'is larger than 64 KiB')
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.replace(/\r?\n$/, '')
  } catch {
    throw unfit(variable, path, 'is not UTF-8 text')
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EACCES', 'may not be read by this user'],
  ['EISDIR', 'is a folder'],
])

function checked(value: string, origin: string, path: string | undefined): string {
  if (isClean(value)) return value
  const reason = 'holds a control character or line break inside the value'
  throw path ? unfit(origin, path, reason) : new MlcError('MLC-S002', `${origin} ${reason}`)
}

function unfit(variable: string, path: string, reason: string): MlcError {
  return new MlcError('MLC-S002', `${variable} names ${JSON.stringify(path)}, which ${reason}`)
}

function readNamed(path: string, maxBytes: number): Promise<Uint8Array> {
  return readBounded(path, { maxBytes, pipes: true })
}
