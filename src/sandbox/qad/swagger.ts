import type { Json } from './cells.js'
import type { QadWorld } from './world.js'

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
    [world.component.path]: { get: operation('Read'), post: operation('Create') },
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
  }
}

function operation(summary: string): Json {
  return { summary, responses: { '200': { description: 'OK' } } }
}
