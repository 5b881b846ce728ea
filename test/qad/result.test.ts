import { describe, expect, test } from 'vitest'
import { TransportError, type HttpAnswer } from '../../src/http/http.js'
import { readWriteResult, type WriteResult } from '../../src/qad/result.js'
import { reference } from './site.js'

const KEY = reference().key
const EXPECTED = { keys: [KEY], keyField: 'referenceId' }
const ECHO = `{"data":{"reconReferences":[{"referenceId":"${KEY}","uri":"urn:x"}]}`
const PAGE = '<!doctype html><html><body>Oops</body></html>'
const LOGIN = '<!DOCTYPE html><html><script src="/clouderp/resources/login.jsp.js"></script></html>'

const answer = (status: number, text = '', headers: Record<string, string> = {}): HttpAnswer => ({
  status,
  text,
  headers,
})
const success = (flag: string) => `{"submitResult":{"success":${flag},"errors":[]}}`
const failure = (message: string) =>
  JSON.stringify({
    data: {},
    submitResult: { success: false, errors: [{ message, fieldName: 'glPeriod', fieldValue: '3' }] },
  })

type Case = [
  name: string,
  answer: HttpAnswer | TransportError,
  kind: WriteResult['kind'],
  detail?: Partial<Record<string, unknown>>,
]

const CASES: readonly Case[] = [
  ['201 with an empty body', answer(201), 'stored', { certain: true }],
  ['201 with any JSON', answer(201, '{}'), 'stored', { certain: true }],
  ['201 with a byte-order mark', answer(201, '\uFEFF[]'), 'stored'],
  ['201 that says success', answer(201, `${ECHO},"submitResult":{"success":true}}`), 'stored', { certain: true }],
  [
    '201 that says failure',
    answer(201, failure('Locked.')),
    'refused',
    { words: 'Locked. (glPeriod: 3)', duplicate: false },
  ],
  ['201 with bare errors', answer(201, '{"errors":[{"message":"No."}]}'), 'refused', { words: 'No.' }],
  ['201 with a web page', answer(201, PAGE), 'unclear'],
  ['201 with half a body', answer(201, ECHO), 'unclear'],
  ['200 that says success', answer(200, success('true')), 'stored', { certain: true }],
  ['200 that says success as text', answer(200, success('"true"')), 'stored'],
  [
    '200 that says success and warns',
    answer(200, '{"submitResult":{"success":true,"errors":[{"message":"Rounded"}]}}'),
    'stored',
  ],
  [
    '200 that says failure',
    answer(200, failure('Field is mandatory. (glPeriod)')),
    'refused',
    { words: 'Field is mandatory. (glPeriod)' },
  ],
  [
    '200 that says failure without a reason',
    answer(200, success('false')),
    'refused',
    { words: 'QAD gives no reason' },
  ],
  [
    '200 with bare errors',
    answer(200, '{"errors":["Bad account"],"message":"x"}'),
    'refused',
    { words: 'Bad account' },
  ],
  ['200 with bare message', answer(200, '{"message":"done?"}'), 'unclear'],
  ['200 without submitResult, with our key', answer(200, `${ECHO}}`), 'stored', { certain: false }],
  [
    '200 without submitResult, with our key in lower case',
    answer(200, `[{"referenceId":"${KEY.toLowerCase()}"}]`),
    'stored',
    { certain: false },
  ],
  ['200 without submitResult, with another key', answer(200, '[{"referenceId":"MLC0"}]'), 'unclear'],
  ['200 with a submitResult that does not say', answer(200, `${ECHO},"submitResult":{}}`), 'unclear'],
  ['200 with an empty body', answer(200), 'unclear'],
  ['200 with an empty object', answer(200, '{}'), 'unclear'],
  ['200 with a web page', answer(200, PAGE), 'unclear'],
  ['200 with half a success', answer(200, success('true').slice(0, -1)), 'unclear'],
  ['200 with nesting deeper than any stack', answer(200, '['.repeat(200_000)), 'unclear'],
  ['200 with the login page', answer(200, LOGIN), 'session-ended'],
  ['204', answer(204), 'unclear'],
  ['already exists in 200', answer(200, failure('Record already exists.')), 'refused', { duplicate: true }],
  [
    'already exists in 400',
    answer(400, '{"errors":[{"message":"It already exists"}]}'),
    'refused',
    { duplicate: true },
  ],
  ['302 to the login page', answer(302, '', { location: '/clouderp/resources/login.jsp?error=1' }), 'session-ended'],
  ['302 to the root', answer(302, '', { location: 'https://acme.qad.com/' }), 'session-ended'],
  ['302 to somewhere else', answer(302, '', { location: '/clouderp/api/v2' }), 'unclear'],
  [
    '400 with errors',
    answer(400, '{"errors":[{"message":"Not a list"}]}'),
    'refused',
    { words: 'Not a list', duplicate: false },
  ],
  ['400 with a web page', answer(400, PAGE), 'unclear'],
  ['401', answer(401, '{"error":"invalid_token"}'), 'session-ended'],
  ['403', answer(403, '{"errors":[{"message":"Access is denied"}]}'), 'forbidden', { words: 'Access is denied' }],
  ['404 with JSON', answer(404, '{"message":"No component"}'), 'refused', { words: 'No component' }],
  ['404 with a web page', answer(404, PAGE), 'refused', { duplicate: false }],
  ['405', answer(405, PAGE), 'refused'],
  ['408', answer(408, '{}'), 'unclear'],
  ['409 with errors', answer(409, '{"errors":[{"message":"Taken"}]}'), 'refused', { duplicate: true, words: 'Taken' }],
  ['409 without a body', answer(409), 'refused', { duplicate: true, words: 'HTTP 409' }],
  ['413 with a web page', answer(413, PAGE), 'refused'],
  ['422', answer(422, '{"message":"Cannot be processed"}'), 'refused', { words: 'Cannot be processed' }],
  ['429', answer(429, '{}'), 'throttled'],
  ['500 with a stack trace', answer(500, PAGE), 'unclear'],
  ['500 that says failure', answer(500, failure('x')), 'unclear'],
  ['502', answer(502, PAGE), 'unclear'],
  ['503', answer(503, PAGE, { 'retry-after': '1' }), 'unclear'],
  ['504', answer(504, PAGE), 'unclear'],
  ['a time-out', new TransportError('timeout', true, 'no answer in time'), 'unclear'],
  ['a cut connection', new TransportError('cut', true, 'cut'), 'unclear'],
  ['an answer in another encoding', new TransportError('encoding', true, 'not UTF-8'), 'unclear'],
  ['a refused connection', new TransportError('refused', false, 'refused'), 'unsent', { code: 'MLC-Q503' }],
  ['a connection that took too long', new TransportError('timeout', false, 'slow'), 'unsent', { code: 'MLC-Q002' }],
  ['a bad certificate', new TransportError('tls', false, 'tls'), 'unsent', { code: 'MLC-Q003' }],
]

