import type { Company } from './company.js'
import type { Written } from './component.js'
import { isList, isNumber, isObject, own, textOf, type Json, type JsonObject } from './json.js'
import { placesOf, samePlace, type Field, type Place, type Places } from './places.js'
import { listUnder, scalarsOf, type Save } from './save.js'
import { secretKind, type Secrets } from './secrets.js'
import { ask, check, question, seen, type Setting } from './section.js'

/** The section write for journals, and the template made of the entry that was saved. */
export function entryOf(save: Save, validatePath: string | null, company: Company, secrets: Secrets): Written {
  const { record, lines, exchange } = save
  const rows = alike(listUnder(record, lines ?? '')).map(fieldsOf)
  const places = placesOf(fieldsOf(record), rows, company, secrets)
  const asked: Setting[] = []
  const text = templateOf(save, places, (field) => {
    return samePlace(field, { company, secrets, say: (words) => asked.push(question(words)) })
  })
  const value: readonly Setting[] = [
    { key: 'target', value: 'journal' },
    {
      key: 'path',
      value: save.path,
      remark: (save.wasStored ? seen : check)(
        `request ${exchange.number}${save.wasStored ? '' : ', which QAD refused'}`,
      ),
    },
    ...queryOf(save, secrets),
    ...(save.collection === null ? [] : [{ key: 'collection', value: save.collection }]),
    ...(validatePath === null
      ? []
      : [{ key: 'validatePath', value: validatePath, remark: seen('it took the entry before it was saved') }]),
    ...bookOf(places, rows),
    { key: 'template', value: JSON_TEMPLATE, remark: seen('beside this file') },
    ...places.settings,
    ...asked,
    ...(save.records > 1 ? [question(`the save sent ${save.records} entries; the template is made of the first`)] : []),
    ...(rows.length < 2 ? [question('the entry had fewer than two lines; mlc posts two that balance')] : []),
  ]
  return { setting: { key: 'write', value }, texts: places.texts, templates: new Map([[JSON_TEMPLATE, text]]) }
}

const JSON_TEMPLATE = 'journal.json.tmpl'

/** Each line with the fields of all: what one alone has is empty in the others. */
function alike(lines: readonly JsonObject[]): readonly JsonObject[] {
  const all = Object.fromEntries(lines.flatMap((line) => scalarsOf(line)).map((name) => [name, ''] as const))
  return lines.map((line) => ({
    ...line,
    ...Object.fromEntries(Object.keys(all).map((name) => [name, own(line, name) ?? ''])),
  }))
}

function fieldsOf(record: JsonObject): readonly Field[] {
  return scalarsOf(record).map((name) => {
    const value = own(record, name)
    return {
      name,
      value: textOf(value) ?? (typeof value === 'boolean' ? String(value) : ''),
      isNumber: isNumber(value),
    }
  })
}

function queryOf({ exchange }: Save, secrets: Secrets): readonly Setting[] {
  const views = [...exchange.url.searchParams].filter(([name]) => /^viewuri$/i.test(name))
  const others = [...exchange.url.searchParams.keys()].filter(
    (name) =>
      !/^viewuri$|work-?space|^(_|_dc|callId|domainCode|entityCode)$/i.test(name) &&
      secretKind(name) === null &&
      !secrets.taints(name),
  )
  return [
    ...views.filter(([, value]) => !secrets.taints(value)).map(([, value]) => ({ key: 'viewUri', value })),
    ...others.map((name) => question(`the save had ${name} in its query, which mlc does not send: is it needed?`)),
  ]
}

/** Daybook and offset account, which belong to the site and not into the template. */
export function bookOf({ texts }: Places, rows: readonly (readonly Field[])[]): readonly Setting[] {
  const { daybook } = texts
  return [
    daybook
      ? { key: 'daybook', value: daybook, remark: seen('the daybook of the entry that was saved') }
      : { key: 'daybook', value: null, remark: ask('which daybook, on a transient layer?') },
    offsetOf(texts, rows),
  ]
}

/** The line without a cost centre, where one alone has none; else the last. */
function offsetOf({ account, costCentre }: Places['texts'], rows: readonly (readonly Field[])[]): Setting {
  const key = 'offsetAccount'
  const [first, last] = [rows[0], rows.at(-1)]
  const nameOf = (value: string | undefined) =>
    first?.find((field) => value !== undefined && field.value === value)?.name
  const [accountField, centreField] = [nameOf(account), nameOf(costCentre || undefined)]
  const at = (row: readonly Field[] | undefined, name: string | undefined) =>
    row?.find((field) => field.name === name)?.value ?? ''
  const found = rows.length === 2 ? at(last, accountField) : ''
  if (found === '' || found === account)
    return { key, value: null, remark: ask('which account takes the other side of every figure?') }
  const isPlain = centreField !== undefined && at(first, centreField) !== '' && at(last, centreField) === ''
  const why = 'the account of the second line; it takes the other side of every figure'
  return { key, value: found, remark: isPlain ? seen(`${why}, and had no cost centre`) : check(why) }
}

