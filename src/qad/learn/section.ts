/**
 * `ask`: the capture does not tell, a person has to. `check`: taken from the capture, and another reading is possible.
 * `seen`: where it was taken from.
 */
export interface Remark {
  readonly mark: 'ask' | 'check' | 'seen'
  readonly text: string
}

export type Value = string | boolean | null | readonly Setting[] | Flow | Exact

/** A number, digit for digit. */
export interface Exact {
  readonly number: string
}

/** A list of texts, or of lists of texts, on one line. */
export interface Flow {
  readonly flow: readonly (string | readonly string[])[]
}

/** A line of mlc.yaml: its key, what stands there, and what a person should know about it. Without a key it is a remark alone. */
export interface Setting {
  readonly key: string
  readonly value: Value
  readonly remark?: Remark
}

export const seen = (text: string): Remark => ({ mark: 'seen', text })
export const ask = (text: string): Remark => ({ mark: 'ask', text })
export const check = (text: string): Remark => ({ mark: 'check', text })

/** A question that no setting can carry. */
export function question(text: string): Setting {
  return { key: '', value: null, remark: ask(text) }
}

/** As `mlc init` marks them. */
export const MARKS = { ask: 'CHANGE ME', check: 'CHECK', seen: '' } as const

/** The settings as lines of YAML. */
export function renderSettings(settings: readonly Setting[], depth = 0): readonly string[] {
  const indent = '  '.repeat(depth)
  return settings.flatMap(({ key, value, remark }) => {
    const words = remark === undefined ? '' : `# ${remarkText(remark)}`
    if (key === '') return [`${indent}${words}`]
    if (isSettings(value)) return [joined(`${indent}${yamlKey(key)}:`, words), ...renderSettings(value, depth + 1)]
    return [joined(`${indent}${yamlKey(key)}:${valueText(value)}`, words)]
  })
}

function joined(line: string, words: string): string {
  return words === '' ? line : `${line} ${words}`
}

function remarkText({ mark, text }: Remark): string {
  const plain = text.replace(/[\p{Cc}\u2028\u2029\u0085]+/gu, ' ').trim()
  return MARKS[mark] === '' ? plain : `${MARKS[mark]}: ${plain}`
}

function isSettings(value: Value): value is readonly Setting[] {
  return Array.isArray(value)
}

function valueText(value: Exclude<Value, readonly Setting[]>): string {
  // Nothing, rather than null: what is missing should look so.
  if (value === null) return ''
  if (typeof value === 'string') return ` ${yamlText(value)}`
  if (typeof value !== 'object') return ` ${value}`
  if ('number' in value) return ` ${value.number}`
  const parts = value.flow.map((one) => (typeof one === 'string' ? yamlText(one) : `[${one.map(yamlText).join(', ')}]`))
  return ` [${parts.join(', ')}]`
}

function yamlKey(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) && !YAML_WORDS.test(key) ? key : quoted(key)
}

/** A scalar that every reader of YAML takes for this very text. */
function yamlText(text: string): string {
  const isPlain = /^[A-Za-z][\w./-]*$/.test(text) || /^https?:\/\/[\w.:/-]+\w$/.test(text) || /^\/[\w./-]*$/.test(text)
  return isPlain && !YAML_WORDS.test(text) ? text : quoted(text)
}

function quoted(text: string): string {
  return /[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/u.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`
}

const YAML_WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i

/** A setting by its dotted name with its remark, for a report. */
export interface Remarked {
  readonly setting: string
  readonly value: Value
  readonly remark: Remark
}

export function remarksOf(settings: readonly Setting[], above = 'qad'): readonly Remarked[] {
  return settings.flatMap(({ key, value, remark }) => {
    const setting = key === '' ? above : `${above}.${key}`
    const inside = isSettings(value) ? remarksOf(value, setting) : []
    return [...(remark === undefined ? [] : [{ setting, value, remark }]), ...inside]
  })
}
