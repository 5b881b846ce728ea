import { describe, expect, test } from 'vitest'
import type { Core } from '../../src/sandbox/core.js'
import type { ReadOptions } from '../../src/qad/options.js'
import { PERIOD, all, failure, only, postOne, reference, withSite } from './site.js'
import { READS } from './world.js'

/** Answers what the sandbox never would, to every call whose path holds `on`. */
const answering =
  (on: string, body: string | ((url: URL) => string), status = 200) =>
  (inner: Core): Core => ({
    async handle(request) {
      const url = new URL(request.url)
      if (!url.pathname.includes(on)) return inner.handle(request)
      return new Response(typeof body === 'string' ? body : body(url), { status })
    },
  })

describe('a browse of another make', () => {
  const accounts = (body: string | ((url: URL) => string), pageSize = 1000) => ({
    changes: { reads: only('glAccounts', { pageSize, columns: { code: 'a.code' } }) },
    before: answering('/browses', body),
  })

  test.each([
    ['a list without an envelope', '[{"a.code":"0100"}]'],
    ['nested rows', '{"data":[{"a":{"code":"0100"}}]}'],
    ['a byte-order mark', '\uFEFF{"data":[{"a.code":"0100"}]}'],
    ['an empty list of errors', '{"data":[{"a.code":"0100"}],"errors":[],"message":"OK"}'],
    ['fields that tell of no error', '{"data":[{"a.code":"0100"}],"error":null,"errors":{},"success":true}'],
    ['an error number of zero', '{"data":[{"a.code":"0100"}],"error":0}'],
    ['a boolean flag', '{"data":[{"a.code":"0100"}],"auxillaryData":{"HasMoreParams":false}}'],
  ])('is read: %s', async (_name, body) => {
    await withSite(accounts(body), async ({ ledger }) => {
      expect((await ledger.chart()).accounts).toMatchObject([{ code: '0100', active: true }])
    })
  })

  test.each([
    ['no list', '{"data":{}}', 'MLC-Q013'],
    ['no data', '{"rows":[]}', 'MLC-Q013'],
    ['a text', '"hello"', 'MLC-Q013'],
    ['rows that are no records', '{"data":[1]}', 'MLC-Q013'],
    ['a page that is not the login', '<html>maintenance</html>', 'MLC-Q013'],
    ['errors beside rows', '{"data":[{"a.code":"1"}],"errors":[{"message":"Partial"}]}', 'MLC-Q013'],
    ['a failed submitResult', '{"data":[{"a.code":"1"}],"submitResult":{"success":false}}', 'MLC-Q013'],
    ['no success at the top', '{"data":[],"success":false,"message":"Not your company"}', 'MLC-Q013'],
    ['no success, as text', '{"data":[{"a.code":"1"}],"success":"false"}', 'MLC-Q013'],
    ['one error in place of a list', '{"data":[],"errors":{"message":"No such view"}}', 'MLC-Q013'],
    ['an error as text', '{"data":[],"error":"Bad Gateway"}', 'MLC-Q013'],
    ['text after the JSON', '{"data":[{"a.code":"1"}]} trailing', 'MLC-Q503'],
    ['one key twice', '{"data":[{"a.code":"1","a.code":"2"}]}', 'MLC-Q503'],
  ])('is refused: %s', async (_name, body, code) => {
    await withSite(accounts(body), async ({ ledger }) => {
      expect((await failure(ledger.chart())).code).toBe(code)
    })
  })

  test('that caps its pages below our size loses nothing', async () => {
    const rows = (page: number) => [[1, 2], [3, 4], [5]][page - 1] ?? []
    const body = (url: URL) => {
      const page = Number(url.searchParams.get('page'))
      const list = rows(page).map((code) => `{"a.code":"${code}"}`)
      return `{"data":[${list.join(',')}],"auxillaryData":{"HasMoreParams":"${page < 3}"}}`
    }
    await withSite(accounts(body), async ({ ledger }) => {
      expect((await ledger.chart()).accounts?.map(({ code }) => code)).toEqual(['1', '2', '3', '4', '5'])
    })
  })

  describe('that says nothing of further pages', () => {
    const codes = Array.from({ length: 53 }, (_, at) => String(at + 1))
    type Give = (page: number, size: number) => readonly string[]
    const part = (page: number, size: number, most: number) => codes.slice((page - 1) * size, (page - 1) * size + most)

    test.each<[string, readonly string[], Give, number]>([
      ['caps its pages, and counts them by its cap', codes, (page) => part(page, 25, 25), 3],
      ['caps its pages, and counts them by the size asked for', codes, (page, size) => part(page, size, 25), 3],
      ['has as many rows as a cap would be', codes.slice(0, 20), (page) => (page === 1 ? codes.slice(0, 20) : []), 2],
      ['knows no pages', codes.slice(0, 20), () => codes.slice(0, 20), 2],
      ['has another number of rows', codes, (page) => (page === 1 ? codes : []), 2],
      ['caps its pages at another number', codes, (page) => part(page, 24, 24), 3],
    ])('and %s, is read whole', async (_name, whole, give, requests) => {
      let asked = 0
      const body = ({ pathname, searchParams }: URL) => {
        if (pathname.includes('totalCount')) return ''
        asked++
        const rows = give(Number(searchParams.get('page')), Number(searchParams.get('pageSize')))
        return `{"data":[${rows.map((code) => `{"a.code":"${code}"}`).join(',')}]}`
      }
      await withSite(accounts(body), async ({ ledger }) => {
        expect((await ledger.chart()).accounts?.map(({ code }) => code)).toEqual(whole)
      })
      expect(asked).toBe(requests)
    })
  })

  test.each([
    ['3', 3],
    ['{"data":3}', 3],
    ['{"totalCount":3}', 3],
    ['{"count":"3"}', 3],
    ['{"total":9}', null],
    ['[]', null],
    ['<html>', null],
    ['-1', null],
  ])('may count like %s', async (count, total) => {
    const body = (url: URL) => {
      if (url.pathname.includes('totalCount')) return count
      return url.searchParams.get('page') === '1' ? '{"data":[{"a.code":"1"},{"a.code":"2"}]}' : '{"data":[]}'
    }
    await withSite(accounts(body, 2), async ({ ledger }) => {
      if (total === null) expect((await ledger.chart()).accounts).toHaveLength(2)
      else expect((await failure(ledger.chart())).message).toContain(`2 rows were read, but its count says ${total}`)
    })
  })

  test('whose rows differ in their numbering only is still seen to repeat', async () => {
    const body = (url: URL) => {
      const page = url.searchParams.get('page') ?? ''
      return `{"data":[{"local_variables.BrowseRowOrderIndex":${page}1,"a.code":"1"},{"local_variables.BrowseRowOrderIndex":${page}2,"a.code":"2"}]}`
    }
    await withSite(accounts(body, 2), async ({ ledger }) => {
      expect((await failure(ledger.chart())).code).toBe('MLC-Q012')
    })
  })

  describe('whose rows are alike', () => {
    const row = (more: string, account = '1') => `{"b.account":"${account}","b.amount":1.10,"b.currency":"USD"${more}}`
    const id = (text: string) => `,"b.b_rowid":"${text}"`
    const columns = { account: 'b.account', amount: 'b.amount', currency: 'b.currency' }
    const read = async (pageSize: number, pages: readonly (readonly string[])[]) => {
      const reads = { balances: { browse: 'urn:browse:mfg:b', columns, pageSize } }
      const page = (url: URL) => pages[Number(url.searchParams.get('page')) - 1] ?? []
      const before = answering('/browses', (url) => `{"data":[${page(url).join(',')}]}`)
      return withSite({ changes: { reads }, before }, async ({ ledger }) => all(ledger.balances(PERIOD)))
    }

    test.each<[string, number, readonly (readonly string[])[]]>([
      ['without ids', 9, [[row(''), row('')]]],
      ['without ids, on two pages', 2, [[row('', '0'), row('')], [row('')]]],
      ['under ids of their own', 9, [[row(id('1')), row(id('2'))]]],
      ['under the id of something that many rows share', 9, [[row(id('1')), row(id('1'), '2'), row(id('1'))]]],
      ['under an empty id', 9, [[row(id('')), row(id(''))]]],
    ])('is read: %s', async (_name, pageSize, pages) => {
      expect(await read(pageSize, pages)).toHaveLength(pages.flat().length)
    })

    const [a, b, c] = [row(id('1')), row(id('2')), row(id('3'))]
    test.each<[string, number, readonly (readonly string[])[], string]>([
      ['a row twice', 9, [[a, b, a]], 'row 3 of page 1 is row 1 once more'],
      ['a row on the border of two pages', 2, [[a, b], [b, c], []], 'row 1 of page 2 is row 2 of page 1 once more'],
      ['a page twice', 1, [[row('', '1')], [row('', '2')], [row('', '2')]], 'page 3 is page 2 once more'],
    ])('is refused: %s', async (_name, pageSize, pages, said) => {
      const message = expect.stringContaining(said) as string
      expect(await failure(read(pageSize, pages))).toMatchObject({ code: 'MLC-Q012', message })
    })
  })

  test.each(['""', 'null', '" "'])(
    'whose currency is %s is refused, unless the read has one of its own',
    async (cell) => {
      const columns = { account: 'b.account', amount: 'b.amount', currency: 'b.currency' }
      const body = `{"data":[{"b.account":"1","b.amount":1.10,"b.currency":${cell}}]}`
      const read = { browse: 'urn:browse:mfg:b', columns }
      const balances = (changed: ReadOptions) =>
        withSite({ changes: { reads: { balances: changed } }, before: answering('/browses', body) }, ({ ledger }) =>
          all(ledger.balances(PERIOD)),
        )
      expect(await failure(balances(read))).toMatchObject({
        code: 'MLC-Q013',
        fix: expect.stringContaining('defaults') as string,
      })
      expect(await balances({ ...read, defaults: { currency: 'USD' } })).toMatchObject([{ currency: 'USD' }])
    },
  )

  test.each([
    ['year', '"","b.period":3'],
    ['period', '2026,"b.period":null'],
  ])('whose %s is empty is refused: a total or an opening balance would count as a movement', async (name, cells) => {
    const columns = { year: 'b.year', period: 'b.period', account: 'b.account', amount: 'b.amount' }
    const reads = { balances: { browse: 'urn:browse:mfg:b', columns, defaults: { currency: 'USD' } } }
    const body = `{"data":[{"b.account":"1","b.amount":1.10,"b.year":${cells}}]}`
    await withSite({ changes: { reads }, before: answering('/browses', body) }, async ({ ledger }) => {
      expect(await failure(all(ledger.balances(PERIOD)))).toMatchObject({
        code: 'MLC-Q013',
        message: expect.stringContaining(`${name} is empty`) as string,
      })
    })
  })

  test('an ISO-8859 answer is not guessed at', async () => {
    const before = (inner: Core): Core => ({
      async handle(request) {
        if (!request.url.includes('/browses')) return inner.handle(request)
        return new Response(Buffer.from('{"data":[{"a.code":"M\xfcnchen"}]}', 'latin1'))
      },
    })
    await withSite({ ...accounts(''), before }, async ({ ledger }) => {
      expect(await failure(ledger.chart())).toMatchObject({
        code: 'MLC-Q013',
        message: expect.stringContaining('UTF-8') as string,
      })
    })
  })
})

