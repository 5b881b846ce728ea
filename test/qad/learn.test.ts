import { describe, expect, test } from 'vitest'
import { learn } from '../../src/qad/learn/learn.js'
import { otherTenant } from '../../src/sandbox/company/other.js'
import {
  demoSteps,
  JOURNAL_SAVE,
  oauth,
  REFERENCE_SAVE,
  type Login,
  type Shape,
  type Step,
} from '../support/capture.js'
import { BASE, edited, learned, load, sectionOf } from './learned.js'

test.each<[string, Shape]>([
  ['Firefox, forms as lists', { browser: 'firefox' }],
  ['Chrome, bodies in base64', { base64: true }],
  ['Chrome without cookies and Authorization', { redacted: true }],
  ['Firefox, redacted and in base64', { browser: 'firefox', redacted: true, base64: true }],
])('one story teaches the same, whoever recorded it: %s', async (_, shape) => {
  const plain = sectionOf(await learned(demoSteps([JOURNAL_SAVE])))
  const other = sectionOf(await learned(demoSteps([JOURNAL_SAVE]), shape))
  const usual = / # CHECK: the capture has no Authorization header; this is the usual prefix/
  expect(other.replace(usual, '')).toBe(plain)
  expect(usual.test(other)).toBe(shape.redacted ?? false)
})

const SESSION = '5f2a7c41d09e4b6a8c13'
const cookie: Login['headers'] = { cookie: `lang=en-US; JSESSIONID=${SESSION}` }
const good = {
  status: 200,
  text: `{"sessionId":"${SESSION}"}`,
  headers: { 'set-cookie': `JSESSIONID=${SESSION}; Path=/clouderp; HttpOnly` },
}

test.each<[string, Login, object]>([
  ['a token', oauth(), { type: 'oauth_password', tokenPath: '/oauth/token', headerPrefix: 'Bearer ' }],
  ['Basic', { steps: [], headers: { authorization: 'Basic bGVuYTpob3JzZS1iYXR0ZXJ5' } }, { type: 'basic' }],
  [
    'JSON and a cookie',
    {
      steps: [
        { method: 'POST', path: '/api/login', body: '{"username":"lena","password":"horse-battery"}', answer: good },
      ],
      headers: cookie,
    },
    { type: 'session_json', loginPath: '/api/login', cookieName: 'JSESSIONID' },
  ],
  [
    'a form and a cookie',
    {
      steps: [
        {
          method: 'POST',
          path: '/login',
          type: 'application/x-www-form-urlencoded',
          body: 'username=lena&password=horse-battery',
          answer: { ...good, status: 302, text: '' },
        },
      ],
      headers: cookie,
    },
    { type: 'session_form', loginPath: '/login', cookieName: 'JSESSIONID' },
  ],
  [
    'client credentials',
    {
      steps: [
        {
          method: 'POST',
          path: '/auth/token',
          type: 'application/x-www-form-urlencoded',
          body: 'grant_type=client_credentials&client_id=a1&client_secret=horse-battery',
          answer: { status: 200, text: '{"access_token":"tok-horse-1"}' },
        },
      ],
      headers: { authorization: 'Token tok-horse-1' },
    },
    { type: 'oauth_client_credentials', tokenPath: '/auth/token', headerPrefix: 'Token ' },
  ],
])('the login is told by what the calls came with: %s', async (_, login, expected) => {
  const findings = await learned(
    demoSteps([REFERENCE_SAVE], login).map((step) => ({ answer: answerOf(step), ...step })),
  )
  expect(load(sectionOf(findings))?.auth).toMatchObject(expected)
  expect(sectionOf(findings)).not.toMatch(/horse|5f2a7c|bGVuYT|lena/)
})

/** Where no sandbox stands behind that login: every call is well answered. */
function answerOf({ path }: Step): NonNullable<Step['answer']> {
  return path === '/oauth/token'
    ? { status: 200, text: '{"access_token":"c81fa0f566a6ac294ff51ae3349e2be2ff314265"}' }
    : { status: 200, text: '{"data":[]}' }
}

test('a login that the capture does not show is asked for', async () => {
  const text = sectionOf(await learned(demoSteps([REFERENCE_SAVE]).slice(1), { redacted: true }))
  expect(text).toContain('type: oauth_password # CHANGE ME: the capture shows neither login nor credentials')
})

