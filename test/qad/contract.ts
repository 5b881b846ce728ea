import { describe, expect, test } from 'vitest'
import { revisionKey, type Posted, type Reference } from '../../src/model/reference.js'
import type { Answer, Ledger } from '../../src/qad/ledger.js'
import { all, PERIOD, reference } from './site.js'

/** A way into QAD, with its books open. */
export interface Way {
  readonly ledger: Ledger
  /** Another adapter for the same QAD, as after a restart. */
  readonly again: () => Ledger
  /** Writes that reached QAD so far. */
  writes(): number
  /** The next write is taken and its answer lost; null: nothing can be lost on this way. */
  loseAnswer: (() => void) | null
  /** QAD refuses the next write; null: nobody is there to refuse it. */
  refuse: ((reference: Reference) => Reference) | null
}

/** What every way into QAD keeps, whatever is on the other side. */
export function ledgerContract(name: string, use: (test: (way: Way) => Promise<void>) => Promise<void>): void {
  const on = (what: string, act: (way: Way) => Promise<void>) => test(what, () => use(act))

  describe(`${name}: the contract of a ledger`, () => {
    on('what is posted is read back, to the digit and letter', async ({ ledger }) => {
      for (const sent of ODD) {
        expect(await one(ledger, sent)).toMatchObject({ status: 'posted' })
        expect(await held(ledger, sent.key)).toMatchObject([shown(sent)])
      }
    })

    on('several are answered in their order, one each', async ({ ledger }) => {
      const sent = ODD.slice(0, ledger.batchSize)
      expect((await ledger.post(sent)).map(({ status }) => status)).toEqual(sent.map(() => 'posted'))
      expect(await ledger.post([])).toEqual([])
    })

    on('revisions stand beside each other under their own keys', async ({ ledger }) => {
      const first = reference({ amount: '10.00' })
      const second = { ...first, key: revisionKey(first.key, 2), revision: 2, amount: '-2.50' }
      for (const sent of [first, second]) await one(ledger, sent)
      for (const sent of [first, second]) expect(await held(ledger, sent.key)).toMatchObject([shown(sent)])
    })

    on('a restarted mlc finds what was there', async ({ ledger, again }) => {
      const sent = reference()
      await one(ledger, sent)
      expect(await held(again(), sent.key)).toHaveLength(1)
    })

    on('another period shows none of it', async ({ ledger }) => {
      const sent = reference()
      await one(ledger, sent)
      const rows = await all(ledger.posted({ year: 2026, period: 4 }))
      expect(rows.filter(({ key, period }) => key === sent.key && period === 4)).toEqual([])
    })

    on('a post is one write, and an answer that is lost is unknown, not sent again', async (way) => {
      const sent = reference()
      way.loseAnswer?.()
      const answer = await one(way.ledger, sent)
      expect(answer.status).toBe(way.loseAnswer ? 'unknown' : 'posted')
      expect(way.writes()).toBe(1)
      expect(await held(way.ledger, sent.key)).toHaveLength(1)
    })

    on('what QAD refuses is rejected in its words, and is not there', async ({ ledger, refuse }) => {
      if (!refuse) return
      const sent = refuse(reference())
      expect(await one(ledger, sent)).toMatchObject({ status: 'rejected', code: 'MLC-Q020' })
      expect(await held(ledger, sent.key)).toEqual([])
    })

    on('it is ready, and asks nobody for a yes', async ({ ledger }) => {
      expect((await ledger.ready?.()) ?? { caution: null }).toEqual({ caution: null })
    })
  })
}

/** Amounts, codes and texts that a way may spoil. */
const ODD: readonly Reference[] = [
  reference({ measure: 'a', amount: '412880.15' }),
  reference({ measure: 'b', amount: '-0.01' }),
  reference({ measure: 'c', amount: '123456789012345.67' }),
  reference({ measure: 'd', amount: '-1234567890123.45' }),
  reference({ measure: 'e', account: '04010', costCentre: '0120' }),
  reference({ measure: 'f', description: 'R&D "net", <b>; it\'s 100%' }),
  reference({ measure: 'g', description: 'line 1\nline 2\ttab \\ back' }),
  reference({ measure: 'h', description: 'Zürich 東京 🙂' }),
  reference({ measure: 'i', description: '=1+1' }),
  reference({ measure: 'j', description: '{{amount}} ${x} {"a":1}' }),
]

async function one(ledger: Ledger, sent: Reference): Promise<Answer> {
  const [answer] = await ledger.post([sent])
  if (!answer) throw new Error('no answer')
  return answer
}

async function held(ledger: Ledger, key: string): Promise<readonly Posted[]> {
  const rows = (await all(ledger.posted(PERIOD))).filter((row) => row.key === key)
  return rows.map((row) => ({ ...row, amount: shortest(row.amount) }))
}

function shown({ key, account, costCentre, currency, year, period, amount }: Reference) {
  return { key, account, costCentre, currency, year, period, amount: shortest(amount) }
}

/** A database prints a decimal without trailing zeros. */
function shortest(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
}