describe('a REST list of another make', () => {
  const centres = (body: string) => ({
    changes: { reads: only('costCentres', { filters: [['code', 'eq', '0120']] }) },
    before: answering('/costCenters', body),
  })

  test.each([
    ['under data', '{"data":{"costCenters":[{"code":"0120","description":"","isActive":true}]}}'],
    ['at the top', '{"costCenters":[{"code":"0120","description":"","isActive":"yes"}]}'],
    ['as a bare list', '[{"code":"0120","description":null,"isActive":"Y"}]'],
    ['unfiltered', '[{"code":"0120","description":"","isActive":1},{"code":"120","description":"","isActive":true}]'],
  ])('is read %s', async (_name, body) => {
    await withSite(centres(body), async ({ ledger }) => {
      expect((await ledger.chart()).costCentres).toEqual([{ code: '0120', description: '', active: true, type: null }])
    })
  })

  test('a period filter takes 3 and 03 for the same', async () => {
    const reads = {
      balances: {
        path: '/api/x',
        rows: 'data',
        columns: { account: 'a', amount: 'v' },
        defaults: { currency: 'USD' },
        filters: [
          ['p', 'eq', '{period}'],
          ['y', 'eq', '{year}'],
        ] as [string, string, string][],
      },
    }
    const body =
      '{"data":[{"a":"1","v":1.10,"p":"03","y":2026},{"a":"2","v":2,"p":4,"y":2026},{"a":"3","v":3,"y":2026}]}'
    await withSite({ changes: { reads }, before: answering('/api/x', body) }, async ({ ledger }) => {
      expect(await all(ledger.balances(PERIOD))).toEqual([
        { ...PERIOD, account: '1', costCentre: '', currency: 'USD', amount: '1.10', lastPosted: null },
        { ...PERIOD, account: '3', costCentre: '', currency: 'USD', amount: '3', lastPosted: null },
      ])
    })
  })
})

