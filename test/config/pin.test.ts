import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { loadConfigOf } from '../../src/composition/state.js'
import { pinDefinition, withDefinition } from '../../src/config/pin.js'
import type { Host } from '../../src/context.js'

const HASH = `sha256:${'a1'.repeat(32)}`
const job = (source: string) =>
  `version: 1 # kept\njobs:\n  other: { source: { look: "1" } }\n  gl:\n    source:${source}\n    onRestate: revise # kept\n`

test.each([
  [
    'a value that is there',
    '\n      look: "42"\n      expect: { definition: null } # kept',
    '\n      look: "42"\n      expect: { definition: HASH } # kept',
  ],
  [
    'an older hash',
    '\n      expect:\n        definition: sha256:00 # kept',
    '\n      expect:\n        definition: HASH # kept',
  ],
  [
    'an entry without a value',
    '\n      expect:\n        definition:\n      look: "42"',
    '\n      expect:\n        definition: HASH\n      look: "42"',
  ],
  ['an empty expect', '\n      look: "42"\n      expect: {}', '\n      look: "42"\n      expect: { definition: HASH }'],
  ['no expect, block', '\n      look: "42" # kept', '\n      expect: { definition: HASH }\n      look: "42" # kept'],
  ['no expect, flow', ' { look: "42" }', ' { expect: { definition: HASH }, look: "42" }'],
])('the hash takes the place of %s, and nothing else changes', (_what, before, after) => {
  expect(withDefinition(job(before), 'gl', HASH)).toBe(job(after).replace('HASH', HASH))
})

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** As the commands load it, with the paths in it made absolute. */
async function loadedFrom(text: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'mlc-pin-'))
  folders.push(cwd)
  const path = join(cwd, 'mlc.yaml')
  writeFileSync(path, text)
  const host = { env: {}, cwd } as unknown as Host
  return { path, loaded: await loadConfigOf(host, { config: path }, new AbortController().signal) }
}

const HEAD = `version: 1
looker: { baseUrl: https://acme.cloud.looker.com }
jobs:
  gl:
    source:
      look: "42"
      filters: { gl.posting_period: "{period}" }
    figure: { account: gl.account_code, costCentre: plant.name, currency: USD, measures: { net: gl.net_amount } }
`
const ADAPTIVE = `qad:
  baseUrl: https://acme.qad.com/clouderp
  domain: 10USA
  entity: 10USACO
  auth: { type: basic }
`
const QXTEND = `qad:
  kind: qxtend
  domain: 10USA
  entity: 10USACO
  qxtend: { url: "https://erp.acme.example/qxi", receiver: q, qdocVersion: V1, queryTemplate: t/query.xml.tmpl }
  reads: { posted: { rows: dsZzTold.ttZzTie, columns: { key: zz_key, amount: zz_amt } } }
`

test.each([
  [
    'write.dir',
    'qad: { kind: file, domain: 10USA, entity: 10USACO, write: { target: file, format: csv, dir: outbox } }\n',
  ],
  ['http.caFile', `${ADAPTIVE}  http: { caFile: certificates/ca.pem }\n`],
  ['qxtend.queryTemplate', QXTEND],
  [
    'write.template',
    `${QXTEND}  write: { target: journal, daybook: RECTR, offsetAccount: "09990", template: t/journal.xml.tmpl }\n`,
  ],
])('where %s is relative, the hash is written all the same', async (_what, qad) => {
  const { path, loaded } = await loadedFrom(HEAD + qad)
  expect(await pinDefinition(loaded, 'gl', HASH, {})).toBe(true)
  expect(readFileSync(path, 'utf8')).toBe(withDefinition(HEAD + qad, 'gl', HASH))
})

test('a job that was changed since it was pulled is not pinned', async () => {
  const { path, loaded } = await loadedFrom(HEAD)
  writeFileSync(path, HEAD.replace('"42"', '"43"'))
  await expect(pinDefinition(loaded, 'gl', HASH, {})).rejects.toMatchObject({ code: 'MLC-C003' })
  expect(readFileSync(path, 'utf8')).not.toContain(HASH)
})
