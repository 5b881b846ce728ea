import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.js'
import type { Config } from '../../src/config/schema.js'
import { refusingUnset } from '../../src/config/unset.js'
import { SOUND, parse, refusal, withLine } from './mlc-yaml.js'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'mlc-load-'))))
afterAll(() => rmSync(folder, { recursive: true }))

test('a sound file gets the defaults of the documentation', () => {
  const { config } = parse(SOUND)
  expect(config.environment).toBe('test')
  expect(config.looker).toMatchObject({ requestsPerMinute: 60, maxConcurrent: 4, pageSize: 5000 })
  expect(config.qad).toMatchObject({
    kind: 'adaptive',
    auth: { type: 'basic', tokenPath: '/oauth/token', logoutPath: null, headerPrefix: 'Bearer ' },
    workspace: { mode: 'header', header: 'x-qad-workspace-id', template: '{domain}_{entity}' },
    http: { readTimeoutMs: 60_000, minGapMs: 200, maxInFlight: 1, retries: 3, caFile: null, extraHeaders: {} },
    limits: { account: 8, costCentre: 8, text: 40 },
    swagger: null,
  })
  expect(config.qad?.write).toMatchObject({ target: 'bdoc', amountAs: 'number', settleSeconds: 60 })
  expect(config.qad?.reads.posted).toBeNull()
  expect(config.jobs['plant-gl']).toMatchObject({
    source: { look: '42', query: null, slug: null, onEmpty: 'fail', expect: { definition: null } },
    figure: { period: null, subAccount: null, sign: 1 },
    map: { accounts: null, costCentres: null },
    onRestate: 'revise',
    tolerance: { absolute: '0.01', percent: '0', mode: 'or' },
    overrides: [{ account: '5010', absolute: '1.00' }],
  })
  expect(config.ingest).toEqual({ host: '127.0.0.1', port: 8787, maxBodyBytes: 268_435_456, publicUrl: null })
  expect(config.audit).toEqual({ dir: null, publicKey: null })
})

test('a file with the version alone is sound: sections are needed by commands, not by the file', () => {
  expect(parse('version: 1\n').config).toMatchObject({ looker: null, qad: null, jobs: {} })
})

describe('the ways to log in to QAD', () => {
  test.each(['oauth_password', 'oauth_client_credentials', 'session_json', 'session_form', 'basic'])('%s', (type) => {
    const auth = withLine(
      'type: basic',
      `{ type: ${type}, tokenPath: /t, loginPath: /l, logoutPath: /o, cookieName: SID, headerPrefix: "" }`,
    ).replace('auth:\n    {', 'auth: {')
    expect(parse(auth).config.qad?.auth).toEqual({
      type,
      tokenPath: '/t',
      loginPath: '/l',
      logoutPath: '/o',
      cookieName: 'SID',
      headerPrefix: '',
    })
  })
})

test.each(['MLC_QAD_PASSWORD', 'MLC_LOOKER_CLIENT_SECRET', 'LOOKERSDK_CLIENT_SECRET', 'MLC_VAULT_KEY'])(
  'the credential in %s never becomes a field, where it would be sent or shown',
  (name) => {
    const text = withLine('domain: 10USA', `domain: "${'$'}{${name}}"`)
    const error = refusal(() => parse(text, { [name]: 'hunter2-hunter2' }))
    expect(error.code).toBe('MLC-C003')
    expect(error.message).toMatch(/line \d+: qad.domain: .* holds a credential/)
    expect(error.message).not.toContain('hunter2')
  },
)

test.each<[line: string, instead: string, read: (config: Config) => unknown, isRead: boolean]>([
  ['baseUrl: https://acme.cloud.looker.com', 'baseUrl: "${A}"', ({ looker }) => looker?.baseUrl, true],
  [
    'baseUrl: https://acme.cloud.looker.com',
    'baseUrl: "https://${A}.looker.com"',
    ({ looker }) => looker?.baseUrl,
    true,
  ],
  ['baseUrl: https://acme.cloud.looker.com', 'baseUrl: "${A}"', ({ looker }) => looker?.pageSize, false],
  ['domain: 10USA', 'domain: "${A}"', ({ qad }) => qad?.domain, true],
  ['domain: 10USA', 'domain: "${A}"', ({ qad }) => qad?.entity, false],
  ['version: 1', 'version: 1\ningest: { port: "${A}" }', ({ ingest }) => ingest.port, true],
  ['version: 1', 'version: 1\nsignoff: { secondPerson: "${A}" }', ({ signoff }) => signoff.secondPerson, true],
  ['version: 1', 'version: 1\naudit: { dir: "${A}" }', ({ audit }) => audit.dir, true],
])('of %s a variable that is not set matters when the value is read: %s', async (line, instead, read, isRead) => {
  const path = join(folder, 'lacking.yaml')
  writeFileSync(path, withLine(line, instead))
  const { config, unset } = refusingUnset(await loadConfig(path, {}, { mayLack: true }))
  expect(unset).toHaveLength(1)
  if (isRead) expect(() => read(config)).toThrow(/lacking\.yaml line \d+: .*the environment variable A is not set/)
  else expect(read(config)).toBeTruthy()
  await expect(loadConfig(path, {})).rejects.toMatchObject({ code: 'MLC-C004' })
})

