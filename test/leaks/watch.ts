import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createCanaries, createScanner, type Hit, type Place } from './canaries.js'

type Environment = Readonly<Record<string, string | undefined>>

/** A process that holds credentials, from before its start to after its end. */
export interface Watched {
  /** What it is to be started with: what it was given, and further credentials, which it does not need. */
  readonly env: Environment
  /**
   * Searches what it printed and what it left in its folders.
   * @param issued credentials that servers gave it
   * @returns an error that names each leak by what leaked, its encoding and its place; null when nothing did
   */
  ended(printed: Readonly<Record<string, string | Uint8Array>>, issued?: Readonly<Record<string, string>>): Error | null
}

/** What was searched in this file of tests so far. */
export const tally = { processes: 0, places: 0, bytes: 0, ms: 0 }

/** Adds this file's tally to those of the suite, and removes the temporary folders of its processes. */
export function endWatching(path: string): void {
  if (tally.processes > 0) appendFileSync(path, `${JSON.stringify(tally)}\n`)
  removeTemporary()
}

let temporary: string | null = null

/** A temporary folder for one process. It outlives the process: a test may look at what is left there. */
export function ownTemporaryFolder(): string {
  if (temporary === null) {
    temporary = mkdtempSync(join(tmpdir(), 'mlc-tmp-'))
    // Where no test runner calls endWatching().
    process.once('exit', removeTemporary)
  }
  return mkdtempSync(join(temporary, 'run-'))
}

function removeTemporary(): void {
  if (temporary !== null) rmSync(temporary, { recursive: true, force: true })
}

/**
 * Watches one process. Its folders are the working folder, the home, the state and the temporary folder that its environment
 * names; what stood in them before it began, such as a credential's file, is the test's and not searched.
 */
export function watchForLeaks(name: string, given: Environment, cwd: string | undefined): Watched {
  const began = performance.now()
  const env = { ...(given['MLC_STORE'] === 'vault' ? {} : { MLC_VAULT_KEY: vaultKey }), ...NEUTRAL, ...given }
  const secrets = credentialsIn(env)
  const folders = ownFolders(env, cwd)
  const before = new Map(folders.flatMap(stampsIn))
  tally.ms += performance.now() - began
  return {
    env,
    ended(printed, issued = {}) {
      const started = performance.now()
      const streams = Object.entries(printed).map(([stream, content]) => ({ name: `${stream} of ${name}`, content }))
      const files = folders.flatMap((folder) => changedIn(folder, before))
      const leaks = countedScan([...streams, ...files], { ...secrets, ...onlyLong(issued) })
      tally.ms += performance.now() - started
      return leaks.length === 0 ? null : new Error(`${name} leaked ${leaks.map(describeLeak).join('; ')}`)
    },
  }
}

/** Credentials that no test looks at: what mlc has no use for must not get out either. */
const { ingestSecret, webhookToken, vaultKey, proxyPassword, otherSecret, qadClientSecret } = createCanaries()
const NEUTRAL: Environment = {
  MLC_INGEST_SECRET: ingestSecret,
  MLC_LOOKER_WEBHOOK_TOKEN: webhookToken,
  MLC_QAD_CLIENT_SECRET: qadClientSecret,
  http_proxy: `http://jo:${encodeURIComponent(proxyPassword)}@127.0.0.1:9`,
  AWS_SECRET_ACCESS_KEY: otherSecret,
}

/** By the name of the variable that holds it, or names its file. */
export function credentialsIn(env: Environment): Record<string, string> {
  const found = Object.entries(env).flatMap(([name, value = '']): [string, string][] => {
    if (/proxy$/i.test(name)) return [[name, passwordIn(value)]]
    if (/(SECRET|PASSWORD|KEY|TOKEN)_FILE$/.test(name)) return [[name, firstLine(value)]]
    return /(SECRET|PASSWORD|KEY|TOKEN)$/.test(name) ? [[name, value]] : []
  })
  return onlyLong(Object.fromEntries(found))
}

/** A shorter one is a word, and stands in innocent text. */
const SHORTEST = 12

function onlyLong(secrets: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value.length >= SHORTEST))
}

function passwordIn(address: string): string {
  const password = URL.canParse(address) ? new URL(address).password : ''
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}

function firstLine(path: string): string {
  try {
    // A pipe would wait for its writer, and is the process's to read.
    return statSync(path).isFile() ? readFileSync(path, 'utf8').replace(/\r?\n$/, '') : ''
  } catch {
    return ''
  }
}

/** Those below the system's temporary folder, which are made for tests; never that folder itself, nor the project's. */
function ownFolders(env: Environment, cwd: string | undefined): string[] {
  const named = [cwd, env['HOME'], env['MLC_STATE_DIR'], env['XDG_STATE_HOME'], env['XDG_CACHE_HOME'], env['TMPDIR']]
  const own = named.flatMap((path) => (path && isInside(tmpdir(), resolve(path)) ? [resolve(path)] : []))
  return [...new Set(own)].filter((path, _, all) => !all.some((other) => isInside(other, path)))
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && !way.startsWith('..')
}

function stampsIn(folder: string): [string, string][] {
  return pathsIn(folder).map(({ path, stamp }) => [path, stamp])
}

function changedIn(folder: string, before: ReadonlyMap<string, string>): Place[] {
  return pathsIn(folder).flatMap(({ path, stamp, isFile }): Place[] => {
    const known = before.get(path)
    const named = known === undefined ? [{ name: `path ${path}`, content: path }] : []
    return isFile && known !== stamp ? [...named, { name: path, content: contentOf(path) }] : named
  })
}

/** A process that was not waited for may still be making and removing files. */
function pathsIn(folder: string) {
  const entries = unlessGone(() => readdirSync(folder, { recursive: true, withFileTypes: true })) ?? []
  return entries.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    const isFile = entry.isFile()
    const { size, mtimeMs, ino } = (isFile ? unlessGone(() => statSync(path)) : null) ?? { size: 0, mtimeMs: 0, ino: 0 }
    return [{ path, isFile, stamp: `${size} ${mtimeMs} ${ino}` }]
  })
}

function contentOf(path: string): Uint8Array {
  return unlessGone(() => readFileSync(path)) ?? new Uint8Array()
}

function unlessGone<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null
    throw error
  }
}

function countedScan(places: readonly Place[], secrets: Readonly<Record<string, string>>): Hit<string>[] {
  tally.processes++
  tally.places += places.length
  tally.bytes += places.reduce((sum, { content }) => sum + content.length, 0)
  return createScanner(secrets)(places)
}

function describeLeak({ canary, encoding, place }: Hit<string>): string {
  return `${canary} (${encoding}) to ${place}`
}
