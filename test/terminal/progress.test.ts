import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createProgress } from '../../src/terminal/progress.js'

/** A terminal of that many columns, and what was written to it. */
function terminal(columns: number) {
  let written = ''
  const stream = new Writable({ write: (chunk, _encoding, done) => ((written += String(chunk)), done()) })
  const moves = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true }
  return { stream: Object.assign(stream, { columns, isTTY: true, ...moves }), written: () => written }
}

const oraIsLoaded = () => import('ora').then(() => new Promise((resolve) => setImmediate(resolve)))

test('a spinner is drawn where it fits, with the newest words, and taken away', async () => {
  const { stream, written } = terminal(80)
  const shown = createProgress(stream, true, false).show('reading')
  shown.update('reading rows')
  await oraIsLoaded()
  expect(written()).toContain('reading rows')
  const before = written().length
  shown.stop()
  expect(written().slice(before)).not.toContain('reading')
})

test('on a pseudo-terminal without a size nothing is drawn: taking it away would never end', async () => {
  const { stream, written } = terminal(0)
  createProgress(stream, true, false).show('reading')
  await oraIsLoaded()
  expect(written()).toBe('')
})
