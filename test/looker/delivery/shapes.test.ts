import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MlcError } from '../../../src/errors.js'
import { readDelivery } from '../../../src/looker/delivery/delivery.js'
import { refusal, take, zipOf, type Wanted } from './take.js'

const LABELS: Wanted = {
  fields: [
    { name: 'gl.account', labels: ['GL Account', 'Account'] },
    { name: 'gl.net', labels: ['GL Net Amount', 'Net Amount'] },
    { name: 'gl.text', labels: ['GL Text', 'Text'] },
  ],
  explore: { model: 'finance', explore: 'gl' },
}
const ROWS = [
  { 'gl.account': '5010', 'gl.net': '104.16499999999998' },
  { 'gl.account': '0100', 'gl.net': '-12345678901234567890.10' },
]
const JSON_ROWS =
  '[{"gl.account":"5010","gl.net":104.16499999999998},\n {"gl.account":"0100","gl.net":-12345678901234567890.10}]'
const CSV = 'GL Account,GL Net Amount\n5010,104.16499999999998\n0100,-12345678901234567890.10\n'
const NAMED_CSV = CSV.replace('GL Account,GL Net Amount', 'gl.account,gl.net')
const DETAIL = `{"status":"complete","fields":{"dimensions":[{"name":"gl.account","label":"GL Account","type":"string"}],"measures":[{"name":"gl.net","label":"GL Net Amount","type":"sum"}],"table_calculations":[],"pivots":[]},"has_totals":false,"pivots":[],"data":[{"gl.account":{"value":"5010"},"gl.net":{"value":104.16499999999998,"rendered":"$104.16"}},{"gl.account":{"value":"0100"},"gl.net":{"value":-12345678901234567890.10,"links":[{"url":"/x"}]}}]}`
const QUERY =
  '{"model":"finance","view":"gl","fields":["gl.account","gl.net"],"filters":{"gl.period":"2026-07"},"sorts":[],"limit":"-1"}'

/** The envelope of a webhook around what is delivered. */
function body(delivered: string, { query = QUERY, id = '"86213"' } = {}): string {
  const plan = `{"scheduled_plan_id":${id},"title":"GL","type":"Look","url":"https://x.example/looks/42","query_id":"1","query":${query},"filters_differ_from_look":false,"download_url":null}`
  return `{"type":"query","scheduled_plan":${plan},${delivered},"form_params":{}}`
}

function attached(mimetype: string, extension: string, content: string): string {
  return `"attachment":{"mimetype":"${mimetype}","extension":"${extension}","data":${JSON.stringify(content)}},"data":null`
}

/** Base64 as Looker breaks it. */
function lines(zip: Buffer): string {
  return zip.toString('base64').replace(/(.{60})/g, '$1\n')
}

const ZIP = zipOf({
  'dashboard-gl/net.csv': `,${CSV.trim()
    .split('\n')
    .map((line, at) => `${at === 0 ? '' : at + ','}${line}`)
    .join('\n')}\n`,
})

test.each([
  ['[{"looker_error":"Query killed"}]', 'row 1 is an error of Looker: Query killed'],
  [zipOf({ 'a.csv': NAMED_CSV, 'b.csv': NAMED_CSV }), '2 of the tables delivered have the columns of the job'],
  [zipOf({ 'a.csv': 'x\n1\n', 'b.csv': 'y\n1\n' }), 'none of the tables delivered has the columns of the job'],
])('a refusal says what was found', async (delivered, words) => {
  expect(await refusal(delivered)).toContain(words)
})

test('within an envelope, which is whole or no JSON, a CSV may leave out its last line end', async () => {
  expect(await take(body(attached('text/csv', 'csv', NAMED_CSV.slice(0, -1))))).toEqual(ROWS)
})

