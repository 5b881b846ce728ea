import type { QadConfig } from '../config/schema.js'
import { quotableAddress } from '../model/address.js'
import { fail, failure, ok, skip, warn, type Finding } from './finding.js'
import { counted } from '../model/counted.js'
import { fits, readOpenApi } from '../model/openapi.js'
import { checkFields } from './swagger-fields.js'
import type { QadLink } from './ports.js'

/** What the document is read by: a file beside mlc.yaml, or the tenant. */
export interface SwaggerPorts {
  file(path: string): Promise<string | null>
  qad(): Promise<Pick<QadLink, 'document'>>
}

/** Every path and field that mlc.yaml names must be in the tenant's own Swagger document. */
export async function checkSwagger(qad: QadConfig, ports: SwaggerPorts): Promise<Finding> {
  if (qad.kind === 'qxtend')
    return skip('QXtend has no Swagger document; its receiver refuses a QDoc that it does not know')
  if (qad.swagger === null)
    return skip('qad.swagger is not set, so no path is compared with the document of the tenant')
  const name = quotableAddress(qad.swagger) ?? 'the document of qad.swagger'
  const text = await textOf(qad.swagger, name, ports)
  if (typeof text !== 'string') return text
  const api = readOpenApi(text)
  if (api === null) return fail('MLC-Q041', `${name} is no Swagger document: it has no paths`, WHERE)
  const served = api.paths.map(({ path }) => path)
  const root = new URL(qad.baseUrl).pathname.replace(/\/+$/, '')
  const isServed = ({ path }: Wanted) => served.some((pattern) => fits(pattern, [path, `${root}${path}`]))
  const missing = wantedPaths(qad).filter((wanted) => !isServed(wanted))
  const needed = missing.filter(({ isNeeded }) => isNeeded)
  const count = counted(served.length, 'path')
  if (needed.length > 0)
    return fail(
      'MLC-Q041',
      `${name} (${count}) lacks ${needed.map(nameOf).join(', ')}`,
      `Correct ${needed.map(({ setting }) => setting).join(', ')}, or have the component installed in this environment.`,
    )
  const record = qad.write?.path ? api.recordAt([qad.write.path, `${root}${qad.write.path}`]) : null
  const fields = checkFields(qad.write, record, name)
  if (fields?.status === 'fail') return fields
  if (missing.length > 0)
    return warn(
      `${name} (${count}) does not name ${missing.map(nameOf).join(', ')}, though the login works`,
      'Nothing to do: many tenants leave the login out of the document.',
    )
  if (fields !== null) return fields
  const known = record === null || qad.write?.target !== 'bdoc' ? '' : ' and every field of qad.write'
  return ok(`${name} names every configured path (${count})${known}`)
}

const WHERE = 'Name the path or file of the document under qad.swagger, or set it to null.'

/** A file beside mlc.yaml, else a path of the tenant. */
async function textOf(place: string, name: string, ports: SwaggerPorts): Promise<string | Finding> {
  const file = await ports.file(place)
  if (file !== null) return file
  if (!place.startsWith('/')) return fail('MLC-Q041', `${name} cannot be read: there is no such file`, WHERE)
  try {
    return await (await ports.qad()).document(place)
  } catch (error) {
    const found = failure(error)
    const isGone = found.code === 'MLC-Q005' || found.code === 'MLC-Q013' || found.code === 'MLC-Q006'
    return isGone ? fail('MLC-Q041', found.detail, WHERE) : found
  }
}

interface Wanted {
  readonly setting: string
  readonly path: string
  /** False for what has already been seen to work. */
  readonly isNeeded: boolean
}

function wantedPaths({ auth, reads, write }: QadConfig): readonly Wanted[] {
  const login = auth.type.startsWith('oauth') ? 'tokenPath' : auth.type.startsWith('session') ? 'loginPath' : null
  const lists = Object.entries(reads).flatMap(([name, read]) =>
    read?.path ? [{ setting: `qad.reads.${name}.path`, path: read.path, isNeeded: true }] : [],
  )
  const browse = Object.entries(reads).find(([, read]) => read?.browse)?.[0]
  return [
    ...PATHS.flatMap((name) =>
      write?.[name] ? [{ setting: `qad.write.${name}`, path: write[name], isNeeded: true }] : [],
    ),
    ...lists,
    ...(browse === undefined ? [] : [{ setting: `qad.reads.${browse}.browse`, path: BROWSES, isNeeded: true }]),
    ...(login === null ? [] : [{ setting: `qad.auth.${login}`, path: auth[login], isNeeded: false }]),
  ]
}

const PATHS = ['path', 'validatePath'] as const

const BROWSES = '/api/qracore/browses'

function nameOf({ setting, path }: Wanted): string {
  return `${path} (${setting})`
}
