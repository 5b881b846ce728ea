import { isList, isNumber, isObject, own, textOf } from './json.js'
import { constantFault, keyed, type Field } from './places.js'
import { scalarsOf, type Save } from './save.js'
import type { Secrets } from './secrets.js'
import { ask, check, question, seen, type Remark, type Setting } from './section.js'
import { matchNames, type Choice, type Ours } from './words.js'

const FIELDS: readonly Ours[] = [
  ...(['key', 'domain', 'entity', 'year', 'period', 'account', 'subAccount', 'costCentre', 'project', 'site'] as const),
  ...(['currency', 'measure', 'amount', 'revision', 'description', 'source', 'run'] as const),
]

export interface Written {
  readonly setting: Setting
  /** Our words → what was saved for them. */
  readonly texts: Readonly<Partial<Record<Ours, string>>>
  readonly templates: ReadonlyMap<string, string>
}

/** The section write for a business component: its path, our names of its fields, and constants for the rest. */
export function componentOf(save: Save, secrets: Secrets): Written {
  const { record, path, exchange, wasStored } = save
  const fields = scalarsOf(record).map((name) => fieldOf(save, name))
  const values = (name: string) => [fields.find((one) => one.name === name)?.value ?? '']
  const choices = keyed(
    fields,
    matchNames(
      fields.map(({ name }) => name),
      FIELDS,
      values,
    ),
  )
  const named = new Set([...choices.values()].map(({ name }) => name))
  const rest = fields.filter(({ name, value }) => !named.has(name) && value !== '')
  const constants = rest.filter(({ name, value }) => constantFault(name, value, secrets) === null)
  const amount = choices.get('amount')?.name
  const from = `request ${exchange.number}${wasStored ? '' : ', which QAD refused'}`
  const value: readonly Setting[] = [
    { key: 'target', value: 'bdoc' },
    { key: 'path', value: path, remark: (wasStored ? seen : check)(from) },
    ...shapeRemarks(save),
    { key: 'fields', value: FIELDS.flatMap((ours) => fieldSetting(ours, choices.get(ours), fields)) },
    ...(constants.length > 0 ? [constantsOf(save, constants)] : []),
    ...rest.flatMap(({ name, value }) => leftOut(name, constantFault(name, value, secrets))),
    { key: 'amountAs', value: amount === undefined || isNumber(own(record, amount)) ? 'number' : 'string' },
  ]
  const texts = Object.fromEntries([...choices].map(([ours, { name }]) => [ours, values(name)[0] ?? '']))
  return { setting: { key: 'write', value }, texts, templates: new Map() }
}

function fieldOf({ record }: Save, name: string): Field {
  const value = own(record, name)
  return { name, value: textOf(value) ?? (typeof value === 'boolean' ? String(value) : ''), isNumber: isNumber(value) }
}

function shapeRemarks({ body, collection, record, records }: Save): readonly Setting[] {
  const inner = Object.keys(record).filter((name) => {
    const value = own(record, name)
    return (isList(value) && value.length > 0) || isObject(value)
  })
  return [
    ...(isList(body)
      ? []
      : [
          question(
            `the save sent ${collection === null ? 'one record' : `its records under ${collection}`}; mlc sends a list of records: does the path take one?`,
          ),
        ]),
    ...(records > 1 ? [question(`the save sent ${records} records; the first was read`)] : []),
    ...inner.map((name) => question(`the record had more below ${name}, which mlc does not send: may it be left out?`)),
  ]
}

/** What the site has to have, and what it may have. */
function fieldSetting(ours: Ours, choice: Choice | undefined, fields: readonly Field[]): readonly Setting[] {
  if (choice === undefined) {
    if (ours === 'key')
      return [
        { key: ours, value: null, remark: ask('which field holds the unique key of a record, 33 characters long?') },
      ]
    if (ours === 'amount')
      return [{ key: ours, value: null, remark: ask('which field holds the amount, debit positive?') }]
    if (/^(account|year|period|currency)$/.test(ours)) return [question(`which field holds the ${ours}?`)]
    return []
  }
  const { name, rank, rivals } = choice
  const value = fields.find((one) => one.name === name)?.value ?? ''
  const why = [
    ...(rank === 2 ? ['by its name'] : []),
    ...(rivals.length > 0 ? [`or ${rivals.slice(0, 3).join(', ')}`] : []),
    ...(ours === 'amount' && value.includes(',') ? ['it was saved with a comma; mlc writes a point'] : []),
  ]
  const remark: { readonly remark?: Remark } = why.length > 0 ? { remark: check(why.join('; ')) } : {}
  return [{ key: ours, value: name, ...remark }]
}

function constantsOf({ record }: Save, constants: readonly Field[]): Setting {
  const value = constants.map(({ name, value }): Setting => {
    const saved = own(record, name)
    return { key: name, value: typeof saved === 'boolean' ? saved : isNumber(saved) ? { number: value } : value }
  })
  return { key: 'constants', value, remark: check('fields that mlc has no name for, as they were saved') }
}

function leftOut(name: string, fault: ReturnType<typeof constantFault>): readonly Setting[] {
  return fault === null || !fault.isAsked ? [] : [question(`${name} ${fault.why} and is left out: does QAD need it?`)]
}
