import Ajv2020 from 'ajv/dist/2020.js'
import { existsSync, readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { describe, expect, test } from 'vitest'
import { needJob, needLooker, needQad, needWrite } from '../../src/config/need.js'
import { placeholderFault } from '../../src/config/placeholders.js'
import { nearest } from '../../src/model/nearest.js'
import { configJsonSchema, type Config, type QadConfig } from '../../src/config/schema.js'
import { adaptiveOptions } from '../../src/composition/qad-options.js'
import type { Job } from '../../src/model/job.js'
import type { AdaptiveOptions } from '../../src/qad/options.js'
import { SOUND, parse, refusal, withLine } from './mlc-yaml.js'

const contract = new URL('../../../shared/design/CLI.md', import.meta.url)

test('a job and the qad section are what the pipeline and the adapter take', () => {
  const { config } = parse(SOUND)
  const job: Job = needJob(config, 'plant-gl')
  const qad: AdaptiveOptions = adaptiveOptions(needQad(config))
  expect(job.name).toBe('plant-gl')
  expect(qad.domain).toBe('10USA')
})

test.skipIf(!existsSync(contract))('the example of the documentation is sound', () => {
  const text = readFileSync(contract, 'utf8')
  const example = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  const built = example
    .replace('{ year: …, period: …, start: …, end: …, status: … }', '{ year: y, period: p }')
    .replaceAll('…', 'x')
  const { config } = parse(built)
  expect(config.jobs['plant-gl']?.figure.measures).toEqual({
    net_amount: 'gl.net_amount',
    budget: 'gl.budget_amount',
  })
  expect(config.qad?.write?.fields['amount']).toBe('lookerAmount')
  expect(config.qad?.qxtend).toMatchObject({ receiver: 'qad2017ee', scopeTransaction: true, soapAction: '""' })
})

describe('the JSON Schema for editors', () => {
  const validate = new Ajv2020.default({ strict: false }).compile(configJsonSchema())
  test('accepts the sound file', () => {
    validate(
      parseYaml(
        SOUND.replace('look: 42', 'look: "42"')
          .replaceAll('account: 5010', 'account: "5010"')
          .replace('percent: 0', 'percent: "0"'),
      ),
    )
    expect(validate.errors).toBeNull()
  })
  test.each([
    ['an unknown key', 'version: 1\nloker: {}\n'],
    ['a version that is not 1', 'version: 2\n'],
    ['a batch that is too large', withLine('batchSize: 1', 'batchSize: 501')],
    ['an unknown kind', withLine('domain: 10USA', 'domain: 10USA\nkind: qxtnd')],
    [
      'an unknown column',
      withLine('columns: { code: ac_mstr.ac_code, active: ac_mstr.ac_active }', 'columns: { kode: a }'),
    ],
  ])('refuses %s', (_what, text) => {
    expect(validate(parseYaml(text))).toBe(false)
  })
})

describe('what a command needs and the file has not', () => {
  const empty: Config = parse('version: 1\n').config
  const noWrite = { ...empty, qad: { ...(parse(SOUND).config.qad as QadConfig), write: null } }
  test.each([
    ['looker', () => needLooker(empty), 'MLC-C012', 'mlc.yaml has no section looker'],
    ['qad', () => needQad(empty), 'MLC-C012', 'mlc.yaml has no section qad'],
    ['qad.write', () => needWrite(noWrite), 'MLC-C012', 'mlc.yaml has no section qad.write'],
    ['a job, of none', () => needJob(empty, 'x'), 'MLC-C005', 'there is no job "x"; mlc.yaml has no jobs'],
    [
      'a job, mistyped',
      () => needJob(parse(SOUND).config, 'plant_gl'),
      'MLC-C005',
      'there is no job "plant_gl"; jobs in mlc.yaml: plant-gl; did you mean "plant-gl"?',
    ],
    [
      'a job, called constructor',
      () => needJob(parse(SOUND).config, 'constructor'),
      'MLC-C005',
      'there is no job "constructor"',
    ],
  ] as const)('%s', (_what, act, code, message) => {
    const error = refusal(act)
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
  })
})

describe('placeholders', () => {
  test.each([['{Period}'], ['{ period }'], ['{}'], ['{{period}}'], ['}'], ['{']])('%s is a fault', (value) => {
    expect(placeholderFault(value, ['period'])).not.toBeNull()
  })
})

test.each([
  ['acount', ['account', 'currency'], 'account'],
  ['costCenter', ['costCentre'], 'costCentre'],
  ['cost-centre', ['costCentre'], 'costCentre'],
  ['COSTCENTRE', ['costCentre'], 'costCentre'],
  ['sing', ['sign', 'site'], 'sign'],
  ['zebra', ['account'], null],
  ['', ['a'], null],
  ['x'.repeat(100_000), ['account'], null],
] as const)('did you mean: %.20s', (typed, known, meant) => {
  expect(nearest(typed, known)).toBe(meant)
})
