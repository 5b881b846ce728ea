import { existsSync, readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

type Node = { [name: string]: Node } & { type?: unknown; nullable?: unknown; properties?: unknown }

const FILE = new URL('../../../../shared/looker/looker-4.0.oas.json', import.meta.url)

/** Looker's own specification, when it lies beside the repository. */
export const hasSpecification = existsSync(FILE)

export interface Sent {
  readonly method: string
  /** Below the host, such as `/api/4.0/looks/1`. */
  readonly path: string
  readonly query: string
  readonly contentType: string | null
  readonly authorization: string | null
  readonly body: string
}

export interface Operation {
  /** `get /looks/{look_id}` */
  readonly name: string
  /** `db_query`, `non_query` or `none`: what Looker's monthly quotas go by. */
  readonly activity: string
}

export interface Judge {
  /** Complaints about an answer, by `get /looks/{look_id} 200`; throws for an answer the specification does not have. */
  readonly answer: (operation: string, body: unknown) => readonly string[]
  /** Complaints about a request. */
  readonly request: (sent: Sent) => readonly string[]
  /** Null for a request that the specification does not have. */
  /** Every operation of the specification. */
  readonly operations: readonly Operation[]
  readonly operationOf: (sent: Pick<Sent, 'method' | 'path'>) => Operation | null
}

export function createJudge(): Judge {
  const spec = JSON.parse(readFileSync(FILE, 'utf8')) as { paths: Node; components: Node }
  const validate = createValidator(spec.components)
  const operations = operationsOf(spec.paths)
  const find = (sent: Pick<Sent, 'method' | 'path'>) => operations.find((operation) => fits(operation, sent))
  return {
    answer(operation, body) {
      const [method = '', path = '', status = ''] = operation.split(' ')
      const content = spec.paths[path]?.[method]?.['responses']?.[status]?.['content']
      const schema = content?.['application/json']?.['schema']
      if (schema === undefined) throw new Error(`The specification has no ${operation}`)
      return validate('answer', operation, schema, body)
    },
    operations: operations.map(told),
    operationOf(sent) {
      const found = find(sent)
      return found ? told(found) : null
    },
    request(sent) {
      const operation = find(sent)
      if (operation === undefined) return [`the specification has no ${sent.method} ${sent.path}`]
      return [
        ...credentialFaults(operation, sent),
        ...parameterFaults(operation, sent.query),
        ...bodyFaults(operation, sent, (schema, body) => validate('request', operation.name, schema, body)),
      ].map((complaint) => `${sent.method} ${sent.path}: ${complaint}`)
    },
  }
}

interface Described {
  readonly name: string
  readonly method: string
  readonly pattern: RegExp
  readonly node: Node
}

function told({ name, node }: Described): Operation {
  return { name, activity: node['x-looker-activity-type'] as unknown as string }
}

/** Those without a variable part first: `/looks/search` is not the Look named search. */
function operationsOf(paths: Node): readonly Described[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as { [method: string]: Node }).map(([method, node]) => ({
      name: `${method} ${path}`,
      method: method.toUpperCase(),
      pattern: new RegExp(`^/api/4\\.0${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
      node,
    })),
  )
  const variables = ({ name }: Described) => name.split('{').length
  return all.sort((a, b) => variables(a) - variables(b))
}

function fits({ method, pattern }: Described, sent: Pick<Sent, 'method' | 'path'>): boolean {
  return method === sent.method && pattern.test(sent.path)
}

/** What needs no token must not be given one: a login with an old token is a login that may be logged with it. */
function credentialFaults({ name }: Described, { authorization }: Sent): readonly string[] {
  if (name === 'post /login') return authorization === null ? [] : ['a token goes with the login']
  if (name === 'get /versions' && authorization === null) return []
  return /^(?:token|bearer) \S+$/i.test(authorization ?? '') ? [] : ['no token goes with it']
}

function parameterFaults({ name, node }: Described, query: string): readonly string[] {
  const parameters = (node['parameters'] ?? []) as unknown as readonly Node[]
  const asked = parameters.filter((one) => (one['in'] as unknown) === 'query')
  const known = new Map(asked.map((one) => [one['name'] as unknown as string, one]))
  const given = [...new URLSearchParams(query)]
  const names = given.map(([parameter]) => parameter)
  const missing = [...known].filter(
    ([parameter, one]) => (one['required'] as unknown) === true && !names.includes(parameter),
  )
  return [
    ...given.flatMap(([parameter, value]) => {
      const schema = known.get(parameter)?.['schema']
      if (schema === undefined) return [`no query parameter ${parameter}`]
      // Documented, and to be gone by the end of 2026: what stands in an address ends up in logs.
      if (name === 'post /login') return [`${parameter} stands in the address`]
      return isOfType(value, String(schema.type))
        ? []
        : [`${parameter} is ${value}, not of type ${String(schema.type)}`]
    }),
    ...names.filter((parameter, at) => names.indexOf(parameter) !== at).map((parameter) => `${parameter} comes twice`),
    ...missing.map(([parameter]) => `the query parameter ${parameter} is missing`),
  ]
}

function isOfType(value: string, type: string): boolean {
  if (type === 'integer') return /^-?\d{1,18}$/.test(value)
  if (type === 'boolean') return value === 'true' || value === 'false'
  return value !== ''
}

type Check = (schema: Node, body: unknown) => readonly string[]

function bodyFaults({ name, node }: Described, { body, contentType }: Sent, check: Check): readonly string[] {
  const content = node['requestBody']?.['content']
  if (content === undefined) return body === '' && contentType === null ? [] : ['it has a body']
  const type = contentType?.replace(/;.*/, '').trim() ?? 'nothing'
  const schema = content[type]?.['schema']
  if (schema === undefined) return [`its body is ${type}, not ${Object.keys(content).join()}`]
  if (name === 'post /login') return formFaults(body)
  try {
    return check(schema, JSON.parse(body))
  } catch {
    return ['its body is not JSON']
  }
}

/** The schema of the login says no more than that it is an object; its text names these two. */
function formFaults(body: string): readonly string[] {
  const names = [...new URLSearchParams(body)].map(([field]) => field).sort()
  return names.join() === 'client_id,client_secret' ? [] : [`the login sends ${names.join()}`]
}

function createValidator(components: Node) {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  for (const side of ['answer', 'request'] as const)
    ajv.addSchema({ $id: side, components: repaired(components, side) })
  const compiled = new Map<string, ValidateFunction>()
  return (side: Side, operation: string, schema: Node, body: unknown): readonly string[] => {
    const key = `${side} ${operation}`
    const validate = compiled.get(key) ?? ajv.compile(repaired(schema, side) as object)
    compiled.set(key, validate)
    if (validate(body)) return []
    return (validate.errors ?? []).map(
      (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    )
  }
}

type Side = 'answer' | 'request'

/**
 * `any` is no JSON Schema type, nullable is no JSON Schema word, an enum of a list is one of its items, and members that the
 * specification does not name are refused; in a request those as well that only Looker writes.
 */
function repaired(node: unknown, side: Side): unknown {
  if (Array.isArray(node)) return node.map((each) => repaired(each, side))
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([name, child]) => [name, repaired(child, side)])) as Node
  if (copy.type === 'any') delete copy.type
  if ((copy['format'] as unknown) === 'any') delete copy['format']
  if (typeof copy['$ref'] === 'string') copy['$ref'] = `${side}${String(copy['$ref'])}` as unknown as Node
  if (copy.properties !== undefined) {
    if (side === 'request') copy.properties = written(copy.properties as Node)
    copy['additionalProperties'] ??= false as unknown as Node
  }
  if (copy.type === 'array' && copy['enum'] !== undefined) {
    copy['items'] = { ...copy['items'], enum: copy['enum'] } as Node
    delete copy['enum']
  }
  const { nullable, ...rest } = copy
  if (nullable !== true) return copy
  if (rest['$ref'] !== undefined) return { anyOf: [rest, { type: 'null' }] }
  if (Array.isArray(rest['enum'])) rest['enum'] = [...(rest['enum'] as unknown[]), null] as unknown as Node
  return rest.type === undefined ? rest : { ...rest, type: [rest.type, 'null'] }
}

function written(properties: Node): Node {
  return Object.fromEntries(
    Object.entries(properties as { [name: string]: Node }).filter(
      ([, property]) => (property['readOnly'] as unknown) !== true,
    ),
  )
}
