import { expect, test } from 'vitest'
import type { Delivery } from '../../src/ingest/read.js'
import { readNotes } from '../../src/ingest/notes.js'
import { openSpool } from '../../src/ingest/spool.js'
import { createWorker, type Verdict } from '../../src/ingest/worker.js'
import type { Clock } from '../../src/model/clock.js'
import { delivery, temporaryFolder } from '../support/endpoint.js'

type Kind = Verdict['kind']

/** A worker over a real spool, on a clock on which every wait is over at once; it is stopped when nothing is due any more. */
async function play(
  arrivals: readonly (readonly [job: string, number: number])[],
  verdictOn: (job: string, body: string, turn: number) => Kind,
  begins: Kind[] = ['taken'],
) {
  const stop = new AbortController()
  let now = Date.UTC(2026, 7, 3)
  const pauses: number[] = []
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      // The longest pause is that of a worker that has nothing to do.
      if (ms >= 15 * 60_000 && pauses.filter((one) => one === ms).length > 1) stop.abort()
      pauses.push(ms)
      now += ms
    },
  }
  const folder = temporaryFolder()
  const spool = await openSpool({ folder, clock, maxBytes: 1 << 20 })
  for (const [job, number] of arrivals) {
    const incoming = spool.draft(job, 1)
    await incoming.write(Buffer.from(delivery(number)))
    await incoming.accept()
  }
  const taken: string[] = []
  const said: string[] = []
  let busy = 0
  const numberOf = async (one: Delivery) => String(/"(\d+)\.15"/.exec((await spool.body(one)).toString())?.[1])
  const worker = createWorker({
    clock,
    spool,
    begin: async () => ({ kind: begins.shift() ?? 'taken', code: 'MLC-Q503', message: 'down' }),
    say: (line) => void said.push(line),
    take: async (one) => {
      expect(++busy).toBe(1)
      const body = await numberOf(one)
      taken.push(`${one.job} ${body}`)
      busy--
      return { kind: verdictOn(one.job, body, taken.length), run: 'R', code: 'MLC-X', message: 'why' }
    },
  })
  await worker.run(stop.signal)
  await spool.close()
  const { waits } = await readNotes(folder)
  return { taken, said, pauses, waits, waiting: spool.waiting().map(({ job }) => job) }
}

test('deliveries are taken one at a time, in the order in which they came', async () => {
  const { taken, waiting } = await play(
    [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ],
    () => 'taken',
  )
  expect([taken, waiting]).toEqual([['a 1', 'b 2', 'a 3'], []])
})

test('one that has to be tried again holds back only those of its job that came after it, with pauses that grow', async () => {
  const { taken, said, waiting } = await play(
    [
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ],
    (job, _body, turn) => (job === 'a' && turn < 7 ? 'again' : 'taken'),
  )
  expect(taken).toEqual(['a 1', 'b 3', 'a 1', 'a 1', 'a 1', 'a 1', 'a 1', 'a 2'])
  expect(said.map((line) => /again in (\d+) s/.exec(line)?.[1])).toEqual(['5', '10', '20', '40', '80'])
  expect(waiting).toEqual([])
})

test('the pauses end at a quarter of an hour, however long the other side is down', async () => {
  const { said, waiting } = await play([['a', 1]], (_job, _body, turn) => (turn > 12 ? 'stuck' : 'again'))
  expect(said.at(-2)).toContain('again in 900 s: MLC-X why')
  expect(waiting).toEqual(['a'])
})

test('one that only a person can help waits for the next start, and so do those behind it', async () => {
  const { taken, waiting, said, waits } = await play(
    [
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ],
    (job) => (job === 'a' ? 'stuck' : 'taken'),
  )
  expect(waits).toEqual({ a: { code: 'MLC-X', message: 'why', tries: 1, next: null } })
  expect(taken).toEqual(['a 1', 'b 3'])
  expect(waiting).toEqual(['a', 'a'])
  expect(said).toEqual(['a: the delivery waits until mlc listen is started again: MLC-X why'])
})

test('one that is refused stands in nobody’s way', async () => {
  const { taken, waiting } = await play(
    [
      ['a', 1],
      ['a', 2],
    ],
    (_job, body) => (body === '1' ? 'refused' : 'taken'),
  )
  expect([taken, waiting]).toEqual([['a 1', 'a 2'], []])
})

test('what is noted of a wait is gone when it is over, and is of this process alone', async () => {
  const healed = await play([['a', 1]], (_job, _body, turn) => (turn < 3 ? 'again' : 'taken'), ['again', 'taken'])
  expect([healed.taken.length, healed.waits]).toEqual([3, {}])
  const folder = temporaryFolder()
  const open = () => openSpool({ folder, clock: { now: () => 0, sleep: async () => undefined }, maxBytes: 1 << 20 })
  const first = await open()
  first.wait('a', { code: null, message: 'down', tries: 1, next: null })
  await first.close()
  expect((await readNotes(folder)).waits).toHaveProperty('a')
  await (await open()).close()
  expect(await readNotes(folder)).toEqual({ waits: {}, repeated: {} })
})

test('nothing is taken before what earlier runs left is finished, or cannot be by waiting', async () => {
  const again = await play([['a', 1]], () => 'taken', ['again', 'again', 'taken'])
  expect(again.said).toEqual([
    'what earlier runs left is tried again in 5 s: MLC-Q503 down',
    'what earlier runs left is tried again in 10 s: MLC-Q503 down',
  ])
  expect(again.pauses.slice(0, 2)).toEqual([5_000, 10_000])
  expect(again.taken).toEqual(['a 1'])
  expect((await play([['a', 1]], () => 'taken', ['stuck'])).taken).toEqual(['a 1'])
})
