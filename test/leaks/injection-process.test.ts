import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoConfig, demoEnvironment } from '../../src/sandbox/company/company.js'
import { startMlc, type Ran } from '../support/process.js'
import { leadsOut } from './boundary.js'
import { answerTo } from './places.js'
import { openWire, wireFault, type Wire } from './wire.js'

/** A few of each kind; all of them meet the clients in injection.test.ts. */
const TEXTS = [
  '/../../admin',
  '/..%2f..%2fadmin',
  '/%252e%252e/%252e%252e/admin',
  '/..;/..;/admin',
  '/api\\..\\..\\admin',
  '//127.0.0.1:9/taken',
  'http://jo:pw@127.0.0.1:9/taken',
  '/x\r\nX-Planted: 1',
  '/x%0d%0aX-Planted: 1',
  '/\uff0e\uff0e/\uff0e\uff0e/admin',
  '/x\ud800',
  '/x?y#z',
]

/** Settings of the demo's mlc.yaml, and what stands there before. */
const SETTINGS: readonly (readonly [name: string, before: string, after: (text: string) => string])[] = [
  ['tokenPath', 'tokenPath: /oauth/token', (text) => `tokenPath: ${text}`],
  ['loginPath', 'type: oauth_password', (text) => `type: session_form\n    loginPath: ${text}`],
  ['logoutPath', 'type: oauth_password', (text) => `type: oauth_password\n    logoutPath: ${text}`],
  ['reads.path', 'path: /api/erp/costCenters', (text) => `path: ${text}`],
  ['reads.browse', 'browse: "urn:browse:mfg:xxgl01"', (text) => `browse: ${text}`],
  ['swagger', 'swagger: /v3/api-docs', (text) => `swagger: ${text}`],
  ['the workspace’s header', 'header: x-qad-workspace-id', (text) => `header: ${text}`],
  ['the workspace’s template', 'template: "{domain}_{entity}"', (text) => `template: ${text}`],
  ['an extra header', 'minGapMs: 0', (text) => `minGapMs: 0, extraHeaders: { x-extra: ${text} }`],
  ['domain', 'domain: 10USA', (text) => `domain: ${text}`],
]

const ARGUMENTS: readonly (readonly [name: string, args: (text: string) => readonly string[]])[] = [
  ['--look', (text) => ['--look', text]],
  ['--query, a slug', (text) => ['--query', text]],
  ['--query, an address', (text) => ['--query', `https://acme.example/explore/${text}?fields=a.b`]],
  ['--model', (text) => ['--model', text, '--explore', 'e', '--fields', 'a.b']],
  ['--explore', (text) => ['--model', 'm', '--explore', text, '--fields', 'a.b']],
  ['--filter', (text) => ['--model', 'm', '--explore', 'e', '--fields', 'a.b', '--filter', `a.b=${text}`]],
]

/** A third of the texts for each place, another third for its neighbour: every text meets a process in several places. */
function share<Text>(texts: readonly Text[], place: number): readonly Text[] {
  return texts.filter((_, at) => at % 3 === place % 3)
}

let wire: Wire
let folder: string

beforeAll(async () => {
  wire = await openWire(answerTo)
  folder = mkdtempSync(join(tmpdir(), 'mlc-inject-'))
})

afterAll(async () => {
  await wire.close()
  rmSync(folder, { recursive: true, force: true })
})

async function run(args: readonly string[], edit: (config: string) => string = (config) => config): Promise<Ran> {
  const home = mkdtempSync(join(folder, 'case-'))
  mkdirSync(join(home, 'maps'))
  const config = demoConfig({ lookerUrl: wire.origin, qadUrl: `${wire.origin}/clouderp/test` })
  writeFileSync(join(home, 'mlc.yaml'), edit(config))
  wire.forget()
  const env = { ...demoEnvironment(), MLC_STORE: 'none', MLC_STATE_DIR: join(home, 'state'), HOME: home }
  return startMlc(args, { cwd: home, env }).ended
}

function faults(): string[] {
  return wire.requests.flatMap((request) => {
    const target = request.line.split(' ')[1] ?? ''
    const isOut = ['/clouderp/test', '/api/4.0'].every((root) => leadsOut(target, root))
    const fault = wireFault(request, wire.host, ['x-extra']) ?? (isOut ? `the target ${target}` : null)
    return fault === null ? [] : [fault]
  })
}

test('as it stands, the doctor asks both servers', async () => {
  await run(['doctor', '--json'])
  expect(faults()).toEqual([])
  expect(wire.requests.some(({ line }) => line.includes(' /clouderp/test/'))).toBe(true)
  expect(wire.requests.some(({ line }) => line.includes(' /api/4.0/'))).toBe(true)
})

describe.each(SETTINGS.map((setting, at) => [...setting, share(TEXTS, at)] as const))(
  'qad.%s',
  (_name, before, after, texts) => {
    test.each(texts)('%j', async (text) => {
      const ran = await run(['doctor', '--json'], (config) => {
        if (!config.includes(before)) throw new Error(`mlc.yaml does not hold ${before}`)
        return config.replace(before, () => after(JSON.stringify(text)))
      })
      expect(faults()).toEqual([])
      expect(ran.stdout + ran.stderr).not.toContain('MLC-X001')
      expect(wire.strays).toEqual([])
    })
  },
)

const PRINTABLE = TEXTS.filter((text) => !text.includes('\ud800'))

describe.each(ARGUMENTS.map((argument, at) => [...argument, share(PRINTABLE, at)] as const))(
  'mlc pull %s',
  (_name, args, texts) => {
    test.each(texts)('%j', async (text) => {
      const ran = await run(['pull', ...args(text), '--limit', '3', '--json'])
      expect(faults()).toEqual([])
      expect(ran.stdout + ran.stderr).not.toContain('MLC-X001')
      expect(wire.strays).toEqual([])
    })
  },
)