describe('every shape gives the same rows, digit for digit:', () => {
  const SHAPES: readonly [shape: string, body: string | Uint8Array, wanted?: Wanted][] = [
    ['inline_json: rows at the top', body(`"attachment":null,"data":${JSON_ROWS}`)],
    ['rows at the top as a text', body(`"attachment":null,"data":${JSON.stringify(JSON_ROWS)}`)],
    ['json: rows as a text in an attachment', body(attached('application/json', 'json', JSON_ROWS))],
    [
      'rows as a list in an attachment',
      body(`"attachment":{"mimetype":"application/json","extension":"json","data":${JSON_ROWS}}`),
    ],
    ['json_detail as a text in an attachment', body(attached('application/json', 'json', DETAIL))],
    ['json_detail at the top', body(`"attachment":null,"data":${DETAIL}`)],
    ['csv with labels', body(attached('text/csv', 'csv', CSV)), LABELS],
    ['csv with field names', body(attached('text/csv', 'csv', NAMED_CSV))],
    ['csv with short labels', body(attached('text/csv;charset=utf-8', 'csv', CSV.replaceAll('GL ', ''))), LABELS],
    ['csv with CR LF', body(attached('text/csv', 'csv', CSV.replaceAll('\n', '\r\n'))), LABELS],
    [
      'csv_zip with row numbers',
      body(attached('application/zip;base64', 'zip', lines(ZIP)), { query: 'null' }),
      LABELS,
    ],
    ['an id that is a number', body(`"attachment":null,"data":${JSON_ROWS}`, { id: '2324' })],
    ['an envelope with a byte-order mark', `\uFEFF${body(`"attachment":null,"data":${JSON_ROWS}`)}`],
    ['a bare file of json', JSON_ROWS],
    ['a bare file of json with a byte-order mark', `\uFEFF${JSON_ROWS}`],
    ['a bare file of json_detail', DETAIL],
    ['a bare file of csv', NAMED_CSV],
    ['a bare file of csv with labels', CSV, LABELS],
    ['a bare file of csv with a byte-order mark', `\uFEFF${NAMED_CSV}`],
    ['a bare zip', ZIP, LABELS],
  ]
  test.each(SHAPES)('%s', async (_, delivered, wanted) => {
    expect(await take(delivered, wanted)).toEqual(ROWS)
  })
})

describe('the plan is told by', () => {
  test.each([
    ['"86213"', '86213'],
    ['2324', '2324'],
    ['null', null],
  ])('an id %s', (id, told) => {
    const { plan, format, query } = readDelivery(Buffer.from(body('"attachment":null,"data":[]', { id })))
    expect({ id: plan.id, title: plan.title, kind: plan.kind, format, view: query?.explore }).toEqual({
      id: told,
      title: 'GL',
      kind: 'Look',
      format: 'inline_json',
      view: 'gl',
    })
  })

  test.each([true, false])('whether its filters are those of its Look: differ %s', (differ) => {
    const sent = body('"attachment":null,"data":[]').replace(
      '"filters_differ_from_look":false',
      `"filters_differ_from_look":${differ}`,
    )
    expect(readDelivery(Buffer.from(sent)).plan.differsFromLook).toBe(differ)
  })

  test('nothing: the test button sends neither figures nor a query', async () => {
    const pressed = body('"attachment":null,"data":null', { query: 'null' })
    expect(readDelivery(Buffer.from(pressed)).isEmpty).toBe(true)
    expect(await take(pressed)).toEqual([])
    expect(readDelivery(Buffer.from(body('"attachment":null,"data":null'))).isEmpty).toBe(false)
  })
})

