import { describe, expect, test } from 'vitest'
import { requireServed } from '../../src/composition/served.js'
import { loadConfig } from '../../src/config/load.js'
import type { QadConfig } from '../../src/config/schema.js'
import { checkSwagger } from '../../src/doctor/swagger.js'
import { alike } from '../../src/model/nearest.js'

const PATH = '/api/bdoc/acme/recon/ReconReference'
const RECORD = {
  type: 'object',
  required: ['referenceId', 'lookerAmount'],
  properties: { referenceId: { type: 'string', maxLength: 40 }, lookerAmount: { type: 'number' } },
}
const jsonBody = (schema: unknown) => ({ requestBody: { content: { 'application/json': { schema } } } })
const inOpenApi = (schema: unknown, components: Readonly<Record<string, unknown>> = {}) => ({
  openapi: '3.0.1',
  paths: { [PATH]: { post: jsonBody(schema) } },
  components: { schemas: components },
})
const one = { $ref: '#/components/schemas/Record' }

/** Every way in which documents were seen to describe a body. */
const DESCRIBED: readonly (readonly [string, unknown])[] = [
  ['an array of records', inOpenApi({ type: 'array', items: RECORD })],
  ['an array of references to a record', inOpenApi({ type: 'array', items: one }, { Record: RECORD })],
  ['one record', inOpenApi(one, { Record: RECORD })],
  ['a record in parts', inOpenApi({ allOf: [one, { required: [] }] }, { Record: RECORD })],
  [
    'a body that is a reference',
    {
      openapi: '3.0.1',
      paths: { [PATH]: { post: { requestBody: { $ref: '#/components/requestBodies/Records' } } } },
      components: { requestBodies: { Records: jsonBody(RECORD).requestBody } },
    },
  ],
  [
    'Swagger 2, under its base path',
    {
      swagger: '2.0',
      basePath: '/clouderp/api/bdoc',
      paths: {
        '/{org}/recon/ReconReference': {
          post: { parameters: [{ in: 'body', schema: { type: 'array', items: { $ref: '#/definitions/R' } } }] },
        },
      },
      definitions: { R: RECORD },
    },
  ],
]

test.each(DESCRIBED)('fields are compared with %s', async (_name, document) => {
  expect(await judged(document, { key: 'referenceId', amount: 'lookerAmount' })).toMatchObject({ status: 'ok' })
  expect(await judged(document, { key: 'referenceID', amount: 'amount' })).toMatchObject({
    status: 'fail',
    code: 'MLC-Q041',
    detail: expect.stringContaining(
      'without referenceID (qad.write.fields.key); it has referenceId, amount (qad.write.fields.amount); it has lookerAmount',
    ) as string,
    fix: expect.stringContaining('qad.write.fields.key, qad.write.fields.amount') as string,
  })
  expect(await judged(document, { key: 'referenceId', amount: 'lookerAmount' }, { src: 'L' })).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('src (qad.write.constants.src)') as string,
  })
  expect(await judged(document, { key: 'referenceId' })).toMatchObject({
    status: 'warn',
    code: 'MLC-Q042',
    detail: expect.stringContaining('needs lookerAmount') as string,
  })
})

describe('fields are not judged', () => {
  test.each<[string, unknown]>([
    ['where the document describes no body', { openapi: '3.0.1', paths: { [PATH]: { post: {} } } }],
    ['where the body goes round in circles', inOpenApi(one, { Record: one })],
    ['where the record takes other names', inOpenApi({ ...RECORD, additionalProperties: true })],
    ['where the reference leads nowhere', inOpenApi({ $ref: '#/components/schemas/None' })],
    ['where the reference leads out of the document', inOpenApi({ $ref: 'https://acme.example/records.json' })],
  ])('%s', async (_name, document) => {
    expect(await judged(document, { key: 'k', amount: 'a', other: 'o' })).not.toMatchObject({ status: 'fail' })
  })
})

test('before the first write a field that the tenant does not have is refused', async () => {
  const qad = await qadOf({ key: 'referenceId', amount: 'lookerAmmount' })
  const document = async () => JSON.stringify(inOpenApi({ type: 'array', items: RECORD }))
  await expect(requireServed(qad, document, { folder: import.meta.dirname })).rejects.toMatchObject({
    code: 'MLC-Q041',
    exitCode: 6,
    message: expect.stringContaining('it has lookerAmount') as string,
  })
})

test('names that are alike are near in letters, or one is part of the other', () => {
  const known = ['ac_mstr.ac_code', 'ac_mstr.ac_desc', 'glAccount', 'glSubAccount', 'x']
  expect(alike('account', known)).toEqual(['glAccount', 'glSubAccount'])
  expect(alike('ac_mstr.ac_cod', known)).toEqual(['ac_mstr.ac_code'])
  expect(alike('gl_account', known)).toEqual(['glAccount'])
  expect(alike('currency', known)).toEqual([])
})

async function judged(document: unknown, fields: Fields, constants: Fields = {}) {
  const text = JSON.stringify(document)
  return checkSwagger(await qadOf(fields, constants), {
    file: async () => null,
    qad: async () => ({ document: async () => text }),
  })
}

type Fields = Readonly<Record<string, string>>

async function qadOf(fields: Fields, constants: Fields = {}): Promise<QadConfig> {
  const path = new URL('../../examples/adaptive/mlc.yaml', import.meta.url).pathname
  const env = { LOOKER_URL: 'https://looker.example', QAD_URL: 'https://acme.example/clouderp' }
  const { config } = await loadConfig(path, env, { cwd: import.meta.dirname, signal: new AbortController().signal })
  const { qad } = config
  if (!qad?.write) throw new Error('the example has no qad.write')
  const reads = { ...qad.reads, glAccounts: null, costCentres: null, periods: null, balances: null, posted: null }
  const auth = { ...qad.auth, type: 'basic' as const }
  return { ...qad, auth, swagger: '/v3/api-docs', reads, write: { ...qad.write, fields, constants } }
}
