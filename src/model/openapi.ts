/** A tenant's own description of its REST API (OpenAPI 3 or Swagger 2), as far as mlc reads it. */
export interface OpenApi {
  /** Each path as it stands and with the place that a server entry puts before it, with the methods that it takes. */
  readonly paths: readonly ServedPath[]
  /** What a POST to a path takes as one record; null where the document does not tell. */
  recordAt(wanted: readonly string[]): RecordSchema | null
}

export interface ServedPath {
  readonly path: string
  /** Lower case. */
  readonly methods: readonly string[]
}

export interface RecordSchema {
  readonly fields: readonly SchemaField[]
  /** True: names that it does not list are taken all the same. */
  readonly takesOthers: boolean
}

export interface SchemaField {
  readonly name: string
  /** `string`, `integer` …; null where it is not told. */
  readonly type: string | null
  readonly isRequired: boolean
  readonly maxLength: number | null
}

/** Reads the document; null when the text is none: it has no paths. */
export function readOpenApi(text: string): OpenApi | null {
  const document = parsed(text)
  const paths = document?.['paths']
  if (document === null || !isObject(paths)) return null
  const roots = ['', ...rootsOf(document)]
  const entries = Object.entries(paths).flatMap(([path, item]) =>
    roots.map((root) => [`${root}${path}`, item] as const),
  )
  return {
    paths: entries.map(([path, item]) => ({ path, methods: isObject(item) ? methodsOf(item) : [] })),
    recordAt(wanted) {
      const found = entries.find(([path, item]) => isObject(item) && isObject(item['post']) && fits(path, wanted))
      return found === undefined || !isObject(found[1]) ? null : recordOf(found[1], document)
    },
  }
}

/** `/api/{plural}/{id}` fits every path of that shape. */
export function fits(pattern: string, paths: readonly string[]): boolean {
  const wanted = partsOf(pattern)
  return paths.some((path) => {
    const parts = partsOf(path)
    return parts.length === wanted.length && wanted.every((part, at) => /^\{[^}]+\}$/.test(part) || part === parts[at])
  })
}

function partsOf(path: string): readonly string[] {
  return path.replace(/\/+$/, '').split('/')
}

type Plain = Readonly<Record<string, unknown>>

function rootsOf({ basePath, servers }: Plain): readonly string[] {
  const urls = listed(servers).map((server) => (isObject(server) ? server['url'] : null))
  return [basePath, ...urls].flatMap((url) => {
    if (typeof url !== 'string') return []
    const path = url.replace(/^https?:\/\/[^/]*/i, '').replace(/\/+$/, '')
    return path === '' ? [] : [path]
  })
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

function methodsOf(item: Plain): readonly string[] {
  return METHODS.filter((method) => Object.hasOwn(item, method))
}

function recordOf(item: Plain, document: Plain): RecordSchema | null {
  const schema = bodySchema(item['post'], document)
  const record = resolved(schema, document)
  // An array of records, or the record that the array is made of.
  const one = isObject(record?.['items']) ? resolved(record['items'], document) : record
  return one === null ? null : fieldsOf(one, document)
}

function bodySchema(operation: unknown, document: Plain): unknown {
  if (!isObject(operation)) return null
  const body = resolved(operation['requestBody'], document)
  const content = isObject(body?.['content']) ? Object.entries(body['content']) : []
  const json = content.find(([type]) => /json|^\*\/\*$/i.test(type))?.[1]
  if (isObject(json)) return json['schema']
  // Swagger 2 describes the body as one of the parameters.
  const named = listed(operation['parameters'])
    .map((one) => resolved(one, document))
    .find((one) => one?.['in'] === 'body')
  return named?.['schema']
}

function fieldsOf(schema: Plain, document: Plain): RecordSchema | null {
  const parts = [schema, ...listed(schema['allOf'])].flatMap((part): readonly Plain[] => {
    const found = resolved(part, document)
    return found === null ? [] : [found]
  })
  const required = new Set(parts.flatMap((part) => listed(part['required'])))
  const properties = parts.flatMap(({ properties: named }) => (isObject(named) ? Object.entries(named) : []))
  if (properties.length === 0) return null
  const fields = properties.map(([name, property]) => {
    const found = resolved(property, document) ?? {}
    const { type, maxLength, readOnly } = found
    return {
      name,
      type: typeof type === 'string' ? type : null,
      isRequired: required.has(name) && readOnly !== true,
      maxLength: typeof maxLength === 'number' ? maxLength : null,
    }
  })
  return { fields, takesOthers: parts.some(({ additionalProperties: more }) => more === true || isObject(more)) }
}

const DEEPEST = 16

/** What a `$ref` within the document means; null for what is no object, or goes round in circles. */
function resolved(value: unknown, document: Plain): Plain | null {
  let found = value
  for (let depth = 0; depth < DEEPEST && isObject(found); depth++) {
    const ref = found['$ref']
    if (typeof ref !== 'string') return found
    const steps = ref.startsWith('#/') ? ref.slice(2).split('/') : []
    found = steps.length === 0 ? null : steps.map(unescaped).reduce<unknown>(stepInto, document)
  }
  return null
}

function stepInto(holder: unknown, name: string): unknown {
  return isObject(holder) && Object.hasOwn(holder, name) ? holder[name] : null
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

function parsed(text: string): Plain | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

function isObject(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
