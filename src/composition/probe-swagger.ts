import type { QadConfig } from '../config/schema.js'
import { checkSwagger } from '../doctor/swagger.js'
import { MlcError } from '../errors.js'
import { fits, readOpenApi, type OpenApi } from '../model/openapi.js'
import { factsOf, type Candidate, type Fact } from '../qad/probe/fact.js'

/** Where such documents are found, when mlc.yaml does not say. */
const USUAL = ['/v3/api-docs', '/v2/api-docs', '/api-docs', '/api/swagger.json', '/swagger.json']

export interface SwaggerNeeds {
  /** A document of the tenant. */
  readonly document: (path: string) => Promise<string>
  /** A file beside mlc.yaml. */
  readonly file: (path: string) => Promise<string | null>
}

/** What the tenant's own description says of the paths and fields of mlc.yaml, and of what mlc.yaml leaves out. */
export async function probeSwagger(
  qad: QadConfig,
  needs: SwaggerNeeds,
): Promise<{ readonly facts: readonly Fact[]; readonly candidates: readonly Candidate[] }> {
  const read = rememberedBy(needs)
  const place = qad.swagger ?? (await usualPlace(read.document))
  if (place === null) return { facts: [unknown], candidates: [] }
  const found = await checkSwagger({ ...qad, swagger: place }, { file: read.file, qad: async () => read })
  const api = read.text() === null ? null : readOpenApi(read.text() ?? '')
  const fact = factOf(found)
  const candidates = api === null ? [] : candidatesIn(api, qad)
  const line = { for: 'swagger', evidence: `the tenant describes its API at ${place}`, config: `swagger: ${place}` }
  return { facts: [fact], candidates: qad.swagger === null ? [line, ...candidates] : candidates }
}

const facts = factsOf('swagger')

const SEEN_LATE =
  'a wrong path or field shows with the first record that is sent, which QAD may drop a field of in silence'

const unknown = facts.assumed('paths and fields', `qad.swagger is not set, and there is none at ${USUAL.join(', ')}`, {
  meaning: SEEN_LATE,
  change: 'Save the document of the instance beside mlc.yaml and name it under qad.swagger, if there is one.',
})

function factOf({ status, detail, fix, code }: Awaited<ReturnType<typeof checkSwagger>>): Fact {
  const bearing = { meaning: SEEN_LATE, ...(fix === null ? {} : { change: fix }) }
  if (status === 'ok') return facts.confirmed('paths and fields', detail)
  if (status === 'fail') return facts.contradicted('paths and fields', detail, bearing, code ?? 'MLC-Q041')
  return facts.assumed('paths and fields', detail, bearing)
}

/** The text that was read last, kept: it is looked through a second time. */
function rememberedBy({ document, file }: SwaggerNeeds) {
  let text: string | null = null
  return {
    document: async (path: string) => (text = await document(path)),
    file: async (path: string) => {
      const found = await file(path)
      if (found !== null) text = found
      return found
    },
    text: () => text,
  }
}

async function usualPlace(document: SwaggerNeeds['document']): Promise<string | null> {
  for (const path of USUAL) {
    try {
      if (readOpenApi(await document(path)) !== null) return path
    } catch (error) {
      if (!(error instanceof MlcError) || error.category === 'unavailable' || error.code === 'MLC-Q004') throw error
    }
  }
  return null
}

type ReadName = keyof QadConfig['reads']

const LIKE: readonly (readonly [ReadName, RegExp])[] = [
  ['glAccounts', /gl.?accounts?$|accounts?$/i],
  ['costCentres', /cost.?cent(er|re)s?$/i],
  ['periods', /periods?$|calendars?$/i],
  ['balances', /balances?$/i],
  ['daybooks', /daybooks?$/i],
]

/** Paths whose names speak of what mlc.yaml leaves out. */
function candidatesIn(api: OpenApi, { reads, write }: QadConfig): readonly Candidate[] {
  const lists = api.paths.filter(({ methods }) => methods.includes('get')).map(({ path }) => path)
  const found = LIKE.flatMap(([name, pattern]) =>
    reads[name] !== null ? [] : lists.filter((path) => pattern.test(path)).map((path) => ({ name, path })),
  )
  const named = found.slice(0, 10).map(({ name, path }) => ({
    for: `reads.${name}`,
    evidence: `the document names GET ${path}`,
    config: `${name}: { path: ${path}, columns: { … } }`,
  }))
  return [...named, ...writesIn(api, write?.path ?? null)]
}

const WRITES = /\/api\/bdoc\/.*(recon|reference)|transientjournalentr|journalentr/i

function writesIn(api: OpenApi, configured: string | null): readonly Candidate[] {
  const posts = api.paths.filter(({ path, methods }) => methods.includes('post') && WRITES.test(path))
  if (configured !== null && posts.some(({ path }) => fits(path, [configured]))) return []
  return posts.slice(0, 5).map(({ path }) => {
    const fields = api.recordAt([path])?.fields.map(({ name }) => name) ?? []
    const told = fields.length === 0 ? '' : ` with ${fields.slice(0, 20).join(', ')}`
    return { for: 'write.path', evidence: `the document names POST ${path}${told}`, config: `path: ${path}` }
  })
}