test('where nothing can stand in for a variable that is not set, it is asked for', async () => {
  const path = join(folder, 'lacking.yaml')
  writeFileSync(path, withLine('version: 1', 'version: "${A}"\nzebra: 1'))
  await expect(loadConfig(path, {}, { mayLack: true })).rejects.toMatchObject({ code: 'MLC-C004' })
})

describe('codes stay as they are written, quoted or not', () => {
  const traps = ['NO', 'on', '0123', '0100', '1e3', '0x1F', '12_000', '12:30', '2026-03-01', '1.10', '.5', '+1', '0o17', '123456789012345678901', 'true', 'NaN', '.inf', '=', '<<'] // prettier-ignore
  test.each(traps)('%s', (code) => {
    for (const written of [code, `"${code}"`, `'${code}'`]) {
      expect(parse(withLine('domain: 10USA', `domain: ${written}`)).config.qad?.domain).toBe(code)
      const overrides = `overrides: [{ account: ${written}, absolute: 1 }]`
      const job = parse(withLine('overrides: [{ account: 5010, absolute: "1.00" }]', overrides)).config.jobs['plant-gl']
      expect(job?.overrides[0]?.account).toBe(code)
    }
  })
  test('a tolerance keeps its digits', () => {
    const job = parse(
      withLine('tolerance: { absolute: "0.01", percent: 0 }', 'tolerance: { absolute: 12345678901234567.10 }'),
    )
    expect(job.config.jobs['plant-gl']?.tolerance.absolute).toBe('12345678901234567.10')
  })
  test('a read that asks QAD for one period need not show it in each row', () => {
    const read =
      'columns: { account: a, amount: m }\nfilters: [[y, eq, "{year}"], [p, eq, "{period}"]]\ndefaults: { currency: USD }'
    const line = 'columns: { year: y, period: p, account: a, costCentre: c, currency: u, amount: m }'
    expect(parse(withLine(line, read)).config.qad?.reads.balances?.filters).toEqual([['y', 'eq', '{year}'], ['p', 'eq', '{period}']]) // prettier-ignore
    expect(refusal(() => parse(withLine(line, read.replace(', [p, eq, "{period}"]', '')))).message).toContain(
      'period is missing',
    )
  })
  test('null is nothing, "null" in quotes is a text', () => {
    for (const [written, expected] of [
      ['null', null],
      ['~', null],
      ['', null],
      ['"null"', 'null'],
      ["'~'", '~'],
    ] as const) {
      expect(
        parse(withLine('costCentre: plant.name', `costCentre: ${written}`)).config.jobs['plant-gl']?.figure.costCentre,
      ).toBe(expected)
    }
  })
  test('constants for QAD are the one place where unquoted true and numbers are JSON values', () => {
    const constants = '{ a: true, b: "true", c: 5, d: "5", e: 0100, f: 1.50, g: ~, h: NO, i: 12345678901234567890 }'
    const { config } = parse(withLine('constants: { sourceSystem: LOOKER }', `constants: ${constants}`))
    expect(config.qad?.write?.constants).toEqual({ a: true, b: 'true', c: 5, d: '5', e: '0100', f: '1.50', g: null, h: 'NO', i: '12345678901234567890' }) // prettier-ignore
  })
})

