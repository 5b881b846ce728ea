import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'

/** The import rules of ARCHITECTURE.md: which room may import which. Run by `npm run check` and by architecture.test.ts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  errors: [],
  // Reading a file that somebody named, without ever hanging on a pipe.
  files: ['model'],
  mapping: ['model', 'errors'],
  reconcile: ['model', 'errors'],
  http: ['model', 'errors'],
  looker: ['model', 'errors', 'http'],
  qad: ['model', 'errors', 'http'],
  audit: ['model', 'errors'],
  secrets: ['model', 'errors', 'files'],
  config: ['model', 'errors', 'files'],
  // Ports come in as types: see TYPES_ONLY.
  pipeline: ['model', 'errors', 'mapping', 'reconcile', 'looker', 'qad', 'audit'],
  store: ['model', 'errors', 'files', 'mapping', 'config', 'pipeline'],
  // The doctor judges by the very rules of a sync (config, audit, mapping); both systems reach it as ports of its own.
  doctor: ['model', 'errors', 'config', 'audit', 'mapping', 'looker'],
  // The endpoint knows deliveries as bytes: what becomes of them it is told through ports.
  ingest: ['model', 'errors'],
  // What other programs' schedulers are to be told; their files as text. Pure.
  schedule: ['model', 'errors', 'looker'],
  terminal: ['model', 'errors'],
  sandbox: ['model'],
  commands: [
    'model',
    'errors',
    'files',
    'mapping',
    'pipeline',
    'terminal',
    'audit',
    'looker',
    'sandbox',
    'doctor',
    'ingest',
    'schedule',
    'context',
  ],
  composition: ['*'],
  context: ['*'],
  program: ['commands', 'context', 'errors'],
  main: ['*'],
  // What Node would tell is silenced before the rest is loaded.
  start: ['main', 'composition'],
}

/** Rooms that another may know by their types alone: an effect reaches it only through a port. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  pipeline: ['looker', 'qad', 'audit'],
  doctor: ['looker'],
  schedule: ['looker'],
  store: ['pipeline'],
  commands: ['looker', 'context'],
  program: ['context'],
  context: ['*'],
}

/** Single files that may do more than their room: the reason stands here. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // The demo is the one command that starts the sandbox.
  'commands/demo.ts': ['sandbox'],
}

export function findBreaches(source: string): string[] {
  return filesOf(source).flatMap((file) => {
    const room = roomOf(file)
    return importsOf(readFileSync(join(source, file), 'utf8')).flatMap(
      ({ from, typeOnly }) => breach(file, room, from, typeOnly) ?? [],
    )
  })
}

function breach(file: string, room: string, from: string, typeOnly: boolean): string | null {
  const target = roomOf(posix.normalize(posix.join(posix.dirname(file), from)))
  if (target === room) return null
  const allowed = MAY_IMPORT[room]
  if (!allowed) return `${file}: the room ${room} is not in the rules`
  if (target === 'sandbox' && room === 'commands' && !EXCEPTIONS[file]?.includes('sandbox'))
    return `${file} may not import ${from}`
  if (!allowed.includes('*') && !allowed.includes(target)) return `${file} may not import ${from}`
  const types = TYPES_ONLY[room] ?? []
  if (!typeOnly && (types.includes('*') || types.includes(target))) return `${file} may import ${from} only as a type`
  return null
}

function roomOf(path: string): string {
  const [first = ''] = path.split('/')
  const name = first.replace(/\.(js|ts)$/, '')
  return name === 'catalogue' ? 'errors' : name
}

function importsOf(text: string): { from: string; typeOnly: boolean }[] {
  const statements = text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s+)?[^'"\n;]*?(?:\{[^}]*\}[^'"]*?)?from\s+['"](\.[^'"]+)['"]/g,
  )
  const found = [...statements].map((match) => ({ from: match[3] ?? '', typeOnly: match[2] !== undefined }))
  const dynamic = [...text.matchAll(/import\(\s*['"](\.[^'"]+)['"]\s*\)/g)].map((match) => ({
    from: match[1] ?? '',
    typeOnly: false,
  }))
  return [...found, ...dynamic]
}

function filesOf(source: string): string[] {
  const entries = readdirSync(source, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

if (process.argv[1] === import.meta.filename) {
  const breaches = findBreaches(join(import.meta.dirname, '..', 'src'))
  process.stdout.write(breaches.length === 0 ? 'import rules hold\n' : `${breaches.join('\n')}\n`)
  process.exitCode = breaches.length === 0 ? 0 : 1
}