describe('refused with a reason:', () => {
  const csv = (text: string) => body(attached('text/csv', 'csv', text))
  const rows = (text: string) => body(`"attachment":null,"data":${text}`)
  const CASES: readonly [what: string, body: string | Uint8Array, code: string, wanted?: Wanted][] = [
    ['broken JSON', body('"attachment":null,"data":[{]'), 'MLC-I010'],
    ['a body that was cut', body(`"attachment":null,"data":${JSON_ROWS}`).slice(0, -20), 'MLC-I010'],
    [
      'rows that were cut in their text',
      body(attached('application/json', 'json', JSON_ROWS.slice(0, -9))),
      'MLC-I010',
    ],
    ['nothing at all', '', 'MLC-I010'],
    ['a name that comes twice in a row', rows('[{"gl.account":"5010","gl.net":1,"gl.net":2}]'), 'MLC-I010'],
    ['a name that comes twice in the envelope', body('"attachment":null,"attachment":null,"data":[]'), 'MLC-I010'],
    ['figures at two places', body(`${attached('text/csv', 'csv', CSV).replace(/null$/, JSON_ROWS)}`), 'MLC-I010'],
    ['UTF-16', Buffer.from(`\uFEFF${NAMED_CSV}`, 'utf16le'), 'MLC-I010'],
    ['UTF-16 without a mark', Buffer.from(NAMED_CSV, 'utf16le'), 'MLC-I010'],
    ['Latin-1', Buffer.from(NAMED_CSV.replace('5010', 'Müller'), 'latin1'), 'MLC-I010'],
    ['a quotation mark inside a cell', csv('gl.account,gl.net\n50"10,1\n'), 'MLC-I010'],
    ['a row with a cell too many', csv('gl.account,gl.net\n5010,1,2\n'), 'MLC-I010'],
    ['an error of Looker behind the rows of a csv', csv('gl.account,gl.net\n5010,1\nERROR: canceled\n'), 'MLC-I010'],
    ['a NaN', rows('[{"gl.account":"5010","gl.net":NaN}]'), 'MLC-I010'],
    ['no base64', body(attached('application/zip;base64', 'zip', '!!!!')), 'MLC-I010'],
    ['a pdf', body(attached('application/pdf;base64', 'pdf', 'JVBERi0=')), 'MLC-I011'],
    ['a png', body(attached('image/png;base64', 'png', 'iVBORw==')), 'MLC-I011'],
    ['html', body(attached('text/html', 'html', '<table></table>')), 'MLC-I011'],
    [
      'an xlsx',
      body(attached('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64', 'xlsx', 'UEs=')),
      'MLC-I011',
    ],
    ['a bare xlsx', zipOf({ '[Content_Types].xml': '<Types/>', 'xl/a.csv': 'x' }), 'MLC-I011'],
    ['a bare pdf', '%PDF-1.4 …', 'MLC-I011'],
    ['a bare html page', '<!doctype html>', 'MLC-I011'],
    ['text with tabs', body(attached('text/plain', 'txt', NAMED_CSV.replaceAll(',', '\t'))), 'MLC-I011'],
    ['labels that nobody can look up', csv(CSV), 'MLC-I012'],
    [
      'a label that two fields have',
      csv('Amount,GL Account\n1,5010\n'),
      'MLC-I012',
      {
        fields: [
          { name: 'gl.net', labels: ['Amount'] },
          { name: 'gl.account', labels: ['GL Account', 'Amount'] },
        ],
      },
    ],
    ['a label that two columns have', csv('GL Net Amount,GL Net Amount,GL Account\n1,2,5010\n'), 'MLC-I012', LABELS],
    ['a name that two columns have', csv('gl.net,gl.net,gl.account\n1,2,5010\n'), 'MLC-I012'],
    ['a column that is not there', rows('[{"gl.account":"5010","gl.budget":1}]'), 'MLC-I012'],
    ['two tables with the columns of the job', zipOf({ 'a.csv': NAMED_CSV, 'b.csv': NAMED_CSV }), 'MLC-I012'],
    ['$1,234.00', rows('[{"gl.account":"5010","gl.net":"$1,234.00"}]'), 'MLC-I013'],
    ['1,234', csv('gl.account,gl.net\n5010,"1,234"\n'), 'MLC-I013'],
    ['(1.50)', csv('gl.account,gl.net\n5010,(1.50)\n'), 'MLC-I013'],
    ['34.03K', csv('gl.account,gl.net\n5010,34.03K\n'), 'MLC-I013'],
    ['12 %', csv('gl.account,gl.net\n5010,12 %\n'), 'MLC-I013'],
    ['1.234,00', csv('gl.account,gl.net\n5010,"1.234,00"\n'), 'MLC-I013'],
    ['a total without a label', csv('gl.account,gl.net\n5010,1.10\n5020,2.20\n,3.30\n'), 'MLC-I014'],
    ['a total with a label', csv('gl.account,gl.net\n5010,1.10\nTotal,1.10\n'), 'MLC-I014'],
    [
      'a subtotal',
      csv('gl.account,gl.plant,gl.net\n5010,A,1\n5010,B,2\n5010,,3\n5020,A,4\n'),
      'MLC-I014',
      { dimensions: ['gl.account', 'gl.plant'] },
    ],
    ['a row that comes twice', csv('gl.account,gl.net\n5010,1\n5010,1\n'), 'MLC-I014'],
    [
      'a row with other columns',
      rows('[{"gl.account":"5010","gl.net":1},{"gl.account":"5020","gl.nett":1}]'),
      'MLC-I014',
    ],
    ['an error and no row', rows('[{"looker_error":"Query killed"}]'), 'MLC-I014'],
    ['a bare csv cut within an amount', NAMED_CSV.slice(0, -3), 'MLC-I014'],
    ['a bare csv cut before its last line end', NAMED_CSV.slice(0, -1), 'MLC-I014'],
    ['an error among the rows', rows('[{"gl.account":"5010","gl.net":1},{"looker_error":"canceled"}]'), 'MLC-I014'],
    ['pivots', rows('[{"gl.account":"5010","gl.net":{"2026-07":{"value":1}}}]'), 'MLC-I014'],
    [
      'a query with totals',
      body(`"attachment":null,"data":${JSON_ROWS}`, { query: QUERY.replace('"sorts"', '"total":true,"sorts"') }),
      'MLC-I014',
    ],
    [
      'json_detail with an error',
      body(
        attached(
          'application/json',
          'json',
          DETAIL.replace('"has_totals"', '"errors":[{"message":"SQL"}],"has_totals"'),
        ),
      ),
      'MLC-I014',
    ],
    [
      'json_detail with pivots',
      body(
        attached('application/json', 'json', DETAIL.replace('"pivots":[],"data"', '"pivots":[{"key":"2026"}],"data"')),
      ),
      'MLC-I014',
    ],
    [
      'as many rows as the limit of the query',
      body(`"attachment":null,"data":${JSON_ROWS}`, { query: QUERY.replace('"-1"', '"2"') }),
      'MLC-I014',
    ],
    ['500 rows of a limit that nobody tells', manyRows(500), 'MLC-I014'],
    [
      'another filter than the job has',
      body(`"attachment":null,"data":${JSON_ROWS}`),
      'MLC-I014',
      { filters: { 'gl.company': '10' } },
    ],
    ['a filter that nobody tells', JSON_ROWS, 'MLC-I014', { filters: { 'gl.period': '2026-07' } }],
  ]
  test.each(CASES)('%s', async (_, delivered, code, wanted) => {
    expect(await take(delivered, wanted)).toBe(code)
  })

  test('but credentials that Looker refuses are their own error, as the delivery may fit when they are mended', async () => {
    const denied = new MlcError('MLC-L004', 'Looker refused the credentials')
    const wanted = { denied, explore: { model: 'finance', explore: 'gl' } }
    expect(await take(csv(CSV), wanted)).toBe('MLC-L004')
    expect(await take(zipOf({ 'a.csv': CSV, 'b.csv': 'x\n1\n' }), wanted)).toBe('MLC-L004')
    expect(await take(zipOf({ 'a.csv': NAMED_CSV, 'b.csv': 'x\n1\n' }), wanted)).toEqual(ROWS)
  })

  test('and the reason names what was found', async () => {
    expect(await refusal(rows('[{"gl.account":"5010","gl.net":"$1,234.00"}]'))).toContain(
      'row 1: gl.net is "$1,234.00", formatted',
    )
    expect(await refusal(csv(CSV))).toContain(
      'delivered are GL Account, GL Net Amount (labels could not be looked up: mlc.yaml has no section looker)',
    )
    expect(await refusal(csv('gl.account,gl.net\n5010,1.10\n5020,2.20\n,3.30\n'))).toContain(
      'row 3, the last, is the total of the others',
    )
  })
})