describe('what an answer to a write means', () => {
  test.each<Case>([...CASES])('%s', (_name, outcome, kind, detail = {}) => {
    expect(readWriteResult(outcome, EXPECTED)).toMatchObject({ kind, ...detail })
  })

  test('no cut of a success at any byte is read as anything but in doubt', () => {
    const whole = `${ECHO},"submitResult":{"success":true,"errors":[]}}`
    expect(readWriteResult(answer(200, whole), EXPECTED).kind).toBe('stored')
    for (let length = 0; length < whole.length; length++) {
      expect(readWriteResult(answer(200, whole.slice(0, length)), EXPECTED).kind).toBe('unclear')
    }
  })

  test("QAD's words are shown without control characters and not endlessly", () => {
    const result = readWriteResult(
      answer(422, JSON.stringify({ message: `\u001b[31mBad\u0000\nword ${'x'.repeat(900)}` })),
      EXPECTED,
    )
    const words = result.kind === 'refused' ? result.words : ''
    expect(words).toMatch(/^\[31mBad word x+…$/)
    expect(words).toHaveLength(300)
  })

  test('several errors are all quoted, each with its field', () => {
    const errors = [
      { message: 'Locked', field: 'glPeriod' },
      { message: 'Unknown', name: 'costCenter', fieldValue: '9' },
    ]
    const result = readWriteResult(answer(200, JSON.stringify({ submitResult: { success: false, errors } })), EXPECTED)
    expect(result).toMatchObject({ words: 'Locked (glPeriod); Unknown (costCenter: 9)' })
  })
})
