import { existsSync, readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

type Node = { [name: string]: Node } & { type?: unknown; nullable?: unknown; properties?: unknown }

const FILE = new URL('../../../../shared/looker/looker-4.0.oas.json', import.meta.url)

/** Looker's own specification, when it lies beside the repository. */
export const hasSpecification = existsSync(FILE)

/** The judge: complaints about an answer, by `get /looks/{look_id} 200`; throws for an answer the specification does not have. */
export function createJudge(): (operation: string, body: unknown) => readonly string[] {
  const spec = JSON.parse(readFileSync(FILE, 'utf8')) as { paths: Node; components: Node }
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'looker', components: repaired(spec.components) })
  const compiled = new Map<string, ValidateFunction>()
  return (operation, body) => {
    const [method = '', path = '', status = ''] = operation.split(' ')
    const content = spec.paths[path]?.[method]?.['responses']?.[status]?.['content']
    const schema = content?.['application/json']?.['schema']
    if (schema === undefined) throw new Error(`The specification has no ${operation}`)
    const validate = compiled.get(operation) ?? ajv.compile(repaired(schema) as object)
    compiled.set(operation, validate)
    return validate(body)
      ? []
      : (validate.errors ?? []).map(
          (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
        )
  }
}

/**
 * `any` is no JSON Schema type, nullable is no JSON Schema word, an enum of a list is one of its items, and members that the
 * specification does not name are refused.
 */
function repaired(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(repaired)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([name, child]) => [name, repaired(child)])) as Node
  if (copy.type === 'any') delete copy.type
  if ((copy['format'] as unknown) === 'any') delete copy['format']
  if (typeof copy['$ref'] === 'string') copy['$ref'] = `looker${String(copy['$ref'])}` as unknown as Node
  if (copy.properties !== undefined && copy['additionalProperties'] === undefined) {
    copy['additionalProperties'] = false as unknown as Node
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
