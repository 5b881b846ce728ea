/**
 * A process for the tests. `fill FOLDER`: appends until it fails, prints how often it did not. `hold FOLDER`: takes the
 * lock, prints `held`, keeps it until stdin ends. `write FOLDER`: appends without end, prints each number once it is
 * durable. `leave FOLDER`: takes the lock and simply ends. `work FOLDER N`: N times lock, one signed line, release.
 */
import { join } from 'node:path'
import { openJournal } from '../../src/audit/journal.js'
import { acquireLock } from '../../src/audit/lock.js'
import type { Clock } from '../../src/model/clock.js'
import { keyOf } from './signed.js'

const clock: Clock = {
  now: () => Date.parse('2026-03-10T06:15:07Z') + Math.floor(process.uptime() * 1000),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
}
const actor = { user: 'jdoe', host: 'fin-01', mlc: '0.1.0' }
const note = { event: 'note.added', run: null, job: null, key: null, data: { text: 'x'.repeat(100) } } as const
const [, , verb, folder = '', count = '0'] = process.argv

if (verb === 'fill') {
  const journal = await openJournal(folder, { clock, actor })
  let acknowledged = 0
  let code: unknown = null
  while (code === null) {
    try {
      await journal.append(note)
      acknowledged++
    } catch (error) {
      code = (error as { code: unknown }).code
    }
  }
  process.stdout.write(JSON.stringify({ acknowledged, code }))
}

if (verb === 'write') {
  const journal = await openJournal(folder, { clock, actor })
  for (;;) {
    await journal.append(note)
    process.stdout.write(`${journal.records}\n`)
  }
}

if (verb === 'hold' || verb === 'leave') {
  await acquireLock(folder, { clock, timeoutMs: 0, who: 'mlc sync --job plant-gl' })
  process.stdout.write('held\n')
  if (verb === 'hold') process.stdin.resume()
}

if (verb === 'work') {
  for (let n = 0; n < Number(count); n++) {
    const lock = await acquireLock(folder, { clock, timeoutMs: 30_000, who: 'mlc sync' })
    // In the first half of the work it is March, in the second April.
    const month = { ...clock, now: () => clock.now() + (n * 2 < Number(count) ? 0 : 30 * 86_400_000) }
    const journal = await openJournal(join(folder, 'audit'), { clock: month, actor, signer: keyOf(1) })
    await journal.append({ ...note, data: { pid: process.pid, n } })
    await journal.close()
    await lock.release()
  }
}