describe('what is not allowed is named with file, line, field, value found and what is allowed', () => {
  const cases: readonly [line: string, instead: string, message: string, code?: string][] = [
    ['account: gl.account_code', 'acount: gl.account_code', 'line 34: jobs.plant-gl.figure.acount: unknown key; did you mean "account"?'],
    ['costCentre: plant.name', 'cost_center: plant.name', 'line 35: jobs.plant-gl.figure.cost_center: unknown key; did you mean "costCentre"?'],
    ['costCentre: plant.name', 'zebra: 1', 'line 35: jobs.plant-gl.figure.zebra: unknown key; allowed: account, costCentre, currency, period, measures, subAccount, project, site, sign'],
    ['version: 1', 'version: 2', 'line 1: version: found "2"; allowed: 1'],
    ['version: 1', 'verison: 1', 'line 1: verison: unknown key; did you mean "version"?'],
    ['version: 1', '__proto__: 1', ':1:1: the key __proto__ is not allowed', 'MLC-C002'],
    ['sign: 1', 'sign: +1', 'line 38: jobs.plant-gl.figure.sign: found "+1"; allowed: 1 or -1'],
    ['sign: 1', 'sign: 0', 'line 38: jobs.plant-gl.figure.sign: found "0"; allowed: 1 or -1'],
    ['currency: USD', 'currency: usd', 'line 36: jobs.plant-gl.figure.currency: found "usd"; allowed: a column such as gl.currency, or a three-letter currency in capitals such as USD'],
    ['account: gl.account_code', '', 'line 33: jobs.plant-gl.figure.account: missing; needed: a column such as gl.account_code'],
    ['measures: { net_amount: gl.net_amount }', 'measures: {}', 'line 37: jobs.plant-gl.figure.measures: found a mapping; allowed: at least one measure: our name → column'],
    ['measures: { net_amount: gl.net_amount }', 'measures: [gl.net_amount]', 'line 37: jobs.plant-gl.figure.measures: found a list; allowed: a mapping (name: value)'],
    ['measures: { net_amount: gl.net_amount }', 'measures: { "net amount": gl.net_amount }', 'line 37: jobs.plant-gl.figure.measures."net amount": a name that is not allowed here; allowed: a name of letters, digits and _'],
    ['look: 42', 'look: 42\nslug: abc', 'line 29: jobs.plant-gl.source: needs exactly one of look, query, slug; 2 of them are there'],
    ['look: 42', '', 'line 29: jobs.plant-gl.source: needs exactly one of look, query, slug; none of them is there'],
    ['look: 42', 'look: https://acme.cloud.looker.com/looks/42', 'allowed: the id of a Look, such as "42": the number at the end of its address'],
    ['look: 42', 'look: [42]', 'line 30: jobs.plant-gl.source.look: found a list; allowed: the id of a Look'],
    ['look: 42', 'delivery: false', 'line 29: jobs.plant-gl.source: needs exactly one of look, query, slug; none of them is there'],
    ['look: 42', 'delivery: trigger', 'line 29: jobs.plant-gl.source: needs exactly one of look, query, slug; none of them is there'],
    ['look: 42', 'look: 42\ndelivery: payload', 'line 29: jobs.plant-gl.source: takes no look, query or slug where the rows delivered are the figures'],
    ['look: 42', 'delivery: webhook', 'line 30: jobs.plant-gl.source.delivery: found "webhook"; allowed: true, trigger, payload, or a mapping of mode, plan, period, model and explore'],
    ['look: 42', 'delivery: { model: finance }', 'line 29: jobs.plant-gl.source: delivery needs model and explore together'],
    ['look: 42', 'query: { model: m, explore: e, fields: [gl.account_code, gl.net_amount] }', 'line 35: jobs.plant-gl.figure.costCentre: "plant.name" is not among the fields of source.query'],
    ['paging: auto', 'paging: ofset', 'found "ofset"; allowed: one of auto, single, stream, offset, keyset, task; did you mean "offset"?'],
    ['filters: { gl.posting_period: "{period}" }', 'filters: { gl.posting_period: "{perod}" }', 'line 31: jobs.plant-gl.source.filters."gl.posting_period": unknown placeholder {perod}; allowed: {period} {year} {pp} {start} {end}; did you mean "period"?'],
    ['filters: { gl.posting_period: "{period}" }', 'filters: { gl.posting_period: "{period" }', 'a brace without its partner'],
    ['filters: { gl.posting_period: "{period}" }', 'filters: { gl.posting_period: {period} }', 'found a mapping; allowed: a filter value; quote it when it begins with {'],
    ['rounding: { scale: 2, mode: half-even }', 'rounding: { scale: 2.0 }', 'line 39: jobs.plant-gl.rounding.scale: found "2.0"; allowed: a whole number from 0 to 10'],
    ['rounding: { scale: 2, mode: half-even }', 'rounding: { mode: half_even }', 'allowed: one of half-even, half-up, down, up; did you mean "half-even"?'],
    ['tolerance: { absolute: "0.01", percent: 0 }', 'tolerance: { absolute: -1 }', 'line 40: jobs.plant-gl.tolerance.absolute: found "-1"; allowed: a plain decimal of 0 or more, such as 0.01'],
    ['tolerance: { absolute: "0.01", percent: 0 }', 'tolerance: { percent: 1e-2 }', 'found "1e-2"; allowed: a plain decimal'],
    ['tolerance: { absolute: "0.01", percent: 0 }', 'tolerance: { absolute: "1,000.00" }', 'found "1,000.00"; allowed: a plain decimal'],
    ['tolerance: { absolute: "0.01", percent: 0 }', 'tolerance: { absolute: "0,01" }', 'found "0,01"; allowed: a plain decimal of 0 or more, such as 0.01: with a point, not a comma'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'overrides: [{ account: 5010 }]', 'line 41: jobs.plant-gl.overrides[0]: needs absolute or percent'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'overrides: [{ account: 5010, percent: 1 }, { account: "5010", percent: 2 }]', 'jobs.plant-gl.overrides: names an account twice'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'overrides: [{ account: "5000..05999", absolute: 1 }]', '"5000..05999" is no range: two codes of the same length, the lower first, such as 5000..5999'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'overrides: [{ account: "5999..5000", absolute: 1 }]', '"5999..5000" is no range'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'overrides: [{ account: "5*1*", absolute: 1 }]', '"5*1*": one * at most, and none in a range'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'reconcile: { level: plant }', 'jobs.plant-gl.reconcile.level: found "plant"; allowed: one of both, account, costCentre, total'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'reconcile: { measures: [net_amuont] }', 'jobs.plant-gl.reconcile.measures: "net_amuont" is not among figure.measures; did you mean "net_amount"?'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'reconcile: { measures: [] }', 'at least one measure'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'reconcile: { cumulative: true }', 'jobs.plant-gl.reconcile.cumulative: year-to-date figures compare with basis: ytd alone'],
    ['overrides: [{ account: 5010, absolute: "1.00" }]', 'onRestate: adjust', 'line 41: jobs.plant-gl.onRestate: adjust is for journals (qad.write.target); otherwise: revise or refuse'],
    ['plant-gl:', '../etc:', 'a name that is not allowed here; allowed: a job name'],
    ['baseUrl: https://acme.cloud.looker.com', 'baseUrl: http://acme.cloud.looker.com', 'line 3: looker.baseUrl: found "http://acme.cloud.looker.com"; allowed: https; plain http is allowed to a loopback address only', 'MLC-C007'],
    ['baseUrl: https://acme.qad.com/clouderp', 'baseUrl: http://127.0.0.1.evil.example', 'line 6: qad.baseUrl: found', 'MLC-C007'],
    ['baseUrl: https://acme.qad.com/clouderp', 'baseUrl: acme.qad.com', 'found "acme.qad.com"; allowed: an address such as https://acme.qad.com/clouderp'],
    ['baseUrl: https://acme.qad.com/clouderp', 'baseUrl: https://acme.qad.com/clouderp?x=1', 'without ? and #'],
    ['baseUrl: https://acme.cloud.looker.com', 'baseUrl: https://acme.cloud.looker.com/api/4.0', 'allowed: the address without /api/4.0, which mlc adds'],
    ['timeZone: America/Detroit', 'timeZone: America/Detriot', 'line 4: looker.timeZone: found "America/Detriot"; allowed: a time zone such as America/Detroit; did you mean "America/Detroit"?'],
    ['timeZone: America/Detroit', 'pageSize: 1e3', 'found "1e3"; allowed: a whole number from 1 to 1000000'],
    ['domain: 10USA', 'domain:', 'line 7: qad.domain: found nothing; allowed: the QAD domain, such as 10USA'],
    ['domain: 10USA', 'domain: ""', 'line 7: qad.domain: found ""; allowed: the QAD domain, such as 10USA, not empty, on one line'],
    ['entity: 10USACO', 'entity: " 10USACO"', 'allowed: the QAD entity, such as 10USACO, without blanks around it'],
    ['domain: 10USA', 'domain: 10USA\nkind: qxtend', 'qad.qxtend: is missing: kind qxtend needs url, receiver and qdocVersion there'],
    ['domain: 10USA', 'domain: 10USA\nkind: file', 'qad.write.target: kind file writes to files only: target: file'],
    ['baseUrl: https://acme.qad.com/clouderp', '', 'line 5: qad.baseUrl: missing; needed: an address such as https://acme.qad.com/clouderp'],
    ['domain: 10USA', 'domain: 10USA\nqxtend: { url: x }', 'line 8: qad.qxtend.url: found "x"; allowed: an address such as https://erp.acme.example:8443/qxi/services/QdocWebService'],
    ['type: basic', 'type: oauth_authorization_code', 'line 10: qad.auth.type: "oauth_authorization_code" is not supported by this release; supported: oauth_password, oauth_client_credentials, session_json, session_form, basic'],
    ['type: basic', 'type: session', 'line 10: qad.auth.type: found "session"; allowed: one of oauth_password, oauth_client_credentials, session_json, session_form, basic'],
    ['type: basic', 'cookieName: "A; B=1"', 'line 10: qad.auth.cookieName: found "A; B=1"; allowed: a cookie name'],
    ['type: basic', 'cookieName: ""', 'allowed: a cookie name'],
    ['type: basic', 'loginPath: login', 'line 10: qad.auth.loginPath: found "login"; allowed: a path that begins with /'],
    ['type: basic', 'headerPrefix: "Bearer\\r\\nX: "', 'allowed: the text before the token, such as "Bearer "'],
    ['type: basic', 'tokenPth: /x', 'qad.auth.tokenPth: unknown key; did you mean "tokenPath"?'],
    ['type: basic', 'type: oauth_pasword', 'did you mean "oauth_password"?'],
    ['type: basic', 'tokenPath: oauth/token', 'line 10: qad.auth.tokenPath: found "oauth/token"; allowed: a path that begins with /'],
    ['workspace: { template: "{domain}_{entity}" }', 'workspace: { template: "{domain}_{entitiy}" }', 'qad.workspace.template: unknown placeholder {entitiy}; allowed: {domain} {entity}; did you mean "entity"?'],
    ['type: basic', 'tokenPath: /..%2f..%2fevil', 'qad.auth.tokenPath: found "/..%2f..%2fevil"; allowed: a path without steps such as .., // and %2f'],
    ['type: basic', 'logoutPath: /../../evil', 'qad.auth.logoutPath: found "/../../evil"; allowed: a path without steps'],
    ['type: basic', 'headerPrefix: "Bärer "', 'allowed: the text before the token, such as "Bearer "'],
    ['workspace: { template: "{domain}_{entity}" }', 'http: { extraHeaders: { Host: x } }', 'line 11: qad.http.extraHeaders.Host: a name that is not allowed here; allowed: an HTTP header name other than those of HTTP itself'],
    ['workspace: { template: "{domain}_{entity}" }', 'http: { extraHeaders: { Content-Length: "0" } }', 'qad.http.extraHeaders.Content-Length: a name that is not allowed here'],
    ['workspace: { template: "{domain}_{entity}" }', 'http: { extraHeaders: { x-gate: é } }', 'allowed: a header value in plain ASCII'],
    ['workspace: { template: "{domain}_{entity}" }', 'workspace: { header: Connection }', 'found "Connection"; allowed: an HTTP header name other than'],
    ['workspace: { template: "{domain}_{entity}" }', 'http: { extraHeaders: { "x y": a } }', 'a name that is not allowed here; allowed: an HTTP header name'],
    ['browse: urn:browse:mfg:xxgl01', 'browse: a\npath: /b', 'line 13: qad.reads.glAccounts: needs either browse or path, exactly one of them'],
    ['columns: { code: ac_mstr.ac_code, active: ac_mstr.ac_active }', 'columns: { kode: ac_mstr.ac_code }', 'line 15: qad.reads.glAccounts.columns.kode: unknown name; allowed: code, description, active, type; did you mean "code"?'],
    ['columns: { code: ac_mstr.ac_code, active: ac_mstr.ac_active }', 'columns: { active: a }', 'line 15: qad.reads.glAccounts.columns: code is missing; needed: code'],
    ['columns: { code: ac_mstr.ac_code, active: ac_mstr.ac_active }', 'columns: { code: a }\nrows: data.x', 'qad.reads.glAccounts.rows: only with path'],
    ['columns: { code: ac_mstr.ac_code, active: ac_mstr.ac_active }', 'columns: { code: a }\nfilters: [[a, eq]]', 'qad.reads.glAccounts.filters[0]'],
    ['columns: { code: ac_mstr.ac_code, active: ac_mstr.ac_active }', 'columns: { code: a }\nfilters: [[a, eq, "{yaer}"]]', 'unknown placeholder {yaer}; allowed: {domain} {entity} {year} {period}; did you mean "year"?'],
    ['columns: { year: y, period: p, account: a, costCentre: c, currency: u, amount: m }', 'columns: { year: y, period: p, account: a, currency: u, debit: d }', 'qad.reads.balances.columns: needs either amount, or debit and credit'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: journal\npath: /x', 'qad.write.daybook: is missing: target journal needs it'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: journal\npath: /x\ndaybook: R\noffsetAccount: "09990"\ntemplate: t.json.tmpl', 'target journal needs qad.reads.daybooks: the layer of the daybook is looked at before anything is posted'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: journal\npath: /x\nlayerType: official', 'qad.write.layerType: official counts in the books; a journal of mlc belongs on a transient layer'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: journal\npath: /x\nallowOfficialLayer: maybe', 'qad.write.allowOfficialLayer: found "maybe"; allowed: true or false'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: journal\npath: /x\nkeyPrefix: "mlc-recon:"', 'qad.write.keyPrefix: leaves 30 of 40 characters (qad.limits.text); a key with its revision has 33'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: journal', 'qad.write.path: is missing: target journal needs it'],
    ['path: /api/bdoc/acme/recon/ReconReference', '', 'qad.write.path: is missing: target bdoc needs it'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: file', 'qad.write.dir: is missing: target file needs it'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'target: file\ndir: outbox\npath: /x', 'qad.write.path: is for target bdoc and journal, and the target is file'],
    ['path: /api/bdoc/acme/recon/ReconReference', 'path: /x\ndaybook: RECTR', 'qad.write.daybook: is for target journal, and the target is bdoc'],
    ['batchSize: 1', 'batchSize: 501', 'qad.write.batchSize: found "501"; allowed: a whole number from 1 to 500'],
    ['batchSize: 1', 'batchSize: 0', 'found "0"; allowed: a whole number from 1 to 500'],
    ['batchSize: 1', 'batchSize: "01"', 'found "01"; allowed: a whole number from 1 to 500'],
    ['key: referenceId', 'account: glAccount', 'qad.write.fields: key is missing: without it a figure can be neither found again nor compared'],
    ['amount: lookerAmount', 'amuont: lookerAmount', 'qad.write.fields.amuont: unknown field'],
    ['amount: lookerAmount', 'amount: referenceId', 'qad.write.fields: the field "referenceId" of the tenant is named twice'],
    ['constants: { sourceSystem: LOOKER }', 'constants: { referenceId: x }', 'the field "referenceId" of the tenant is named twice'],
    ['constants: { sourceSystem: LOOKER }', 'credentialCommand: x', 'qad.write.credentialCommand: unknown key; allowed: '],
    ['version: 1', 'version: 1\ncredentialCommand: pass show mlc', 'line 2: credentialCommand: found "pass show mlc"; allowed: a list of words'],
    ['version: 1', 'version: 1\ncredentialCommand: []', 'line 2: credentialCommand: found a list; allowed: a command and its words'],
  ] // prettier-ignore
  test.each(cases)('%s → %s', (line, instead, message, code = 'MLC-C003') => {
    const error = refusal(() => parse(withLine(line, instead)))
    expect(error.message).toContain(message)
    expect(error.message).toMatch(/^mlc\.yaml( line \d+: |:\d+:\d+: )/)
    expect(error.code).toBe(code)
    expect(error.exitCode).toBe(2)
  })

  test('a mistyped key is one complaint: not also that the right one is missing', () => {
    const error = refusal(() => parse(withLine('account: gl.account_code', 'acount: gl.account_code')))
    expect(error.message).toBe('mlc.yaml line 34: jobs.plant-gl.figure.acount: unknown key; did you mean "account"?')
  })

  test('a login of a later release is one complaint: not also all that follows from it', () => {
    const text = 'version: 1\nqad:\n  auth: { type: oauth_authorization_code, x: 1 }\nloker: 1\n'
    const lines = refusal(() => parse(text)).message.split('\n')
    expect(lines.filter((line) => line.includes('qad.auth'))).toHaveLength(1)
    expect(lines.find((line) => line.includes('qad.auth'))).toContain('is not supported by this release')
  })

  test('five problems are told, one a line, the rest is counted', () => {
    const text = `version: 1\n${'abcdefg'.split('').map((key) => `key_${key}: 1`).join('\n')}\n` // prettier-ignore
    const lines = refusal(() => parse(text)).message.split('\n')
    expect(lines).toHaveLength(6)
    expect(lines[5]).toBe('and 2 more')
    expect(lines.slice(0, 5).map((line) => /line (\d)/.exec(line)?.[1])).toEqual(['2', '3', '4', '5', '6'])
  })

  test.each([
    ['', 'mlc.yaml line 1: the file: found nothing; allowed: a mapping (name: value)'],
    ['# only a comment\n', 'mlc.yaml line 1: the file: found nothing'],
    ['- 1\n', 'mlc.yaml line 1: the file: found a list'],
    ['hello\n', 'mlc.yaml line 1: the file: found "hello"'],
  ])('a file that is no mapping: %j', (text, message) => {
    expect(refusal(() => parse(text)).message).toContain(message)
  })
})

describe('what is not YAML is refused with line and column', () => {
  const cases: readonly [text: string, message: string][] = [
    ['version: 1\nversion: 1\n', 'mlc.yaml:2:1: this key is there twice'],
    ['version: 1\njobs:\n  a: 1\n  a: 2\n', 'mlc.yaml:4:3: this key is there twice'],
    ['version: &v 1\n', 'mlc.yaml:1:13: an anchor (&…); write the value out where it is needed'],
    ['version: 1\nqad: &q\n  domain: a\n', 'an anchor (&…)'],
    ['version: *v\n', 'an alias (*…); write the value out'],
    ['jobs:\n\ta: 1\n', 'mlc.yaml:2:1: a tab; indent with spaces'],
    ['version: 1\n---\nversion: 1\n', 'mlc.yaml:2:1: a second document begins here; only one is allowed'],
    ['version: !!int 1\n', 'a YAML tag (!…)'],
    ['version: !secret x\n', 'a YAML tag (!…)'],
    ['\uFEFFversion: 1\n', 'mlc.yaml:1:1: the file begins with a byte-order mark'],
    ['version: 1\nenvironment: a\u0007b\n', 'mlc.yaml:2:15: the character U+0007 has no place in a text file'],
    ['version: 1\nenvironment: "a\u001b[31m"\n', 'mlc.yaml:2:16: the character U+001B has no place in a text file'],
    ['version: [1\n', 'mlc.yaml:2:1: '],
    ['version: a: b\n', 'mlc.yaml:1:10: '],
    ['version: "1\n', 'mlc.yaml:'],
    ['version: @x\n', 'mlc.yaml:1:10: '],
    ['? [a]\n: 1\n', 'a key must be a plain name'],
    ['? {a: 1}\n: 1\n', 'a key must be a plain name'],
  ]
  test.each(cases)('%j', (text, message) => {
    const error = refusal(() => parse(text))
    expect(error.message).toContain(message)
    expect(error.message.split('\n')).toHaveLength(1)
    expect(error.code).toBe('MLC-C002')
  })
  test('comments, quotes, CRLF and a missing last line end are fine', () => {
    expect(parse('# c\r\nversion: 1 # one\r\nenvironment: "prod"').config.environment).toBe('prod')
  })
  test('thousands of nested lists end in a refusal, not in a crash', () => {
    const error = refusal(() => parse(`version: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`))
    expect(error).toMatchObject({ code: 'MLC-C002' })
    expect(error.message).toMatch(/^mlc\.yaml:1:\d+: lists or mappings inside each other, too deep to read$/)
  })
})

describe('values from the environment', () => {
  const file = withLine('baseUrl: https://acme.cloud.looker.com', 'baseUrl: ${LOOKER_URL}')
  test('${NAME} is filled in, also inside a text and for numbers', () => {
    const text = withLine(
      'baseUrl: https://acme.cloud.looker.com',
      'baseUrl: https://${HOST}:${PORT}/\npageSize: ${PAGE}',
    )
    const { config } = parse(text, { HOST: 'acme.example', PORT: '19999', PAGE: '250' })
    expect(config.looker).toMatchObject({ baseUrl: 'https://acme.example:19999', pageSize: 250 })
  })
  test('where a value came from is known', () => {
    const loaded = parse(file, { LOOKER_URL: 'https://acme.example' })
    expect(loaded.origin(['looker', 'baseUrl'])).toEqual({ from: 'environment', line: 3, variables: ['LOOKER_URL'] })
    expect(loaded.origin(['qad', 'domain'])).toEqual({ from: 'file', line: 7 })
    expect(loaded.origin(['looker', 'pageSize'])).toEqual({ from: 'default' })
  })
  test.each([
    [{}, 'mlc.yaml line 3: looker.baseUrl: the environment variable LOOKER_URL is not set'],
    [{ LOOKER_URL: '' }, 'mlc.yaml line 3: looker.baseUrl: the environment variable LOOKER_URL is empty'],
  ])('a variable that is missing is named: %j', (env, message) => {
    const error = refusal(() => parse(file, env))
    expect(error).toMatchObject({ code: 'MLC-C004', message })
  })
  test('$ before a placeholder is told apart from a missing variable', () => {
    const error = refusal(() =>
      parse(withLine('filters: { gl.posting_period: "{period}" }', 'filters: { a: "${period}" }')),
    )
    expect(error.message).toContain(
      'the environment variable period is not set; for the placeholder write {period} without $',
    )
  })
  test.each(['${A B}', '${}', '${1A}', '${A'])('%s names no variable', (written) => {
    const error = refusal(() => parse(withLine('domain: 10USA', `domain: "${written}"`), { A: 'x' }))
    expect(error.message).toContain('names no environment variable')
    expect(error.code).toBe('MLC-C004')
  })
  test('a wrong value that came from a variable is not shown', () => {
    const error = refusal(() => parse(file, { LOOKER_URL: 'hunter2-not-an-address' }))
    expect(error.message).toContain('found "${LOOKER_URL}"')
    expect(error.message).not.toContain('hunter2')
  })
  test('what is filled in is not filled in again', () => {
    const { config } = parse(withLine('domain: 10USA', 'domain: "${A}"'), { A: '${B}', B: 'no' })
    expect(config.qad?.domain).toBe('${B}')
  })
  test('LOOKERSDK_BASE_URL stands in for an address that the file does not give, and only then', () => {
    const env = { LOOKERSDK_BASE_URL: 'https://sdk.example/' }
    expect(parse('version: 1\n', env).config.looker?.baseUrl).toBe('https://sdk.example')
    expect(parse(SOUND, env).config.looker?.baseUrl).toBe('https://acme.cloud.looker.com')
    const wrong = refusal(() => parse('version: 1\nlooker: { pageSize: 5 }\n', { LOOKERSDK_BASE_URL: 'nonsense' }))
    expect(wrong.message).toBe(
      'mlc.yaml line 2: looker.baseUrl: found "${LOOKERSDK_BASE_URL}"; allowed: an address such as https://acme.cloud.looker.com',
    )
  })
})

describe('secrets have no place in the file and are never repeated', () => {
  const cases: readonly [line: string, instead: string, variable: string][] = [
    ['timeZone: America/Detroit', 'clientSecret: hunter2', 'MLC_LOOKER_CLIENT_SECRET'],
    ['timeZone: America/Detroit', 'client_secret: hunter2', 'MLC_LOOKER_CLIENT_SECRET'],
    ['timeZone: America/Detroit', 'clientId: hunter2', 'MLC_LOOKER_CLIENT_ID'],
    ['timeZone: America/Detroit', 'password: hunter2', 'MLC_LOOKER_CLIENT_SECRET'],
    ['type: basic', 'password: hunter2', 'MLC_QAD_PASSWORD'],
    ['type: basic', 'passwort: hunter2', 'qad.auth.passwort'],
    ['type: basic', 'username: hunter2', 'MLC_QAD_USERNAME'],
    ['type: basic', 'apiKey: hunter2', 'MLC_QAD_PASSWORD'],
    ['version: 1', 'version: 1\ningest: { secret: hunter2 }', 'MLC_INGEST_SECRET'],
    [
      'workspace: { template: "{domain}_{entity}" }',
      'http: { extraHeaders: { Authorization: Basic hunter2 } }',
      '"${NAME}"',
    ],
    ['constants: { sourceSystem: LOOKER }', 'constants: { password: hunter2 }', '"${NAME}"'],
    [
      'baseUrl: https://acme.cloud.looker.com',
      'baseUrl: https://me:hunter2@acme.cloud.looker.com',
      'without user and password',
    ],
    ...[
      'https://me:hunter2/x#y?z@acme.qad.com/clouderp',
      'me:hunter2@acme.qad.com/clouderp',
      'https://me:hunter2@acme.qad.com:99999/',
      'https://me:hunter2%40acme.qad.com/',
      'https://me:hunter2/clouderp',
      'https://me:hunter2 @acme.qad.com',
      'https://acme.qad.com/clouderp?token=hunter2',
      'ftp://acme.qad.com/clouderp#hunter2',
      '"https://${HOST}:hunter2/x"',
    ].map((address): [string, string, string] => [
      'baseUrl: https://acme.qad.com/clouderp',
      `baseUrl: ${address}`,
      'an address such as https://acme.qad.com/clouderp',
    ]),
    ['baseUrl: https://acme.cloud.looker.com', 'baseUrl: https://me:hunter2@a.example/api/4.0', 'without /api/4.0'],
    ['type: basic', 'tokenPath: https://me:hunter2@acme.qad.com/oauth/token', 'a path that begins with /'],
    ['type: basic', 'tokenPath: /oauth/token?client_secret=hunter2', 'without ? and #'],
    ['type: basic', 'type: |hunter2', 'mlc.yaml:10:'],
    ['type: basic', 'type: "basic" hunter2', 'mlc.yaml:10:'],
  ]
  test.each(cases)('%s → %s', (line, instead, named) => {
    const error = refusal(() => parse(withLine(line, instead), { HOST: 'acme.qad.com' }))
    expect(error.message).toContain(named)
    expect(JSON.stringify(error)).not.toContain('hunter2')
    expect(String(error.stack)).not.toContain('hunter2')
  })
  test('a header whose secret comes from the environment is fine', () => {
    const text = withLine(
      'workspace: { template: "{domain}_{entity}" }',
      'http: { extraHeaders: { X-Api-Key: "${KEY}" } }',
    )
    expect(parse(text, { KEY: 'hunter2' }).config.qad?.http.extraHeaders).toEqual({ 'X-Api-Key': 'hunter2' })
  })
  test('tokenPath and cookieName speak of secrets but hold none: their values are shown', () => {
    expect(refusal(() => parse(withLine('type: basic', 'tokenPath: oauth'))).message).toContain('found "oauth"')
  })
})

describe('reading the file', () => {
  test('relative paths are relative to its folder, messages name it relative to the working folder', async () => {
    mkdirSync(join(folder, 'conf'))
    writeFileSync(join(folder, 'conf', 'mlc.yaml'), SOUND)
    const loaded = await loadConfig('conf/mlc.yaml', {}, { cwd: folder })
    expect(loaded).toMatchObject({
      folder: join(folder, 'conf'),
      path: join(folder, 'conf', 'mlc.yaml'),
      shownAs: join('conf', 'mlc.yaml'),
    })
    writeFileSync(join(folder, 'conf', 'bad.yaml'), 'version: 3\n')
    await expect(loadConfig('conf/bad.yaml', {}, { cwd: folder })).rejects.toThrow(/^conf\/bad\.yaml line 1: version/)
  })
  const files: readonly [name: string, content: Uint8Array | null, code: string, message: string][] = [
    ['missing.yaml', null, 'MLC-C001', 'missing.yaml does not exist'],
    ['.', null, 'MLC-C001', 'is a folder'],
    ['huge.yaml', Buffer.alloc(1024 * 1024 + 1, '#'), 'MLC-C002', 'huge.yaml:1:1: the file is larger than 1 MiB'],
    [
      'latin.yaml',
      Buffer.from('version: 1 # caf\xe9', 'latin1'),
      'MLC-C002',
      'latin.yaml:1:1: the file is not valid UTF-8',
    ],
    ['bom.yaml', Buffer.from('\uFEFFversion: 1\n'), 'MLC-C002', 'bom.yaml:1:1: the file begins with a byte-order mark'],
  ]
  test.each(files)('%s', async (name, content, code, message) => {
    if (content) writeFileSync(join(folder, name), content)
    const refused = loadConfig(name, {}, { cwd: folder })
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(message)
  })
  test('exactly 1 MiB is read', async () => {
    const text = 'version: 1\n'
    writeFileSync(join(folder, 'full.yaml'), text + '#'.repeat(1024 * 1024 - text.length))
    expect((await loadConfig('full.yaml', {}, { cwd: folder })).config.version).toBe(1)
  })
})