function manyRows(count: number): string {
  const lines = Array.from({ length: count }, (_, at) => `${at + 1000},${at}.5`)
  return `gl.account,gl.net\n${lines.join('\n')}\n`
}

describe('taken, although it looks unusual:', () => {
  const CASES: readonly [what: string, body: string | Uint8Array, rows: number, wanted?: Wanted][] = [
    ['501 rows', manyRows(501), 501],
    [
      'the filter that the job has',
      body(`"attachment":null,"data":${JSON_ROWS}`),
      2,
      { filters: { 'gl.period': '2026-07' } },
    ],
    ['headers that the job names as they are', CSV, 2, { measures: ['GL Net Amount'], dimensions: ['GL Account'] }],
    ['columns of no job, twice', 'gl.account,x,x,gl.net\n5010,1,2,3\n', 1],
    ['a tile beside a chart', zipOf({ 'd/chart.csv': ',Source,fb\n, Date,Net\n1,2026,4\n', 'd/gl.csv': NAMED_CSV }), 2],
    ['a list without rows', '[]', 0],
    ['a blank account', 'gl.account,gl.net\n5010,1\n,5\n', 2],
    ['names of prototypes', '[{"gl.account":"5010","gl.net":1,"constructor":"x","toString":2}]', 1],
    ['a yes and a null', '[{"gl.account":"5010","gl.net":1,"a":true,"b":null}]', 1],
  ]
  test.each(CASES)('%s', async (_, delivered, count, wanted) => {
    expect(await take(delivered, wanted)).toHaveLength(count)
  })
})

