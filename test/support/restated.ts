import { demoLooker } from '../../src/sandbox/company/company.js'
import type { LookerWorld } from '../../src/sandbox/looker/world.js'
import type { World } from './world.js'

/** Every reference in QAD once, at the amount of its newest revision. */
export function amounts(w: World): Map<string, string> {
  const newest = new Map<string, { revision: number; amount: string }>()
  for (const { key, amount } of w.qad.books) {
    const [base = '', suffix] = key.split('-R')
    const revision = Number(suffix ?? 1)
    if (newest.get(base)?.revision === revision) throw new Error(`${key} stands twice`)
    if (revision > (newest.get(base)?.revision ?? 0)) newest.set(base, { revision, amount })
  }
  return new Map([...newest].map(([base, { amount }]) => [base, amount]))
}

/** The demo Looker with one amount of July changed. */
export function restated(from: string, to: string): LookerWorld {
  const looker = demoLooker()
  const change = (text: string) => (text === from ? to : text)
  return {
    ...looker,
    explores: looker.explores.map((explore) => {
      const rows = typeof explore.rows === 'function' ? [...explore.rows()] : explore.rows
      return {
        ...explore,
        rows: rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, cell]) => [
              name,
              cell !== null && typeof cell === 'object' ? { n: change(cell.n) } : cell,
            ]),
          ),
        ),
      }
    }),
  }
}