describe('an answer to a write of another make', () => {
  const writing = (body: string, status: number) => ({ before: answering('/api/bdoc', body, status) })

  test('a record in a batch answer that echoes only some is in doubt', async () => {
    const [first, second] = [reference(), reference({ costCentre: '0120' })]
    await withSite(writing(JSON.stringify([{ referenceId: first.key, oid: '0x1' }]), 200), async ({ ledger }) => {
      expect(await ledger.post([first, second])).toEqual([
        { status: 'posted', qadRef: '0x1' },
        { status: 'unknown', code: 'MLC-Q021', reason: expect.stringContaining('only 1 of the 2') as string },
      ])
    })
  })

  test('an error in a batch that names a record rejects that one', async () => {
    const [first, second] = [reference(), reference({ costCentre: '0120' })]
    const body = JSON.stringify({
      submitResult: {
        success: false,
        errors: [{ message: 'Locked', fieldName: 'referenceId', fieldValue: second.key }],
      },
    })
    await withSite({ ...writing(body, 200), changes: { reads: { ...READS, posted: null } } }, async ({ ledger }) => {
      expect((await ledger.post([first, second])).map(({ status }) => status)).toEqual(['unknown', 'rejected'])
    })
  })

  test.each([
    ['success: false', '"success":false,"message":"Account closed"'],
    ['an error of its own', '"error":{"message":"Account closed"}'],
    ['an error as text', '"error":"Account closed"'],
  ])('a failure in words that are not of QAD leaves the record in doubt, echo or not: %s', async (_name, said) => {
    for (const [status, body] of [
      [200, `{${said},"data":[{"referenceId":"${reference().key}"}]}`],
      [201, `{${said}}`],
    ] as const) {
      await withSite(writing(body, status), async (site) => {
        const reason = expect.stringContaining('Account closed') as string
        expect(await postOne(site)).toEqual({ status: 'unknown', code: 'MLC-Q021', reason })
      })
    }
  })

  test('what submitResult says of the save counts more than an error beside it', async () => {
    const body = `{"submitResult":{"success":true},"error":"The mail was not sent"}`
    await withSite(writing(body, 200), async (site) => {
      expect((await postOne(site)).status).toBe('posted')
    })
  })

  test('an echo in lower case of the same place is no other place', async () => {
    const body = JSON.stringify([
      { referenceId: reference().key.toLowerCase(), domainCode: '10usa', entityCode: '10usaco' },
    ])
    await withSite(writing(body, 201), async (site) => {
      expect(await postOne(site)).toEqual({ status: 'posted', qadRef: null })
    })
  })
})
