import Ajv2020 from 'ajv/dist/2020.js'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import type { ErrorJson } from '../support/shapes.js'
import { world } from '../support/world.js'

interface ConfigJson {
  readonly schema: string
  readonly file: { readonly path: string; readonly from: string }
  readonly state: { readonly path: string; readonly from: string }
  readonly audit: { readonly path: string; readonly from: string }
  readonly variables: readonly {
    readonly name: string
    readonly value: string | null
    readonly remark: string | null
  }[]
  readonly settings: readonly {
    readonly name: string
    readonly value: unknown
    readonly hidden: boolean
    readonly from: string
    readonly line?: number
    readonly variables?: readonly string[]
  }[]
}

const SHOW = ['config', 'show', '--json']

describe('mlc config show', () => {
  test('tells of every setting whether a line, a variable or a default decided it', async () => {
    const w = await world()
    w.editConfig(['domain: 10USA\n', 'domain: ${DOMAIN}\n'], ['retries: 3', 'retries: 4'])
    const shown = (await w.run(SHOW, { env: { DOMAIN: '10USA' } })).json<ConfigJson>()
    expect(shown.schema).toBe('mlc/config/1')
    const line = (text: string) =>
      w
        .read('mlc.yaml')
        .split('\n')
        .findIndex((one) => one.includes(text)) + 1
    const setting = (name: string) => shown.settings.find((one) => one.name === name)
    expect(setting('qad.domain')).toMatchObject({ value: '10USA', from: 'environment', variables: ['DOMAIN'] })
    expect(setting('qad.domain')?.line).toBe(line('${DOMAIN}'))
    expect(setting('qad.http.retries')).toMatchObject({ value: 4, from: 'file', line: line('retries: 4') })
    expect(setting('qad.auth.cookieName')).toMatchObject({ value: 'JSESSIONID', from: 'default', hidden: false })
    expect(setting('qad.reads.periods.openValues')).toMatchObject({ value: ['open'], from: 'file' })
    expect(setting('jobs.plant-gl.source.filters."gl.posting_period"')?.value).toBe('{period}')
    expect(setting('audit.dir')).toMatchObject({ value: null, from: 'default' })
  })

  test('is a table for people, without a line that the JSON has not', async () => {
    const w = await world()
    const shown = (await w.run(SHOW)).json<ConfigJson>()
    const table = await w.run(['config', 'show'])
    expect(table.code).toBe(0)
    for (const { name } of shown.settings) expect(table.stdout).toContain(`\n${name} `)
    expect(table.stdout).toMatch(/^qad\.http\.retries +3 +line \d+$/m)
    expect(table.stdout).toMatch(/^qad\.auth\.headerPrefix +"Bearer " +default$/m)
    expect(table.stdout).toMatch(/^MLC_QAD_PASSWORD +set \(not shown\)$/m)
  })

  test.each<[string, (folder: string) => readonly string[], Record<string, string | undefined>, string]>([
    ['the working folder', () => [], {}, 'working folder'],
    ['--config', () => ['--config', 'mlc.yaml'], { MLC_CONFIG: '/nowhere.yaml' }, '--config'],
    ['MLC_CONFIG', () => [], { MLC_CONFIG: 'mlc.yaml' }, 'MLC_CONFIG'],
  ])('names what decided the file: %s', async (_what, args, env, from) => {
    const w = await world()
    const shown = (await w.run([...SHOW, ...args(w.folder)], { env })).json<ConfigJson>()
    expect(shown.file).toEqual({ path: join(w.folder, 'mlc.yaml'), from })
  })

  test('names what decided the state folder and the audit folder, and makes neither', async () => {
    const w = await world()
    const asked = async (env: Record<string, string | undefined>) => {
      const { state, audit } = (await w.run(SHOW, { env })).json<ConfigJson>()
      return { state, audit }
    }
    const state = join(w.folder, 'state')
    expect(await asked({})).toEqual({
      state: { path: state, from: 'MLC_STATE_DIR' },
      audit: { path: join(state, 'audit'), from: 'state folder' },
    })
    const xdg = { MLC_STATE_DIR: undefined, XDG_STATE_HOME: join(w.folder, 'xdg') }
    expect((await asked(xdg)).state).toEqual({ path: join(w.folder, 'xdg', 'mlc'), from: 'XDG_STATE_HOME' })
    w.write('mlc.yaml', `${w.read('mlc.yaml')}audit: { dir: books }\n`)
    expect((await asked({})).audit).toEqual({ path: join(w.folder, 'books'), from: 'audit.dir' })
    expect(() => w.audit()).toThrow()
  })

  test('no secret is shown, by whatever way it came in', async () => {
    const w = await world()
    const canaries = {
      MLC_LOOKER_CLIENT_SECRET: 'canary-one-1111',
      MLC_QAD_PASSWORD: 'canary-two-2222',
      MLC_QAD_PASSWORD_FILE: '/canary-three-3333',
      MLC_INGEST_SECRET: 'canary-four-4444',
      MLC_VAULT_KEY: 'canary-five-5555',
      HTTPS_PROXY: 'http://jdoe:canary-six-6666@proxy.example:3128',
      ACME: 'canary-seven-7777',
      ACME_PASSWORD: 'canary-eight-8888',
      ACME_PWD: 'canary-eleven-1212',
      MLC_STRANGE: 'canary-nine-9999',
      MLC_QAD_BASE_URL: 'https://jdoe:canary-ten-0000@qad.example',
    }
    w.editConfig(
      ['retries: 3 }', 'retries: 3, extraHeaders: { x-gate: "${ACME}", x-api-key: "${ACME}" } }'],
      ['{ sourceSystem: LOOKER }', '{ sourceSystem: LOOKER, stamp: "${ACME}" }'],
      ['environment: demo', 'environment: ${ACME_PASSWORD}'],
      ['entity: 10USACO', 'entity: ${ACME_PWD}'],
    )
    for (const args of [SHOW, ['config', 'show'], [...SHOW, '--debug']]) {
      const ran = await w.run(args, { env: canaries })
      expect(ran.code).toBe(0)
      expect(ran.stdout + ran.stderr).not.toMatch(/canary/)
    }
    const { settings, variables } = (await w.run(SHOW, { env: canaries })).json<ConfigJson>()
    const hidden = settings.filter(({ hidden }) => hidden).map(({ name }) => name)
    expect(hidden).toEqual([
      'environment',
      'qad.entity',
      'qad.http.extraHeaders.x-gate',
      'qad.http.extraHeaders.x-api-key',
      'qad.write.constants.stamp',
    ])
    expect(settings.find(({ name }) => name === 'qad.write.constants.sourceSystem')?.value).toBe('LOOKER')
    expect(variables.find(({ name }) => name === 'MLC_VAULT_KEY')).toEqual({
      name: 'MLC_VAULT_KEY',
      value: null,
      remark: null,
    })
  })

  test('a password in an address that cannot be parsed is shown by no command, and is not in the support bundle', async () => {
    const w = await world()
    w.editConfig([`${w.servers.qad.url}/clouderp`, 'https://svc:Pa/canary4455@erp.example/clouderp'])
    for (const args of [SHOW, ['sync', '--all', '--yes', '--json'], ['doctor', '--bundle', 'b.zip', '--debug']]) {
      const ran = await w.run(args, { env: { MLC_STORE: 'none' } })
      expect(ran.code).toBe(2)
      expect(ran.stdout).toContain('qad.baseUrl: found a value (not shown)')
      expect(ran.stdout + ran.stderr).not.toContain('canary')
    }
    const bundle = spawnSync('unzip', ['-p', 'b.zip'], { cwd: w.folder, encoding: 'utf8' })
    expect(bundle.stdout).toContain('qad.baseUrl: found a value (not shown)')
    expect(bundle.stdout).not.toContain('canary')
  })

  test('the words of credentialCommand and the query of an address are not shown', async () => {
    const w = await world()
    w.write('mlc.yaml', `${w.read('mlc.yaml')}credentialCommand: [vault, read, -token=canary1]\n`)
    w.editConfig(['swagger: /v3/api-docs', 'swagger: /v3/api-docs?token=canary2'])
    for (const args of [SHOW, ['doctor', '--only', 'qad.swagger', '--json']]) {
      const ran = await w.run(args, { env: { MLC_STORE: 'none' } })
      expect(ran.stdout + ran.stderr).not.toMatch(/canary/)
    }
    const { stdout } = await w.run(['config', 'show'])
    expect(stdout).toMatch(/credentialCommand +vault … \(the rest is not shown\)/)
    expect(stdout).toMatch(/qad\.swagger +\/v3\/api-docs\?… \(the rest is not shown\)/)
  })

  test('a variable that is spelled wrong is told', async () => {
    const w = await world()
    const { variables } = (await w.run(SHOW, { env: { MLC_STATEDIR: '/srv/state' } })).json<ConfigJson>()
    expect(variables.find(({ name }) => name === 'MLC_STATEDIR')?.remark).toBe(
      'mlc reads no variable of this name; did you mean MLC_STATE_DIR?',
    )
  })

  test('a mlc.yaml that is not sound is refused as everywhere', async () => {
    const w = await world()
    w.editConfig(['retries: 3', 'retrys: 3'])
    const refused = await w.run(SHOW)
    expect(refused.code).toBe(2)
    expect(refused.json<ErrorJson>().code).toBe('MLC-C003')
  })

  test('control characters of the file do not reach the terminal', async () => {
    const w = await world()
    w.editConfig(['environment: demo', 'environment: "de\\u202Emo"'])
    const ran = await w.run(['config', 'show'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('de\\u{202e}mo')
  })
})

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples')

describe('mlc config schema', () => {
  const schemaOf = async () => {
    const w = await world()
    return { w, schema: (await w.run(['config', 'schema'])).json<Record<string, unknown>>() }
  }

  test('is a JSON Schema that the examples satisfy, that a typo does not, and that works without a mlc.yaml', async () => {
    const { w, schema } = await schemaOf()
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema')
    const validate = new Ajv2020.default({ strict: false }).compile(schema)
    for (const example of ['adaptive', 'adventureworks']) {
      const text = readFileSync(join(EXAMPLES, example, 'mlc.yaml'), 'utf8')
      expect([example, validate(parseYaml(text)), validate.errors]).toEqual([example, true, null])
      expect(validate(parseYaml(text.replace('  baseUrl:', '  baseUlr:')))).toBe(false)
      expect(validate(parseYaml(text.replaceAll('columns:', 'colums:')))).toBe(false)
    }
    expect(await w.run(['config', 'schema'], { cwd: '/' })).toMatchObject({ code: 0 })
  })

  test('-o writes it to a file', async () => {
    const { w, schema } = await schemaOf()
    const ran = await w.run(['config', 'schema', '-o', 'mlc.schema.json'])
    expect(ran).toMatchObject({ code: 0, stdout: '' })
    expect(JSON.parse(w.read('mlc.schema.json'))).toEqual(schema)
  })

  test('the one beside the examples is up to date, and their editor hints lead to it', async () => {
    const { schema } = await schemaOf()
    for (const example of ['adaptive', 'adventureworks']) {
      const text = readFileSync(join(EXAMPLES, example, 'mlc.yaml'), 'utf8')
      const [, hint = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? []
      // mlc config schema -o examples/adaptive/mlc.schema.json && npm run format
      expect(JSON.parse(readFileSync(join(EXAMPLES, example, hint), 'utf8'))).toEqual(schema)
    }
  })
})
