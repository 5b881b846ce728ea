import { join } from 'node:path'

/** Builds that are wrong on purpose: a harness that does not catch them proves nothing. */
export type Naive = 'no-sync' | 'no-intent' | 'no-look' | 'no-settle' | 'sends-again' | 'posts-unaudited'

/** How to start mlc with that fault built in: lines of the built program are replaced while mlc reads them. */
export function naive(fault: Naive): { node: readonly string[]; env: Readonly<Record<string, string>> } {
  return { node: ['--import', join(import.meta.dirname, 'naive.mjs')], env: { MLC_TEST_NAIVE: fault } }
}
