import type { QadConfig } from '../config/schema.js'
import { alike } from '../model/nearest.js'
import type { RecordSchema } from '../model/openapi.js'
import { fail, warn, type Finding } from './finding.js'

/**
 * Compares the fields that a record is sent with to those that the tenant describes for it. A field that QAD does not know would
 * be dropped in silence or refused for every record.
 * @param record null: the document does not describe it
 * @returns null when there is nothing to say
 */
export function checkFields(write: QadConfig['write'], record: RecordSchema | null, name: string): Finding | null {
  if (write?.target !== 'bdoc' || record === null) return null
  const known = record.fields.map((field) => field.name)
  const sent = [
    ...Object.entries(write.fields).map(([ours, theirs]) => ({ setting: `qad.write.fields.${ours}`, field: theirs })),
    ...Object.keys(write.constants).map((field) => ({ setting: `qad.write.constants.${field}`, field })),
  ]
  const strange = record.takesOthers ? [] : sent.filter(({ field }) => !known.includes(field))
  const where = `the record at ${write.path ?? ''}`
  if (strange.length > 0) {
    const named = strange.map(({ setting, field }) => `${field} (${setting})${suggested(field, known)}`)
    return fail(
      'MLC-Q041',
      `${name} describes ${where} without ${named.join(', ')}`,
      `Correct ${strange.map(({ setting }) => setting).join(', ')}, or have the fields added to the component in QAD.`,
    )
  }
  const names = new Set(sent.map(({ field }) => field))
  const unsent = record.fields.filter((field) => field.isRequired && !names.has(field.name))
  if (unsent.length === 0) return null
  return warn(
    `${name} says that ${where} needs ${unsent.map((field) => field.name).join(', ')}, which mlc does not send`,
    'Name them under qad.write.fields, or give them a value under qad.write.constants.',
    'MLC-Q042',
  )
}

function suggested(field: string, known: readonly string[]): string {
  const near = alike(field, known)
  return near.length === 0 ? '' : `; it has ${near.join(', ')}`
}
