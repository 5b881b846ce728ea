import { expect, test } from 'vitest'
import type { SourceSpec } from '../../src/looker/source.js'
import type { RowWorld } from '../../src/sandbox/looker/run.js'
import { explore, ledger, pull, start } from './harness.js'

const SORTED = { sorts: ['gl.net_amount desc', 'gl.account'] }
const REMARK = 'the rows come sorted by gl.account and not by gl.net_amount desc: pages follow the dimensions'

/** Paging, rows, world; which row comes first, and what is remarked. */
const cases: readonly (readonly [Partial<SourceSpec>, number, RowWorld, string, readonly string[]])[] = [
  // What fits one request comes as asked; pages by key cannot follow a measure.
  [{ ...SORTED, paging: 'auto' }, 137, 'stream', 'A0000136', []],
  [{ ...SORTED, paging: 'auto' }, 301, 'capped', 'A0000000', [REMARK]],
  [{ ...SORTED, paging: 'keyset' }, 13, 'stream', 'A0000000', [REMARK]],
  [{ ...SORTED, paging: 'offset' }, 301, 'offset', 'A0000300', []],
  [{ ...SORTED, paging: 'stream' }, 301, 'stream', 'A0000300', []],
  // The order of dimensions is the key's own.
  [{ sorts: ['gl.account desc'], paging: 'keyset' }, 13, 'stream', 'A0000012', []],
  [{ sorts: [], paging: 'keyset' }, 13, 'stream', 'A0000000', []],
  [{ sorts: ['__UNSORTED__'], paging: 'keyset' }, 13, 'stream', 'A0000000', []],
]

test.each(cases)(
  '%j of %i rows, world %s: the first is %s, remarks %j',
  async (asked, count, rowWorld, first, said) => {
    const world = { explores: [explore(ledger(count))] }
    const { looker } = await start({ world, pageSize: 100, sandbox: { rowWorld, rowCap: 100 } })
    const { rows, result } = await pull(looker, asked)
    expect(rows).toHaveLength(count)
    expect(rows[0]?.['gl.account']).toBe(first)
    expect(result.notes).toEqual(said)
  },
)
