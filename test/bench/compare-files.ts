import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { createBooks, type Figures } from '../../src/reconcile/compare/books.js'
import { compareBooks } from '../../src/reconcile/compare/compare.js'
import { openOverflow } from '../../src/terminal/export/hidden.js'

// Two files of lines `account,centre,currency,amount` against each other, as mlc compares them and by a plain Map of texts.
// Arguments: `mlc` or `map`, figures, balances. A line of JSON: what was found, and what it cost.
const [mode = '', figuresFile = '', balancesFile = ''] = process.argv.slice(2)
const began = performance.now()
const counts = mode === 'mlc' ? byMlc() : byMap()
const wallMs = performance.now() - began
const peakMiB = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
process.stdout.write(`${JSON.stringify({ counts, wallMs, peakMiB })}\n`)

function byMlc() {
  const books = createBooks({ openOverflow })
  const figures: Figures = books.figures()
  const balances = books.balances()
  const of = { kind: 'mapped', lookerAccount: null, lookerCostCentre: null, further: null } as const
  for (const [account, costCentre, currency, amount] of lines(figuresFile))
    figures.add({ account, costCentre, currency, amount, ...of })
  for (const [account, costCentre, currency, amount] of lines(balancesFile))
    balances.add({ account, costCentre, currency, amount })
  const { counts } = compareBooks({
    ...{ books, figures: [figures], balances: [balances], measure: 'net', level: 'both', overrides: [], openOverflow },
    tolerance: { absolute: '0', percent: '0', mode: 'or' },
    rounding: { scale: 2, mode: 'half-even' },
    keyOf: () => '',
  })
  return [counts.equal, counts.outside, counts.onlyLooker, counts.onlyLedger]
}

function byMap() {
  const looker = new Map<string, string>()
  for (const [account, costCentre, currency, amount] of lines(figuresFile))
    looker.set(`${account}|${costCentre}|${currency}`, amount)
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  for (const [account, costCentre, currency, amount] of lines(balancesFile)) {
    const key = `${account}|${costCentre}|${currency}`
    const found = looker.get(key)
    if (found === undefined) counts[3]++
    else counts[found === amount ? 0 : 1]++
    looker.delete(key)
  }
  counts[2] = looker.size
  return counts
}

function* lines(file: string): Generator<[string, string, string, string]> {
  const fd = openSync(file, 'r')
  const block = Buffer.allocUnsafe(1 << 20)
  let carried = ''
  for (;;) {
    const count = readSync(fd, block, 0, block.length, null)
    if (count === 0) break
    const text = carried + block.toString('latin1', 0, count)
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const first = text.indexOf(',', from)
      const second = text.indexOf(',', first + 1)
      const third = text.indexOf(',', second + 1)
      yield [
        text.slice(from, first),
        text.slice(first + 1, second),
        text.slice(second + 1, third),
        text.slice(third + 1, end),
      ]
      from = end + 1
    }
    carried = text.slice(from)
  }
  closeSync(fd)
}
