import { describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/sandbox/qad/sandbox.js'
import { all, failure } from '../site.js'
import { JULY, READS, USER, withEnterprise, type EnterpriseSpec } from './site.js'

const ASK = 'queryZzTold'

test('masters are read in one question, with codes as QAD spells them', async () => {
  await withEnterprise({}, async ({ ledger, sandbox }) => {
    const { accounts, costCentres, periods } = await ledger.chart()
    expect(accounts?.find(({ code }) => code === '05090')).toMatchObject({ active: false, type: 'STANDARD' })
    expect(costCentres?.find(({ code }) => code === 'OLD-R&D')?.description).toBe('RESEARCH (CLOSED 2025)')
    expect(periods?.filter(({ open }) => open).map(({ period }) => period)).toEqual([7, 8])
    expect(sandbox.requests).toHaveLength(1)
  })
})

test('balances are those of the period and of the official layer', async () => {
  await withEnterprise({}, async ({ ledger }) => {
    const found = await all(ledger.balances(JULY))
    expect(found.length).toBeGreaterThan(5)
    expect(found.filter(({ amount }) => amount === '999999.99')).toEqual([])
  })
})

describe('a read that fails for the moment is asked again', () => {
  test.each<[string, Fault]>([
    ['an answer that breaks off', { is: 'truncated' }],
    ['a connection that is cut', { is: 'cut' }],
    ['a connection that dies', { is: 'reset' }],
    ['a server that is down', { is: 'gateway', status: 503 }],
    ['no free agent', { is: 'soapFault', code: 'Server', words: 'No agent available' }],
    ['a session that did not start', { is: 'exception', words: 'ProcessException001' }],
    ['a timeout inside QXtend', { is: 'exception', words: 'ProcessException009' }],
    ['throttling', { is: 'throttled' }],
  ])('%s', async (_, fault) => {
    await withEnterprise({}, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault, on: ASK, times: 2 })
      expect((await all(ledger.balances(JULY))).length).toBeGreaterThan(5)
      expect(sandbox.requests).toHaveLength(3)
    })
  })
})

describe('a read that means something else stops with a code, and is not asked again', () => {
  const gone = { posted: { ...READS.posted, rows: 'dsOther.ttZzTie' } }
  test.each<[string, EnterpriseSpec, Fault | null, string]>([
    ['a fault of the document', {}, { is: 'soapFault', code: 'Client', words: 'schema' }, 'MLC-Q013'],
    ['an error in its words', {}, { is: 'exception', words: 'Query failed' }, 'MLC-Q013'],
    ['a login page', {}, { is: 'loginPage' }, 'MLC-Q013'],
    ['another path', {}, { is: 'notFound' }, 'MLC-Q005'],
    ['a refused right', {}, { is: 'forbidden' }, 'MLC-Q006'],
    ['a wrong password', { user: { ...USER, password: 'wrong' } }, null, 'MLC-Q004'],
    ['no such receiver', { receiver: { receiver: 'nowhere' } }, null, 'MLC-Q013'],
    ['no such company', { changes: { domain: '99' } }, null, 'MLC-Q013'],
    ['no such data set', { changes: { reads: gone } }, null, 'MLC-Q013'],
    ['no query QDoc', { query: null }, null, 'MLC-Q016'],
  ])('%s', async (_, spec, fault, code) => {
    await withEnterprise(spec, async ({ ledger, sandbox }) => {
      if (fault) sandbox.fault({ fault, on: ASK, times: Infinity })
      expect((await failure(all(ledger.posted(JULY)))).code).toBe(code)
      expect(sandbox.requests.length).toBeLessThanOrEqual(1)
    })
  })
})

test('a success with an error beside it is no whole answer', async () => {
  const error =
    '<dsExceptions><temp_err_msg><tt_msg_desc>ZZ-7 not your entity</tt_msg_desc><tt_msg_sev>ERROR</tt_msg_sev></temp_err_msg></dsExceptions>'
  const before: EnterpriseSpec['before'] = (inner) => ({
    async handle(request) {
      const reply = await inner.handle(request)
      if (!(reply instanceof Response)) return reply
      const text = (await reply.text()).replace(/(<[\w:]*result>success<\/[\w:]*result>)/, `$1${error}`)
      return new Response(text, { status: reply.status, headers: reply.headers })
    },
  })
  await withEnterprise({ before }, async ({ ledger }) => {
    const message = expect.stringContaining('ZZ-7 not your entity') as string
    expect(await failure(all(ledger.balances(JULY)))).toMatchObject({ code: 'MLC-Q013', message })
  })
})

describe('a filter, which mlc applies by itself', () => {
  const balances = (filters: [string, string, string][]) => ({
    changes: { reads: { ...READS, balances: { ...READS.balances, filters } } },
  })

  test('on a column that no row has is refused: it would leave nothing out', async () => {
    await withEnterprise(balances([['zz_lair', 'eq', 'OFFICIAL']]), async ({ ledger }) => {
      const message = expect.stringContaining('no row has the column zz_lair') as string
      expect(await failure(all(ledger.balances(JULY)))).toMatchObject({ code: 'MLC-Q011', message })
    })
  })

  test('leaves out a row whose column is not there, being empty', async () => {
    const before: EnterpriseSpec['before'] = (inner) => ({
      async handle(request) {
        const reply = await inner.handle(request)
        if (!(reply instanceof Response)) return reply
        const text = (await reply.text()).replace(/<([\w:]*zz_layer)>(?!OFFICIAL)[^<]*<\/\1>/g, '')
        return new Response(text, { status: reply.status, headers: reply.headers })
      },
    })
    await withEnterprise({ ...balances([['zz_layer', 'eq', 'OFFICIAL']]), before }, async ({ ledger }) => {
      const found = await all(ledger.balances(JULY))
      expect(found.length).toBeGreaterThan(5)
      expect(found.filter(({ amount }) => amount === '999999.99')).toEqual([])
    })
  })
})

test('an empty master is never believed', async () => {
  await withEnterprise({}, async ({ ledger, sandbox }) => {
    sandbox.fault({ fault: { is: 'emptyBrowse' }, on: ASK, times: Infinity })
    expect((await failure(ledger.chart())).code).toBe('MLC-Q010')
  })
})
