import * as z from 'zod'
import { didYouMean } from '../model/nearest.js'
import { REFERENCE_FIELDS } from '../model/reference.js'
import { choice, code, optional, tenantPath, text, texts, trueOrFalse, whole, type IssueParams } from './fields.js'

const KEY_PREFIX = 'at most 20 letters, digits and : . _ - before the key, or none'

/** What is written, and where to. Which of these keys belong to which target, `checkWrite` says. */
export const writeSection = z.strictObject({
  target: choice(['bdoc', 'journal', 'file']).default('bdoc'),
  path: optional(tenantPath()),
  batchSize: whole(1, 500).default(1),
  fields: texts("the tenant's field name").default({}),
  constants: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'a single value' }))
    .default({}),
  amountAs: choice(['number', 'string']).default('number'),
  settleSeconds: whole(0, 86_400).default(60),
  daybook: optional(code('the code of a daybook')),
  layerType: choice(['transient', 'management', 'official']).default('transient'),
  offsetAccount: optional(code('a QAD account')),
  template: optional(text('the path of a template, such as journal.json.tmpl')),
  viewUri: optional(code('the viewUri of the component')),
  collection: optional(code('the name of the collection in answers')),
  validatePath: optional(tenantPath()),
  keyPrefix: z
    .string({ error: KEY_PREFIX })
    .regex(/^[A-Za-z0-9:._-]{0,20}$/, { error: KEY_PREFIX })
    .default('mlc:'),
  allowOfficialLayer: trueOrFalse().default(false),
  dir: optional(text('the path of a folder')),
  format: choice(['xml', 'csv']).default('csv'),
})

type Write = z.infer<typeof writeSection>
type Target = Write['target']

/** The keys of each target, besides `target` and `settleSeconds`; those it cannot do without first. */
const KEYS: Readonly<
  Record<Target, { readonly needed: readonly (keyof Write)[]; readonly possible: readonly (keyof Write)[] }>
> = {
  bdoc: { needed: ['path'], possible: ['batchSize', 'fields', 'constants', 'amountAs'] },
  journal: {
    needed: ['daybook', 'offsetAccount', 'template'],
    possible: ['path', 'layerType', 'viewUri', 'collection', 'validatePath', 'keyPrefix', 'allowOfficialLayer'],
  },
  file: { needed: ['dir'], possible: ['format', 'fields', 'constants'] },
}

/** What the section beside it must hold for the target, and what the target cannot use. */
export interface Beside {
  readonly kind: string
  readonly reads: { readonly daybooks: { readonly columns: Readonly<Record<string, string>> } | null }
  readonly limits: { readonly text: number }
}

export function checkWrite(write: Write, beside: Beside, context: z.RefinementCtx): void {
  const say = (path: string[], message: string) =>
    context.addIssue({
      code: 'custom',
      path: ['write', ...path],
      message,
      params: { whole: true } satisfies IssueParams,
    })
  if (beside.kind === 'file' && write.target !== 'file') say(['target'], 'kind file writes to files only: target: file')
  checkKeys(write, beside, say)
  if (write.target === 'bdoc') checkFields(write, ['key', 'amount'], say)
  if (write.target === 'file') checkFields(write, Object.keys(write.fields).length > 0 ? ['key', 'amount'] : [], say)
  if (write.target === 'file' && write.format === 'xml') checkElements(write, say)
  if (write.target === 'journal') checkJournal(write, beside, say)
}

type Say = (path: string[], message: string) => void

function checkKeys(write: Write, { kind }: Beside, say: Say): void {
  const { needed, possible } = KEYS[write.target]
  const wanted = write.target === 'journal' && kind === 'adaptive' ? [...needed, 'path' as const] : needed
  for (const key of wanted) {
    if (write[key] === null) say([key], `is missing: target ${write.target} needs it`)
  }
  const known: readonly string[] = ['target', 'settleSeconds', ...needed, ...possible]
  for (const key of Object.keys(writeSection.shape) as (keyof Write)[]) {
    if (known.includes(key) || isDefault(write, key)) continue
    const others = TARGETS.filter((target) => [...KEYS[target].needed, ...KEYS[target].possible].includes(key))
    say([key], `is for target ${others.join(' and ')}, and the target is ${write.target}`)
  }
}

const TARGETS = Object.keys(KEYS) as Target[]

/** Whether the key says what it would say if it were not there. */
function isDefault(write: Write, key: keyof Write): boolean {
  return JSON.stringify(write[key]) === JSON.stringify(writeSection.shape[key].parse(undefined))
}

function checkFields({ fields, constants }: Write, needed: readonly string[], say: Say): void {
  for (const name of Object.keys(fields)) {
    if (!REFERENCE_FIELDS.some((known) => known === name))
      say(
        ['fields', name],
        `unknown field; allowed: ${REFERENCE_FIELDS.join(', ')}${didYouMean(name, REFERENCE_FIELDS)}`,
      )
  }
  for (const name of needed) {
    if (!(name in fields))
      say(['fields'], `${name} is missing: without it a figure can be neither found again nor compared`)
  }
  const names = [...Object.values(fields), ...Object.keys(constants)]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    say(['fields'], `the field "${twice}" of the tenant is named twice, so one value would overwrite the other`)
}

function checkElements({ fields, constants }: Write, say: Say): void {
  const odd = [...Object.values(fields), ...Object.keys(constants)].find((name) => !/^[A-Za-z_][\w.-]*$/.test(name))
  if (odd !== undefined) say(['fields'], `"${odd}" cannot be the name of an XML element`)
}

/** `MLC`, 26 characters, and room for `-R99`. */
const KEY_LENGTH = 33

function checkJournal(
  { layerType, allowOfficialLayer, keyPrefix }: Write,
  { kind, reads, limits }: Beside,
  say: Say,
): void {
  if (layerType !== 'transient' && !allowOfficialLayer)
    say(['layerType'], `${layerType} counts in the books; a journal of mlc belongs on a transient layer`)
  if (keyPrefix.length + KEY_LENGTH > limits.text)
    say(
      ['keyPrefix'],
      `leaves ${limits.text - keyPrefix.length} of ${limits.text} characters (qad.limits.text); a key with its revision has ${KEY_LENGTH}`,
    )
  // The query document of QXtend may show no masters at all.
  if (kind !== 'adaptive') return
  if (reads.daybooks === null)
    say([], 'target journal needs qad.reads.daybooks: the layer of the daybook is looked at before anything is posted')
  else if (!('layerType' in reads.daybooks.columns))
    say(
      [],
      'target journal needs qad.reads.daybooks.columns.layerType: the layer of the daybook is looked at before anything is posted',
    )
}
