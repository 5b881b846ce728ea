import { basename, resolve } from 'node:path'
import { parseConfig } from '../config/load.js'
import { writeNewFiles } from '../config/write.js'
import type { Host } from '../context.js'
import { MlcError } from '../errors.js'
import { readBounded, whyUnreadable } from '../files.js'
import { learn, MAX_CAPTURE_BYTES, renderLearned, type Findings } from '../qad/learn/learn.js'
import { remarksOf, type Value } from '../qad/learn/section.js'
import { redactor } from '../secrets/redactor.js'
import { redact, redactors } from './redaction.js'

/** What a capture taught, ready to be shown and written: no secret of it is in here. */
export interface Lesson {
  readonly kind: Findings['kind']
  /** By name, the section first. */
  readonly files: ReadonlyMap<string, string>
  /** What was learned, and from where. */
  readonly settings: readonly { readonly setting: string; readonly value: string | null; readonly from: string }[]
  readonly missing: readonly { readonly setting: string; readonly question: string }[]
  readonly toCheck: readonly { readonly setting: string; readonly why: string }[]
  readonly notes: readonly string[]
  /** Host → its requests, which were left out. */
  readonly ignored: ReadonlyMap<string, number>
  /** Kind of secret → how many were in the capture. */
  readonly removed: ReadonlyMap<string, number>
  /** Why mlc would not load the section as it stands; null when it would. */
  readonly fault: string | null
  /** Writes all files, or none. @returns their paths @throws MLC-C013, MLC-C014 */
  write(folder: string): Promise<readonly string[]>
}

/** The section's file: beside mlc.yaml and never in its place. */
const SECTION = 'qad.learned.yaml'

/** @throws MLC-Q017 when the file cannot be learned from */
export async function createLesson(path: string, host: Host): Promise<Lesson> {
  const findings = learn(await readCapture(resolve(host.cwd, path), path, host.stop), basename(path))
  const { kind, settings, templates, notes, ignored, secrets } = findings
  // From here on nothing that mlc says can hold one, whichever way it would come.
  redactors.push(redactor(secrets.values.slice(0, MOST_SECRETS)))
  const files = cleaned(new Map([[SECTION, renderLearned(findings)], ...templates]))
  const remarks = remarksOf(settings).map(({ setting, value, remark }) => {
    return { setting: redact(setting), value: shortText(value), mark: remark.mark, text: redact(remark.text) }
  })
  return {
    ...{ kind, files, ignored: cleaned(ignored), removed: secrets.removed, notes: notes.map(redact) },
    settings: remarks.flatMap(({ mark, setting, value, text }) =>
      mark === 'seen' ? [{ setting, value, from: text }] : [],
    ),
    missing: remarks.flatMap(({ mark, setting, text }) => (mark === 'ask' ? [{ setting, question: text }] : [])),
    toCheck: remarks.flatMap(({ mark, setting, text }) => (mark === 'check' ? [{ setting, why: text }] : [])),
    fault: faultOf(files.get(SECTION) ?? ''),
    write: (folder) => writeNewFiles(resolve(host.cwd, folder), files),
  }
}

/** More than a tenant hands out in one save; those of the tenant come first. */
const MOST_SECRETS = 500

function cleaned<V>(texts: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  return new Map(
    [...texts].map(([name, value]) => [redact(name), typeof value === 'string' ? (redact(value) as V) : value]),
  )
}

function shortText(value: Value): string | null {
  return typeof value === 'string' ? redact(value) : null
}

async function readCapture(path: string, shownAs: string, signal: AbortSignal): Promise<string> {
  const bytes = await readBounded(path, { maxBytes: MAX_CAPTURE_BYTES, pipes: true, signal }).catch(
    (cause: unknown) => {
      if (cause instanceof MlcError) throw cause
      throw new MlcError('MLC-Q017', `${shownAs} cannot be read: ${whyUnreadable(cause)}`, { cause })
    },
  )
  if (bytes.length > MAX_CAPTURE_BYTES)
    throw new MlcError('MLC-Q017', `${shownAs} is larger than ${MAX_CAPTURE_BYTES / 1024 / 1024} MiB`, {
      fix: 'Record the save alone: filter the network panel for Fetch/XHR, clear it before the save, export again.',
    })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new MlcError('MLC-Q017', `${shownAs} is not valid UTF-8`, { cause })
  }
}

/** As every command would say it. */
function faultOf(text: string): string | null {
  try {
    parseConfig(text, {}, SECTION)
    return null
  } catch (error) {
    if (!(error instanceof MlcError)) throw error
    return redact(error.message)
  }
}