test('a tenant in another language, with other paths and another header, is learned by name and by value', async () => {
  const headers = { ...oauth().headers, 'x-arbeitsbereich': '20EU.20NLCO' }
  const browse = (id: string): Step => ({
    path: `/api/qracore/browses?browseId=${id}&page=1&pageAction=first`,
    headers,
  })
  const login =
    'client_id=07e3200007e3200007e3200007e32000&grant_type=password&username=lena&password=other-demo-password'
  const record = {
    kennung: 'mlc1',
    bereich: '20EU',
    gesellschaft: '20NLCO',
    jahr: 2026,
    periode: 7,
    konto: '005010',
    kst: 'W-1',
    waehrung: 'EUR',
    betrag: 12.5,
  }
  const findings = await learned(
    [
      { method: 'POST', path: '/oauth/token', type: 'application/x-www-form-urlencoded', body: login },
      ...['mfg:xk900', 'mfg:xk901', 'mfg:xk902', 'mfg:xk903'].map(browse),
      { method: 'POST', path: '/api/bdoc/werk/abst/Beleg', headers, body: JSON.stringify([record]) },
      browse('urn:browse:custom:abstimmung'),
    ],
    {},
    'https://nl.example.com/qad-central',
    otherTenant(),
  )
  const qad = load(sectionOf(findings))
  expect(qad).toMatchObject({ baseUrl: 'https://nl.example.com/qad-central', domain: '20EU', entity: '20NLCO' })
  expect(qad?.workspace).toEqual({ mode: 'header', header: 'x-arbeitsbereich', template: '{domain}.{entity}' })
  expect(qad?.write?.fields).toMatchObject({ key: 'kennung', account: 'konto', costCentre: 'kst', amount: 'betrag' })
  expect(qad?.reads.balances?.columns).toMatchObject({ debit: 'saldo.soll', credit: 'saldo.haben', year: 'saldo.jahr' })
  expect(qad?.reads.posted?.columns).toEqual({ key: 'beleg.kennung', amount: 'beleg.betrag' })
})

test.each(['ReconReferenceV2', 'supplierPriceListV2s', 'recon2/ReconReference'])(
  'a path with the number of a version in it is no token: %s',
  async (name) => {
    const save = { ...REFERENCE_SAVE, path: `/api/bdoc/acme/${name}`, answer: { status: 201, text: '' } }
    expect(load(sectionOf(await learned(demoSteps([save]))))?.write?.path).toBe(`/api/bdoc/acme/${name}`)
  },
)

describe('which save counts', () => {
  const refused = {
    status: 200,
    text: '{"submitResult":{"success":false,"errors":[{"message":"Field is mandatory. (costCenter)"}]}}',
  }
  const second = edited(REFERENCE_SAVE, (records) =>
    (records as unknown as object[]).map((record) => ({ ...record, referenceId: 'second' })),
  )

  test('the last that QAD took, and the others are counted', async () => {
    const findings = await learned(demoSteps([REFERENCE_SAVE, second, { ...JOURNAL_SAVE, answer: refused }]))
    expect(load(sectionOf(findings))?.write).toMatchObject({ target: 'bdoc' })
    expect(findings.notes[0]).toBe('3 saves are in the capture; the last that QAD took was used, request 11')
  })

  test('where QAD took none, the last, and it is said', async () => {
    const findings = await learned(demoSteps([{ ...REFERENCE_SAVE, answer: refused }]))
    expect(findings.notes[0]).toBe('QAD refused the save of request 10 (HTTP 200), and no other is in the capture')
    expect(sectionOf(findings)).toContain(
      'path: /api/bdoc/acme/recon/ReconReference # CHECK: request 10, which QAD refused',
    )
  })

  test('without one the reads alone are learned, and what is missing is asked for', async () => {
    const text = sectionOf(await learned(demoSteps([])))
    expect(text).toContain('  write: # CHANGE ME: the capture has no save')
    expect(load(text)).toMatchObject({ write: null, reads: { costCentres: { path: '/api/erp/costCenters' } } })
  })

  test('what a form asks while it is filled in, settings and the check of an entry are no saves', async () => {
    const typing = {
      ...JOURNAL_SAVE,
      path: '/api/erp/transientJournalEntries/fieldChangeV2?fieldName=glAccount',
      answer: { status: 200, text: '{}' },
    }
    const setting: Step = {
      method: 'POST',
      path: '/api/qracore/preferences',
      body: '{"theme":"dark","year":2026,"amount":3}',
      answer: { status: 200, text: '{}' },
    }
    const check = { ...JOURNAL_SAVE, path: JOURNAL_SAVE.path.replace('?', '/validate?') }
    const findings = await learned(demoSteps([typing, check, JOURNAL_SAVE, setting]))
    expect(load(sectionOf(findings))?.write).toMatchObject({
      path: '/api/erp/transientJournalEntries',
      validatePath: '/api/erp/transientJournalEntries/validate',
    })
  })
})

