import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { demoQad } from '../../src/sandbox/company/company.js'
import { createQadSandbox } from '../../src/sandbox/qad/sandbox.js'
import { capture, demoSteps, JOURNAL_SAVE, oauth, REFERENCE_SAVE, type Step } from '../support/capture.js'
import { startMlc } from '../support/process.js'
import { createCanaries } from './canaries.js'

const c = createCanaries()
const folder = mkdtempSync(join(tmpdir(), 'mlc-learn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: c.otherSecret })).toString('base64url')}.c2lnbmF0dXJl`
const base64 = (text: string) => Buffer.from(text).toString('base64')
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()

/** Every place of a capture that a credential is known to stand in, each with a canary of its own. */
const PLANTED: readonly Step[] = [
  {
    method: 'POST',
    path: `/oauth/token?client_secret=${encodeURIComponent(c.qadClientSecret)}`,
    type: 'application/x-www-form-urlencoded',
    body: form({ grant_type: 'password', username: 'lena', password: c.qadPassword, client_secret: c.qadClientSecret }),
    answer: {
      status: 200,
      text: JSON.stringify({ access_token: c.qadToken, refresh_token: c.qadRefreshToken, id_token: jwt }),
      headers: { 'set-cookie': `JSESSIONID=${c.qadSession}; Path=/; HttpOnly` },
    },
  },
  {
    method: 'POST',
    path: '/api/login',
    body: JSON.stringify({ username: 'lena', password: c.vaultKey }),
    answer: {
      status: 200,
      text: JSON.stringify({ data: { session: { sessionId: c.qadSession, csrf: c.webhookToken } } }),
    },
  },
  {
    path: `/resources/login.jsp;jsessionid=${encodeURIComponent(c.qadSession)}?ticket=${encodeURIComponent(c.ingestSecret)}#access_token=${encodeURIComponent(c.lookerToken)}`,
    headers: {
      referer: `https://jo:${encodeURIComponent(c.proxyPassword)}@erp.example.com/?token=${encodeURIComponent(c.lookerSecret)}`,
    },
    answer: {
      status: 200,
      text: `<html><input type="hidden" value="${c.webhookToken.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')}" name="_csrf"></html>`,
    },
  },
  {
    path: 'https://sso.example.net/authorize?code=abc',
    headers: { 'x-api-key': c.lookerSecret, cookie: `sso=${c.lookerToken}` },
  },
]

const headers = {
  authorization: `Bearer ${c.qadToken}`,
  cookie: `theme=dark; JSESSIONID=${c.qadSession}`,
  'x-csrf-token': c.webhookToken,
  'x-auth': `Basic ${base64(`lena:${c.qadPassword}`)}`,
}

/** The record repeats what it should not: under names that say so, and under names that do not. */
const REPEATED = {
  ...{ sessionToken: c.qadToken, apiSecret: c.otherSecret, remark: c.qadSession, comment: `was ${c.qadToken} before` },
  ...{
    origin: base64(c.qadToken),
    trail: jwt,
    note: `Basic ${base64(`lena:${c.qadPassword}`)}`,
    userPassword: c.qadPassword,
  },
  [c.qadToken]: 'a name can be one, too',
}

function planted(save: Step, change: (record: Record<string, unknown>) => unknown): readonly Step[] {
  const body = JSON.stringify(change(JSON.parse(save.body ?? '') as Record<string, unknown>))
  const steps = demoSteps(
    [{ ...save, body, answer: { status: 200, text: JSON.stringify({ echo: REPEATED }) } }],
    oauth(),
  )
  const answered = steps.slice(1).map((step): Step => ({
    answer: { status: 200, text: '{"data":[]}' },
    ...step,
    headers: { ...step.headers, ...headers },
  }))
  const leaky: Step = {
    path: `/api/qracore/browses?browseId=urn:browse:${encodeURIComponent(c.qadToken)}&filter=gl.note,eq,${encodeURIComponent(c.qadToken)},literal&sessionId=${encodeURIComponent(c.qadSession)}`,
    answer: {
      status: 200,
      text: JSON.stringify({
        data: [{ 'gl.year': 2026, 'gl.period': 7, 'gl.status': c.qadToken, 'gl.start': '2026-07-01' }],
      }),
    },
  }
  const open: Step = { ...leaky, path: leaky.path.replace(/urn:browse:[^&]*/, 'urn:browse:mfg:gl111') }
  return [...PLANTED, ...answered, leaky, open]
}

const QDOC = `<q:maintainJournalEntry xmlns:q="urn:schemas-qad-com:xml-services" xmlns:c="urn:schemas-qad-com:xml-services:common"><c:dsSessionContext>${[
  ['username', 'lena'],
  ['password', c.qadPassword],
  ['sessionID', c.qadSession],
]
  .map(
    ([name = '', value = '']) =>
      `<c:ttContext><c:propertyName>${name}</c:propertyName><c:propertyValue>${markup(value)}</c:propertyValue></c:ttContext>`,
  )
  .join(
    '',
  )}</c:dsSessionContext><q:tPosting apiKey="k1"><q:text>mlc:TEST</q:text><q:token>${markup(c.qadToken)}</q:token><q:remark>${markup(c.qadPassword)}</q:remark><q:line><q:tcGLCode>05010</q:tcGLCode><q:debit>1</q:debit><q:credit>0</q:credit></q:line></q:tPosting></q:maintainJournalEntry>`

function markup(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

async function har(save: Step, change: (record: Record<string, unknown>) => unknown): Promise<string> {
  return capture(createQadSandbox(demoQad()), 'https://erp.example.com/clouderp', planted(save, change))
}

const withRepeated = (body: Record<string, unknown>) => {
  const [entry] = body['transientJournalEntries'] as Record<string, unknown>[]
  return { ...body, hidden: REPEATED, transientJournalEntries: [{ ...entry, ...REPEATED }] }
}

test.each<[string, () => Promise<string>, readonly string[]]>([
  ['a journal, as files', () => har(JOURNAL_SAVE, withRepeated), ['-o', 'journal', '--debug']],
  [
    'a component, as JSON',
    () =>
      har(REFERENCE_SAVE, (records) => (records as unknown as object[]).map((record) => ({ ...record, ...REPEATED }))),
    ['-o', 'component', '--json', '--debug'],
  ],
  ['a QDoc, printed', () => Promise.resolve(QDOC), ['-o', '-', '--json']],
  ['what breaks off', async () => (await har(JOURNAL_SAVE, withRepeated)).slice(0, -40), ['--json', '--debug']],
])('no credential of a capture gets out: %s', async (name, made, flags) => {
  const file = `${name.replace(/\W+/g, '-')}.capture`
  writeFileSync(join(folder, file), await made())
  // Rejects when a canary, in any form, is in what it printed or wrote.
  const ran = await startMlc(['qad', 'learn', file, ...flags], {
    cwd: folder,
    env: { HOME: folder },
    issued: () => ({ ...c, jwt }),
  }).ended
  expect([ran.code, ran.stdout + ran.stderr]).toEqual([
    name.startsWith('what') ? 2 : 0,
    expect.not.stringContaining('lena') as string,
  ])
})
