import { readFileSync, statSync } from 'node:fs'
import type { QadConfig } from '../config/schema.js'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import type { AdaptiveOptions, WriteOptions } from '../qad/options.js'
import { compileTemplate, type Template } from '../qad/template/template.js'

type Write = NonNullable<QadConfig['write']>

/** The `qad:` section as the adapter for Adaptive takes it; the template of a journal is read. @throws MLC-C011, MLC-C017, MLC-C018 */
export function adaptiveOptions(qad: QadConfig, write: Write | null = qad.write): AdaptiveOptions {
  return { ...qad, write: write === null || write.target === 'file' ? null : writeOptions(write) }
}

function writeOptions(write: Write): WriteOptions {
  // The schema has seen to it that what the target needs is there.
  const { path, daybook, offsetAccount } = write
  if (write.target !== 'journal') return { ...write, target: 'bdoc', path: path ?? '' }
  const template = readTemplate(write.template ?? '')
  return {
    ...write,
    target: 'journal',
    path: path ?? '',
    daybook: daybook ?? '',
    offsetAccount: offsetAccount ?? '',
    template,
  }
}

const MAX_BYTES = 1024 * 1024

/** A template from its file. @throws MLC-C011 when it cannot be read, MLC-C017, MLC-C018 when it cannot be used */
export function readTemplate(path: string, use: 'entry' | 'query' = 'entry'): Template {
  return compileTemplate(textOf(path), path, use)
}

function textOf(path: string): string {
  try {
    const found = statSync(path)
    // Never waits for a pipe, and never reads a disk for a typing error.
    if (!found.isFile()) throw new MlcError('MLC-C011', `the template ${path} is no plain file`)
    if (found.size > MAX_BYTES) throw new MlcError('MLC-C011', `the template ${path} is larger than 1 MiB`)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (cause) {
    if (cause instanceof MlcError) throw cause
    const why = cause instanceof TypeError ? 'is not valid UTF-8' : `cannot be read: ${explainFault(cause, 'reading')}`
    throw new MlcError('MLC-C011', `the template ${path} ${why}`, { cause })
  }
}
