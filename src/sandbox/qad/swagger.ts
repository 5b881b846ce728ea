import type { Json } from './cells.js'
import type { QadComponent, QadWorld } from './world.js'

/** A small OpenAPI document that names what this tenant serves. */
export function swagger(world: QadWorld, mount: string): Json {
  const paths: Record<string, Json> = {
    '/oauth/token': { post: operation('Obtain a token') },
    '/api/login': { post: operation('Log in') },
    '/logout': { post: operation('Log out') },
    '/api/qracore/securityControl': { get: operation('Security control') },
    '/api/qracore/inboxdata': { get: operation('Workspaces of the user') },
    '/api/qracore/browses': { get: operation('Run a browse') },
    '/api/qracore/browses/totalCount/': { get: operation('Count the rows of a browse') },
    [world.component.path]: { get: operation('Read'), post: operation('Create', { requestBody: body(RECORD) }) },
  }
  const { journal = null } = world
  if (journal) paths[journal.path] = { post: operation('Create or update') }
  if (journal?.validatePath) paths[journal.validatePath] = { post: operation('Check') }
  for (const { path } of world.lists) paths[path] = { get: operation('Read') }
  return {
    openapi: '3.0.1',
    info: { title: 'QAD Enterprise Platform', version: '1.0' },
    servers: [{ url: mount }],
    paths,
    components: { schemas: { [RECORD]: record(world.component) } },
  }
}

/** Name of the component's schema. */
const RECORD = 'BusinessDocumentRecord'

/** A business document is posted as an array of records. */
function body(schema: string): Json {
  const array = { type: 'array', items: { $ref: `#/components/schemas/${schema}` } }
  return { required: true, content: { 'application/json': { schema: array } } }
}

function record({ fields }: QadComponent): Json {
  const properties = fields.map(({ name, type, maxLength }): [string, Json] => {
    const length: Readonly<Record<string, Json>> =
      maxLength === undefined ? {} : { maxLength: { n: String(maxLength) } }
    return [name, { type: TYPES[type], ...length }]
  })
  const required = fields.filter(({ mandatory }) => mandatory).map(({ name }) => name)
  return { type: 'object', required, properties: Object.fromEntries(properties) }
}

const TYPES = { text: 'string', integer: 'integer', decimal: 'number' } as const

function operation(summary: string, more: Readonly<Record<string, Json>> = {}): Json {
  return { summary, ...more, responses: { '200': { description: 'OK' } } }
}
