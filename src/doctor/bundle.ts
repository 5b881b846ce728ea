import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readAudit } from '../audit/read.js'
import { effectiveSettings } from '../config/effective.js'
import type { LoadedConfig } from '../config/load.js'
import { isoTime } from '../model/clock.js'
import type { DoctorPorts } from './ports.js'
import { redactAroundHashes } from '../model/hashes.js'
import { zip } from '../model/zip.js'

/**
 * What support needs to see, as a zip: versions, the doctor's findings, the configuration without what the environment put
 * into it, the end of the audit, and which files the state folder holds.
 * @param doctor the object that --json prints
 */
export async function makeBundle(ports: DoctorPorts, doctor: unknown): Promise<Buffer> {
  // So that the redactor knows them even where no check had to.
  await Promise.all([ports.secret('looker').catch(() => null), ports.secret('qad').catch(() => null)])
  const config = await ports.config().catch(() => null)
  const entries = [
    { name: 'about.json', text: json({ madeAt: isoTime(ports.clock), ...ports.machine }) },
    { name: 'doctor.json', text: json(doctor) },
    { name: 'config.json', text: json(config === null ? null : settingsOf(config)) },
    { name: 'audit-tail.jsonl', text: await auditTail(ports) },
    { name: 'state-files.txt', text: await stateFiles(ports) },
  ]
  const clean = entries.map(({ name, text }) => ({
    name,
    text: redactAroundHashes(text, (part) => ports.redact(part)),
  }))
  return zip(clean, new Date(ports.clock.now()))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`
}

/** What the environment fills in is often a secret of the site's own, so only the variable is named. */
function settingsOf(config: LoadedConfig): object {
  const settings = effectiveSettings(config).map(({ name, value, isHidden, origin }) => {
    if (origin.from === 'environment') return [name, { from: origin.variables.join(', '), value: '(not shown)' }]
    return [
      name,
      { from: origin.from === 'file' ? `line ${origin.line}` : 'default', value: isHidden ? '(not shown)' : value },
    ]
  })
  return Object.fromEntries(settings) as object
}

const TAIL_LINES = 200

/** The last lines as they stand. A line that cannot be read ends it: what is wrong there, doctor.json says. */
async function auditTail(ports: DoctorPorts): Promise<string> {
  const tail: string[] = []
  try {
    for await (const { text } of readAudit(await ports.auditFolder())) {
      tail.push(text)
      if (tail.length > TAIL_LINES) tail.shift()
    }
  } catch (error) {
    tail.push(JSON.stringify({ unreadable: error instanceof Error ? error.message : 'unknown' }))
  }
  return tail.map((line) => `${line}\n`).join('')
}

const MOST_FILES = 2000

/** Names, sizes and permissions; no content. */
async function stateFiles(ports: DoctorPorts): Promise<string> {
  const state = await ports.state().catch(() => null)
  if (state === null) return 'the state folder cannot be used\n'
  const names = await readdir(state.path, { recursive: true }).catch(() => [])
  const lines: string[] = []
  for (const name of names.sort().slice(0, MOST_FILES)) {
    const found = await stat(join(state.path, name)).catch(() => null)
    if (found) lines.push(`${(found.mode & 0o777).toString(8)} ${found.size} ${found.mtime.toISOString()} ${name}`)
  }
  const more = names.length > MOST_FILES ? [`and ${names.length - MOST_FILES} more`] : []
  return [state.path, ...lines, ...more].map((line) => `${line}\n`).join('')
}