const SAMPLES = new URL('../../../../shared/facts/samples/looker/', import.meta.url)

describe.runIf(existsSync(SAMPLES))('samples of real deliveries:', () => {
  const sample = (name: string) => readFileSync(new URL(name, SAMPLES))
  const CASES: readonly [file: string, wanted: Wanted, verdict: number | string][] = [
    [
      'webhook.look.inline_json.real-data.json',
      { measures: ['appointments.order_series_id'], dimensions: ['locations.id'] },
      1,
    ],
    ['webhook.look.json-attachment.json', { measures: ['payments.amount'], dimensions: ['payments.sale_number'] }, 1],
    ['webhook.look.csv.discourse2661.json', { measures: ['Revenue'], dimensions: ['Division'] }, 1],
    [
      'webhook.look.csv.envelope-real.json',
      { measures: ['Payment Data Amount'], dimensions: ['Payments Sale Number'] },
      1,
    ],
    [
      'webhook.look.csv.envelope-real.json',
      {
        measures: ['payments.amount'],
        dimensions: ['payments.sale_number'],
        explore: { model: 'm', explore: 'payments' },
        fields: [
          { name: 'payments.amount', labels: ['Payment Data Amount'] },
          { name: 'payments.sale_number', labels: ['Payments Sale Number'] },
        ],
      },
      1,
    ],
    ['webhook.dashboard.csv_zip.real.json', { measures: ['gl.net'], dimensions: ['gl.account'] }, 'MLC-I0'],
    [
      'webhook.dashboard.csv_zip.real.json',
      { measures: ['Pageviews / Session'], dimensions: ['Acquisition'] },
      'MLC-I014',
    ],
    [
      'webhook.dashboard.csv_zip.real.json',
      { measures: ['Estimated Revenue'], dimensions: ['Acquisition'] },
      'MLC-I014',
    ],
    ['json_detail.real.actions-repo.json', { measures: ['orders.count'], dimensions: ['orders.created_month'] }, 13],
    ['run.csv.200.csv', { measures: ['GL Net Amount'], dimensions: ['GL Account'] }, 2],
    ['run.json.apply_formatting.200.json', { measures: ['gl.net_amount'], dimensions: ['gl.account'] }, 'MLC-I013'],
    ['run.json.looker_error.200.json', { measures: ['gl.net_amount'], dimensions: ['gl.account'] }, 'MLC-I0'],
    ['run.json.truncated.200.txt', { measures: ['gl.net_amount'], dimensions: ['gl.account'] }, 'MLC-I010'],
    ['run.json_detail.error.200.json', { measures: ['gl.net_amount'], dimensions: ['gl.account'] }, 'MLC-I014'],
  ]
  test.each(CASES)('%s', async (file, wanted, verdict) => {
    const found = await take(sample(file), wanted)
    if (typeof verdict === 'number') expect(found).toHaveLength(verdict)
    else expect(found).toMatch(new RegExp(`^${verdict}`))
  })
})