test('the tenant is the one that was saved to: other hosts are ignored and counted, another root is named', async () => {
  const elsewhere: Step[] = Array.from({ length: 40 }, (_, index) => ({
    path: `https://erp.example.com/clouderp/test/api/qracore/browses?browseId=b${index}`,
  }))
  const ads: Step = {
    method: 'POST',
    path: 'https://ads.example.net/api/events',
    body: '[{"account":"1","amount":2,"year":2026,"currency":"USD"}]',
  }
  const findings = await learned([...elsewhere, ads, ...demoSteps([REFERENCE_SAVE])])
  expect(load(sectionOf(findings))?.baseUrl).toBe(BASE)
  expect(findings.ignored).toEqual(
    new Map([
      ['erp.example.com outside of the tenant', 40],
      ['ads.example.net', 1],
      ['metrics.example.net', 1],
    ]),
  )
  expect(findings.notes[0]).toContain('https://erp.example.com/clouderp/test, too')
})

describe('what cannot be told is asked for', () => {
  test.each<[string, (record: Record<string, unknown>) => unknown, string]>([
    [
      'a component without a key',
      ({ referenceId: _, ...record }) => record,
      'key: # CHANGE ME: which field holds the unique key',
    ],
    [
      'two amounts',
      (record) => ({ ...record, lookerAmount: undefined, netAmount: 1, grossAmount: 2 }),
      'amount: netAmount',
    ],
    [
      'a date of its own',
      (record) => ({ ...record, asOf: '2026-07-31T00:00:00.000Z' }),
      '# CHANGE ME: asOf held a date of its own',
    ],
    ['a person', (record) => ({ ...record, enteredByUser: 'mary.major' }), '# CHANGE ME: enteredByUser named a person'],
    [
      'lines of its own',
      (record) => ({ ...record, lines: [{ a: 1 }] }),
      '# CHANGE ME: the record had more below lines',
    ],
    ['braces', (record) => ({ ...record, remark: '{{password}} ${HOME}' }), '# CHANGE ME: remark held braces'],
  ])('%s', async (_, change, said) => {
    const save = edited(REFERENCE_SAVE, (records) => [
      change((records as unknown as Record<string, unknown>[])[0] ?? {}),
    ])
    const text = sectionOf(await learned(demoSteps([{ ...save, answer: { status: 201, text: '' } }])))
    expect(text).toContain(said)
    expect(text).not.toMatch(/mary|\{\{|HOME/)
  })

  test.each(['pin', 'PIN', 'userPin', 'approval_pin', 'otp', 'otpCode', 'passcode', 'cvv', 'CVC2', 'securityCode'])(
    'the value of %s, a short secret, and which field held it',
    async (name) => {
      const save = edited(JOURNAL_SAVE, (body) => withField(body, name, '4711'))
      const findings = await learned(demoSteps([{ ...save, answer: { status: 200, text: '{}' } }]))
      expect(sectionOf(findings)).toContain(`# CHANGE ME: ${name} held a secret`)
      expect(`${sectionOf(findings)}${[...findings.templates.values()].join('')}`).not.toContain('4711')
    },
  )

  test.each(['spin', 'mapping', 'shippingCode', 'postingCode'])('%s, which is no secret, stays', async (name) => {
    const save = edited(JOURNAL_SAVE, (body) => withField(body, name, '4711'))
    const findings = await learned(demoSteps([{ ...save, answer: { status: 200, text: '{}' } }]))
    expect(findings.templates.get('journal.json.tmpl')).toContain(`"${name}": "4711"`)
  })

  test('a header that mlc does not send is asked about by its name', async () => {
    const save = {
      ...REFERENCE_SAVE,
      headers: { 'X-CSRF-Token': 'horse-battery', 'x-requested-with': 'XMLHttpRequest' },
    }
    const text = sectionOf(await learned(demoSteps([save])))
    expect(text.match(/# CHANGE ME: the save came with the header .*/g)).toEqual([
      '# CHANGE ME: the save came with the header x-csrf-token, which mlc does not send: is it needed? http.extraHeaders',
    ])
    expect(text).not.toContain('horse')
  })

  test('a key that is filled in makes the section load', async () => {
    const save = edited(REFERENCE_SAVE, (records) =>
      (records as unknown as object[]).map((record) => ({ ...record, referenceId: undefined, ident: 'A1' })),
    )
    const text = sectionOf(await learned(demoSteps([{ ...save, answer: { status: 201, text: '' } }])))
    expect(() => load(text)).toThrow('qad.write.fields')
    expect(
      load(text.replace(/key: # CHANGE ME.*/, 'key: ident').replace(/\n\s+ident: A1/, ''))?.write?.fields['key'],
    ).toBe('ident')
  })

  test('a daybook on a layer that counts, and a second amount in a line', async () => {
    const save = edited(
      JOURNAL_SAVE,
      (body) =>
        JSON.parse(
          JSON.stringify(body).replace('RECTR', 'GJ').replaceAll('"creditTC"', '"debitLC":1.25,"creditTC"'),
        ) as unknown,
    )
    const findings = await learned(demoSteps([{ ...save, answer: { status: 200, text: '{}' } }]))
    const text = sectionOf(findings)
    expect(text).toContain(
      'layerType: transient # CHANGE ME: the daybook of the capture is on a layer of type OFFICIAL',
    )
    expect(text).toContain('# CHANGE ME: debitLC of a line had an amount besides')
    expect(findings.templates.get('journal.json.tmpl')).toContain('"debitLC": null')
  })

  test('a browse whose rows the capture does not show teaches no columns', async () => {
    const findings = await learned(demoSteps([REFERENCE_SAVE]))
    expect(findings.notes).toContain('browse urn:browse:mfg:xxpst1 was read, showed no rows, and is used for nothing')
  })
})

test('texts of the capture stay texts: nothing in them becomes YAML, a template or a remark', async () => {
  const evil = 'x" # y: [z]\n  write: { target: file }'
  const save = edited(REFERENCE_SAVE, (records) =>
    (records as unknown as object[]).map((record) => ({ ...record, [evil]: 'v', sourceSystem: "a: 'b' # c" })),
  )
  const qad = load(sectionOf(await learned(demoSteps([{ ...save, answer: { status: 201, text: '' } }]))))
  expect(qad?.write).toMatchObject({ target: 'bdoc', constants: { sourceSystem: "a: 'b' # c" } })
})

/** A body with one more field beside the amounts' lines. */
function withField(body: object, name: string, value: string): unknown {
  return JSON.parse(JSON.stringify(body).replace('"daybookCode"', `"${name}":"${value}","daybookCode"`))
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

test.each([
  ['nothing', '', 'is not valid JSON'],
  ['no JSON', 'PK\u0003\u0004 user=lena', 'is not valid JSON'],
  ['JSON that breaks off', '{"log":{"entries":[{"request":', 'is not valid JSON'],
  ['no archive', '{"openapi":"3.0.1"}', 'no log.entries'],
  ['an archive of nothing', '{"log":{"entries":[]}}', /holds no request at all$/],
  [
    'entries of other shapes',
    '{"log":{"entries":[null,1,"a",{"request":{"url":7}},{"request":{"url":"data:,x"}}]}}',
    'holds no request at all',
  ],
  [
    'another site',
    '{"log":{"entries":[{"request":{"url":"https://www.example.net/a?token=abc"}}]}}',
    'requests to www.example.net only',
  ],
  ['deep nesting', nested(200_000), 'no log.entries'],
  ['XML with a DOCTYPE', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', 'DOCTYPE'],
  ['XML that breaks off', '<a><b>', 'is no XML that mlc reads'],
])('%s is refused, and nothing of it is quoted', (_, text, said) => {
  expect(() => learn(text, 'capture.har')).toThrow(said)
  expect(() => learn(text, 'capture.har')).toThrow(expect.objectContaining({ code: 'MLC-Q017' }) as Error)
  expect(() => learn(text, 'capture.har')).not.toThrow(/lena|abc|passwd/)
})

test('a body that is nested deeper than any record is passed over', async () => {
  const deep: Step = {
    method: 'POST',
    path: '/api/erp/things',
    body: nested(100_000),
    answer: { status: 200, text: nested(100_000) },
  }
  expect(load(sectionOf(await learned(demoSteps([deep, REFERENCE_SAVE]))))?.write?.path).toBe(REFERENCE_SAVE.path)
})
