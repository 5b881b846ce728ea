import { describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/sandbox/qad/sandbox.js'
import { all, failure } from '../site.js'
import { ENTRY, july, JULY, postJuly, USER, withEnterprise, type EnterpriseSpec } from './site.js'

const POST = 'maintainJournalEntry'

/** A site without a query QDoc. */
const BLIND: EnterpriseSpec = { query: null, changes: { reads: {} } }

test('a reference becomes one balanced entry, and is read back with every digit', async () => {
  await withEnterprise({}, async (site) => {
    expect(await postJuly(site)).toEqual({ status: 'posted', qadRef: '1' })
    const [entry, ...more] = site.sandbox.entries
    expect(more).toEqual([])
    expect(entry?.lines.map(({ account, debit, credit }) => [account, debit, credit])).toEqual([
      ['05010', '412880.15', '0.00'],
      ['09990', '0.00', '412880.15'],
    ])
    const [held] = await all(site.ledger.posted(JULY))
    expect(held).toMatchObject({
      key: july().key,
      account: '05010',
      costCentre: '1100',
      amount: '412880.15',
      qadRef: '1',
    })
  })
})

test('texts with the signs of XML arrive as they are', async () => {
  await withEnterprise({}, async (site) => {
    await postJuly(site, { description: `R&D <1> "x" 'y' Erl\u00f6se` })
    expect(site.sandbox.entries[0]?.text).toBe(`R&D <1> "x" 'y' Erl\u00f6se`)
  })
})

test('a whole run is one session of the container', async () => {
  await withEnterprise({}, async (site) => {
    await site.ledger.chart()
    await postJuly(site)
    await postJuly(site, { costCentre: '1200' })
    await all(site.ledger.posted(JULY))
    expect(site.sandbox.qxtendSessions()).toBe(1)
  })
})

describe('what QAD refuses is rejected in its own words, and nothing is stored', () => {
  test.each([
    ['a period that is locked', { period: 6 }, 'SIM-021 Period 2026/6 is not open'],
    ['an account that does not exist', { account: '99999' }, 'SIM-030 GL account 99999 does not exist.'],
    ['an inactive account', { account: '05090' }, 'SIM-031'],
    ['a control account', { account: '01110', costCentre: '' }, 'SIM-032'],
    ['a missing cost centre', { costCentre: '' }, 'SIM-040'],
    ['an inactive cost centre', { costCentre: 'OLD-R&D' }, 'SIM-041'],
    ['an unknown currency', { currency: 'CHF' }, 'SIM-060'],
    ['more than four decimals', { amount: '1.23456' }, 'SIM-052'],
  ])('%s', async (_, changes, words) => {
    await withEnterprise({}, async (site) => {
      const answer = await postJuly(site, changes)
      expect(answer).toMatchObject({ status: 'rejected', code: 'MLC-Q020' })
      expect(JSON.stringify(answer)).toContain(words)
      expect(site.sandbox.entries).toEqual([])
    })
  })
})

describe('what is wrong with the configuration is rejected before anything is stored', () => {
  const unbalanced = ENTRY.replace('{{debit}}</P', '1</P')
  test.each<[string, EnterpriseSpec, string]>([
    ['an unknown receiver', { ...BLIND, receiver: { receiver: 'nowhere' } }, 'is not defined'],
    ['a receiver without the API', { ...BLIND, receiver: { receiver: 'qadnoapi' } }, 'is not enabled'],
    ['another version', { ...BLIND, receiver: { qdocVersion: 'eB2_1' } }, 'maintainJournalEntry-eB2_1'],
    ['a SOAPAction without its quotes', { ...BLIND, receiver: { soapAction: 'x' } }, 'SOAPAction'],
    ['an unknown daybook', { daybook: 'NOSUCH' }, 'SIM-010'],
    ['an inactive daybook', { daybook: 'OLDJE' }, 'SIM-011'],
    ['a QDoc without its namespace', { entry: ENTRY.replace(/ xmlns="[^"]*"/, ' xmlns="urn:other"') }, 'namespace'],
    ['an element that the schema lacks', { entry: ENTRY.replaceAll('PostingText', 'PostingTxt') }, 'PostingTxt'],
    ['an entry that does not balance', { entry: unbalanced }, 'SIM-051'],
  ])('%s', async (_, spec, words) => {
    await withEnterprise(spec, async (site) => {
      const answer = await postJuly(site)
      expect(answer.status).toBe('rejected')
      expect(JSON.stringify(answer)).toContain(words)
      expect(site.sandbox.entries).toEqual([])
    })
  })

  test('another path is not taken for QXtend', async () => {
    await withEnterprise(
      { ...BLIND, before: (inner) => ({ handle: (request) => inner.handle(elsewhere(request)) }) },
      async (site) => {
        expect(await postJuly(site)).toMatchObject({
          status: 'rejected',
          message: expect.stringContaining('HTTP 404') as string,
        })
      },
    )
  })
})

function elsewhere(request: Request): Request {
  return new Request(request.url.replace('QdocWebService', 'Qdoc'), { method: 'POST', headers: request.headers })
}

describe('an end that tells nothing leaves the record in doubt, and it is not sent again', () => {
  test.each<[string, Fault, number]>([
    ['the connection dies after QAD committed', { is: 'reset', committed: true }, 1],
    ['the connection dies before', { is: 'reset' }, 0],
    ['nothing ever comes, though QAD committed', { is: 'hang', committed: true }, 1],
    ['the answer breaks off', { is: 'truncated' }, 1],
    ['the answer is cut on the wire', { is: 'cut' }, 1],
    ['the answer is empty', { is: 'emptyBody' }, 1],
    ['a page of the proxy', { is: 'gateway', status: 504, committed: true }, 1],
    ['a page of the container', { is: 'stackTrace', committed: true }, 1],
    ['a login page', { is: 'loginPage' }, 0],
    [
      'QXtend did not hear from QAD in time',
      { is: 'exception', words: 'ProcessException009: timeout', committed: true },
      1,
    ],
    ['a roll-back in part', { is: 'exception', words: 'TransactionException007', committed: true }, 1],
    ['sending to QAD failed', { is: 'exception', words: 'ProcessException002', committed: true }, 1],
    [
      'a fault that names the timeout',
      { is: 'soapFault', code: 'Server', words: 'ProcessException009', committed: true },
      1,
    ],
  ])('%s', async (_, fault, stored) => {
    await withEnterprise({}, async (site) => {
      site.sandbox.fault({ fault, on: POST })
      expect(await postJuly(site)).toMatchObject({ status: 'unknown', code: 'MLC-Q021' })
      expect(site.sandbox.entries).toHaveLength(stored)
      expect(site.sandbox.requests.filter(({ browseId }) => browseId === POST)).toHaveLength(1)
    })
  })
})

test.each<[string, EnterpriseSpec, string]>([
  ['that its read does not show is not sent again before a person has looked', {}, 'MLC-Q023'],
  ['that it cannot be asked for stays in doubt', BLIND, 'MLC-Q021'],
])('a duplicate %s', async (_, spec, code) => {
  await withEnterprise(spec, async (site) => {
    site.sandbox.fault({ fault: { is: 'exception', words: 'The reference already exists' }, on: POST })
    expect(await postJuly(site)).toMatchObject({ status: 'unknown', code, isAnswered: true })
  })
})

describe('what QXtend says it did not come to', () => {
  const busy = { is: 'soapFault', code: 'Server', words: 'No agent available for receiver qad2017ee' } as const

  test('is sent again once QAD had time to commit and does not show it', async () => {
    await withEnterprise({}, async (site) => {
      site.sandbox.fault({ fault: busy, on: POST })
      expect(await postJuly(site)).toMatchObject({ status: 'posted' })
      expect(site.clock.slept).toContain(60_000)
      expect(site.sandbox.entries).toHaveLength(1)
    })
  })

  test('is found when QAD has it after all', async () => {
    await withEnterprise({}, async (site) => {
      site.sandbox.fault({ fault: { ...busy, committed: true }, on: POST })
      site.sandbox.fault({ fault: { is: 'late', ms: 50_000 }, on: POST })
      expect(await postJuly(site)).toMatchObject({ status: 'exists', posted: { amount: '412880.15' } })
      expect(site.sandbox.entries).toHaveLength(1)
    })
  })

  test('is not sent when it goes on', async () => {
    await withEnterprise({}, async (site) => {
      site.sandbox.fault({ fault: busy, on: POST, times: Infinity })
      expect(await postJuly(site)).toMatchObject({ status: 'unsent', code: 'MLC-Q503' })
    })
  })

  test('stays in doubt where QAD cannot be asked', async () => {
    await withEnterprise(BLIND, async (site) => {
      site.sandbox.fault({ fault: busy, on: POST })
      expect(await postJuly(site)).toMatchObject({ status: 'unknown' })
    })
  })
})

test('a warning that QAD cut the text is a conflict: what it holds may not carry our key', async () => {
  await withEnterprise({ entry: ENTRY.replace('{{key}}', 'mlc:figures-of-the-month:{{key}}') }, async (site) => {
    const answer = await postJuly(site)
    expect(answer).toMatchObject({ status: 'conflict' })
    expect(JSON.stringify(answer)).toContain('Submitted data was truncated')
    expect(site.sandbox.entries).toHaveLength(1)
  })
})

test('any other warning is posted, and told', async () => {
  await withEnterprise({}, async (site) => {
    site.sandbox.fault({ fault: { is: 'remark', words: 'Entry waits for approval' }, on: POST })
    expect(await postJuly(site)).toMatchObject({ status: 'posted', remark: 'Entry waits for approval' })
  })
})

test('an error without a whole transaction leaves the record in doubt', async () => {
  await withEnterprise({ receiver: { scopeTransaction: false } }, async (site) => {
    expect(await postJuly(site, { account: '99999' })).toMatchObject({ status: 'unknown' })
  })
})

test('an entry that QAD posted in another company is a conflict', async () => {
  await withEnterprise(
    { before: (inner) => ({ handle: async (request) => moved(await inner.handle(request)) }) },
    async (site) => {
      const answer = await postJuly(site)
      expect(answer).toMatchObject({
        status: 'conflict',
        message: expect.stringContaining('domain 20EU instead of 10USA') as string,
      })
    },
  )
})

async function moved(reply: unknown): Promise<Response> {
  if (!(reply instanceof Response)) throw new Error('no answer')
  const text = (await reply.text()).replace('propertyValue>10USA<', 'propertyValue>20EU<')
  return new Response(text, { status: reply.status, headers: { 'content-type': 'text/xml' } })
}

test.each([
  ['by the first read', {}],
  ['by the first QDoc', BLIND],
])('a wrong password is tried once, %s, and stops the run without being shown', async (_, spec) => {
  const user = { ...USER, password: 'not-the-password' }
  await withEnterprise({ ...spec, user }, async (site) => {
    const error = await failure(postJuly(site))
    expect(error.code).toBe('MLC-Q004')
    expect(error.message).not.toContain(user.password)
    expect((await failure(postJuly(site))).code).toBe('MLC-Q004')
    expect(site.sandbox.requests).toHaveLength(1)
  })
})

test('a user who may not post is rejected', async () => {
  const user = { username: 'demo.reader', password: 'demo-reader-password' }
  await withEnterprise({ user }, async (site) => {
    expect(await postJuly(site)).toMatchObject({ status: 'rejected' })
  })
})

test('throttled calls and refused connections are tried again, since nothing arrived', async () => {
  await withEnterprise({}, async (site) => {
    site.sandbox.fault({ fault: { is: 'throttled', retryAfter: '1' }, on: POST, times: 2 })
    expect(await postJuly(site)).toMatchObject({ status: 'posted' })
    site.sandbox.fault({ fault: { is: 'throttled' }, on: POST, times: 3 })
    expect(await postJuly(site, { costCentre: '1200' })).toMatchObject({ status: 'unsent', code: 'MLC-Q007' })
    expect(site.sandbox.entries).toHaveLength(1)
  })
})

test('a server in front that wants Basic gets it, and the session context besides', async () => {
  const seen: (string | null)[] = []
  const before: EnterpriseSpec['before'] = (inner) => ({
    handle: (request) => (seen.push(request.headers.get('authorization')), inner.handle(request)),
  })
  await withEnterprise({ ...BLIND, before, changes: { reads: {}, auth: { type: 'basic' } } }, async (site) => {
    expect(await postJuly(site)).toMatchObject({ status: 'posted' })
    expect(seen).toEqual([`Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`])
  })
})