type Same = (field: Field) => Place

/** The body that was saved, two blanks deep a level, so that no brace of JSON meets one of Mustache. */
function templateOf(save: Save, places: Places, same: Same): string {
  const remark =
    '{{! Made by mlc qad learn of an entry that was saved by hand. Mustache; every value is escaped for JSON. }}\n'
  return `${remark}${renderBody(save, places, same)}\n`
}

function renderBody(save: Save, places: Places, same: Same): string {
  const { body, record, collection } = save
  if (body === record) return renderRecord(save, places, same, 0)
  if (isList(body)) return `[\n  ${renderRecord(save, places, same, 1)}\n]`
  return renderObject(Object.keys(body), 0, (name) => {
    if (name === collection) return `[\n    ${renderRecord(save, places, same, 2)}\n  ]`
    return renderPlain(name, own(body, name) ?? null, same, 1)
  })
}

function renderRecord(save: Save, places: Places, same: Same, depth: number): string {
  const { record, lines } = save
  return renderObject(Object.keys(record), depth, (name) => {
    const value = own(record, name) ?? null
    if (name === lines) return renderLines(alike(listUnder(record, name))[0] ?? {}, places, same, depth + 1)
    const place = places.header.get(name)
    return place === undefined ? renderPlain(name, value, same, depth + 1) : renderPlace(place, value)
  })
}

function renderLines(line: JsonObject, places: Places, same: Same, depth: number): string {
  const indent = '  '.repeat(depth + 1)
  const inside = renderObject(Object.keys(line), depth + 1, (name) => {
    const value = own(line, name) ?? null
    const place = places.line.get(name)
    return place === undefined ? renderPlain(name, value, same, depth + 2) : renderPlace(place, value)
  })
  return `[\n${indent}{{#lines}}\n${indent}${inside}{{^last}},{{/last}}\n${indent}{{/lines}}\n${'  '.repeat(depth)}]`
}

function renderObject(names: readonly string[], depth: number, render: (name: string) => string): string {
  const indent = '  '.repeat(depth + 1)
  const usable = names.filter((name) => !/\{\{|\}\}/.test(name))
  if (usable.length === 0) return '{}'
  return `{\n${usable.map((name) => `${indent}${JSON.stringify(name)}: ${render(name)}`).join(',\n')}\n${'  '.repeat(depth)}}`
}

/** Deeper than this no entry is; what is below is left empty. */
const MAX_DEPTH = 12

function renderPlain(name: string, value: Json, same: Same, depth: number): string {
  if (depth > MAX_DEPTH) return 'null'
  if (isList(value)) {
    if (value.length === 0) return '[]'
    const indent = '  '.repeat(depth + 1)
    return `[\n${value.map((one) => `${indent}${renderPlain(name, one, same, depth + 1)}`).join(',\n')}\n${'  '.repeat(depth)}]`
  }
  if (isObject(value))
    return renderObject(Object.keys(value), depth, (inner) =>
      renderPlain(inner, own(value, inner) ?? null, same, depth + 1),
    )
  return renderPlace(same({ name, value: textOf(value) ?? '', isNumber: isNumber(value) }), value)
}

const FIGURES: ReadonlySet<string> = new Set(['year', 'period', 'revision', 'debit', 'credit', 'amount'])

function renderPlace(place: Place, value: Json): string {
  const isBare = isNumber(value)
  const inside = (text: string) => JSON.stringify(text).slice(1, -1)
  switch (place.kind) {
    case 'tag': {
      const tag = `${inside(place.before)}{{${place.name}}}${inside(place.after)}`
      return isBare && FIGURES.has(place.name) ? tag : `"${tag}"`
    }
    case 'turns': {
      const [first, other] = [place.first, place.other].map((text) =>
        (isBare && /^-?\d+(\.\d+)?$/.test(text)) || typeof value === 'boolean' ? text : `"${inside(text)}"`,
      )
      return `{{#first}}${first}{{/first}}{{^first}}${other}{{/first}}`
    }
    case 'same':
      return isBare
        ? place.value
        : typeof value === 'boolean' || value === null
          ? String(value)
          : `"${inside(place.value)}"`
    case 'blank':
      return isBare || value === null ? 'null' : typeof value === 'boolean' ? String(value) : '""'
  }
}
