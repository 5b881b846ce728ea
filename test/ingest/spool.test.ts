import { readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { NODE_FILES, type Files, type Handle } from '../../src/ingest/files.js'
import { readRefused, readSpool } from '../../src/ingest/read.js'
import { digestOf, encodeRecord, scanSegment } from '../../src/ingest/segment.js'
import { openSpool, type Spool, type SpoolOptions } from '../../src/ingest/spool.js'
import { delivery, endpoint, stillClock, temporaryFolder } from '../support/endpoint.js'

const opened: Spool[] = []

afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close()
})

const HOUR = 60 * 60_000

async function open(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await openSpool({ folder: temporaryFolder(), clock: stillClock(), maxBytes: 1 << 28, ...options })
  opened.push(spool)
  return spool
}

async function keep(spool: Spool, body: string, job = 'plant-gl') {
  const incoming = spool.draft(job, 1)
  try {
    for (let at = 0; at < body.length; at += 50) await incoming.write(Buffer.from(body.slice(at, at + 50)))
    return await incoming.accept()
  } catch (error) {
    await incoming.discard()
    throw error
  }
}

async function bodies(spool: Spool): Promise<string[]> {
  return Promise.all(spool.waiting().map(async (one) => (await spool.body(one)).toString()))
}

const KEPT = { id: 'X', job: 'other', at: 1, bytes: 0, secret: 1, isInline: true }
const TAKEN = { state: 'taken', at: '2026-08-03T06:00:00.000Z', run: 'R', code: null, message: null } as const
const REFUSED = { ...TAKEN, state: 'refused', code: 'MLC-I013', message: 'formatted' } as const

describe.each([
  ['small', 1 << 16],
  ['in files of their own', 10],
])('deliveries %s', (_name, inlineBytes) => {
  test('are there after a restart, in the order in which they came, and the settled ones are not', async () => {
    const folder = temporaryFolder()
    const before = await open({ folder, inlineBytes })
    for (let n = 0; n < 5; n++) await keep(before, delivery(n))
    await before.settle(before.waiting()[1]!, TAKEN)
    await before.settle(before.waiting()[2]!, REFUSED)
    // No close: the process was killed.
    const after = await open({ folder, inlineBytes })
    expect(await bodies(after)).toEqual([delivery(0), delivery(2), delivery(4)])
    expect(after.remarks).toEqual([])
    await keep(after, delivery(5))
    expect(await bodies(await open({ folder }))).toEqual([delivery(0), delivery(2), delivery(4), delivery(5)])
  })

  test('that were refused are kept with their reason', async () => {
    const folder = temporaryFolder()
    const spool = await open({ folder, inlineBytes })
    await keep(spool, delivery(1))
    await spool.settle(spool.waiting()[0]!, REFUSED)
    const [kept] = await readRefused(folder)
    expect(kept).toMatchObject({ job: 'plant-gl', code: 'MLC-I013', message: 'formatted' })
    expect(readFileSync(kept?.body ?? '', 'utf8')).toBe(delivery(1))
  })

  test('are readable by this user alone, whatever the umask', async () => {
    const folder = temporaryFolder()
    const umask = process.umask(0)
    try {
      const spool = await open({ folder, inlineBytes })
      await keep(spool, delivery(1))
      await keep(spool, delivery(2))
      await spool.settle(spool.waiting()[0]!, TAKEN)
      await spool.settle(spool.waiting()[0]!, REFUSED)
    } finally {
      process.umask(umask)
    }
    const modes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
      const found = statSync(join(folder, name))
      return [name, found.mode & 0o777, found.isDirectory() ? 0o700 : 0o600]
    })
    expect(modes.length).toBeGreaterThan(4)
    for (const [name, mode, expected] of modes) expect([name, mode]).toEqual([name, expected])
  })

  test('come to nothing on a disk that is full, and to themselves on one that writes a little at a time', async () => {
    const folder = temporaryFolder()
    const disk = failingDisk()
    const spool = await open({ folder, inlineBytes, files: disk.files })
    disk.set({ shortest: 7 })
    await keep(spool, delivery(1))
    for (const fault of ['write', 'datasync', 'sync', 'open'] as const) {
      disk.set({ fault, shortest: 7 })
      const isMet = fault !== 'sync' || inlineBytes === 10
      if (isMet && !(fault === 'open' && inlineBytes > 10))
        await expect(keep(spool, delivery(2)), fault).rejects.toMatchObject({ code: 'ENOSPC' })
    }
    disk.set({})
    await keep(spool, delivery(3))
    const kept = [delivery(1), ...(await bodies(spool)).slice(1, -1), delivery(3)]
    expect(await bodies(spool)).toEqual(kept)
    expect(await bodies(await open({ folder }))).toEqual(kept)
    expect(kept).toHaveLength(2)
    expect(readdirSync(join(folder, 'bodies'))).toHaveLength(inlineBytes === 10 ? 2 : 0)
  })
})

test('a thousand of one body at once are one delivery, and after a restart they still are', async () => {
  const folder = temporaryFolder()
  const first = await endpoint({ spool: { folder } })
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => first.post(delivery())))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(first.spool.waiting()).toHaveLength(1)
  await first.spool.settle(first.spool.waiting()[0]!, TAKEN)
  await first.stop()
  const second = await endpoint({ spool: { folder } })
  expect((await second.post(delivery())).status).toBe(200)
  expect(second.spool.waiting()).toEqual([])
  // The same body for another job is another delivery.
  expect((await second.post(delivery(), { job: 'ap' })).status).toBe(200)
  expect(second.spool.waiting()).toHaveLength(1)
})

test('the same body is news once Looker can no longer be repeating itself, also while the first waits: it may be of another month', async () => {
  const clock = stillClock()
  const spool = await open({ clock })
  await keep(spool, delivery(1))
  clock.move(HOUR)
  expect(await keep(spool, delivery(1))).toMatchObject({ isRepeated: false })
  await spool.settle(spool.waiting()[0]!, TAKEN)
  clock.move(HOUR)
  await spool.settle(spool.waiting()[0]!, TAKEN)
  expect(await keep(spool, delivery(1))).toMatchObject({ isRepeated: false })
  await spool.settle(spool.waiting()[0]!, TAKEN)
  clock.move(HOUR - 1)
  expect(await keep(spool, delivery(1))).toMatchObject({ isRepeated: true, isOvertaken: false })
  await keep(spool, delivery(2))
  expect(await keep(spool, delivery(1))).toMatchObject({ isRepeated: true, isOvertaken: true })
})

test('what was refused is news when it comes again, for what was wrong may be mended, unless another came in between', async () => {
  const folder = temporaryFolder()
  const spool = await open({ folder })
  const again = async (to: Spool, number: number) => (await keep(to, delivery(number))).isRepeated
  const refuse = async (from: Spool) => from.settle(from.waiting()[0]!, REFUSED)
  await keep(spool, delivery(1))
  expect(await again(spool, 1)).toBe(true)
  await refuse(spool)
  expect(await again(spool, 1)).toBe(false)
  expect(await again(spool, 1)).toBe(true)
  await refuse(spool)
  const restarted = await open({ folder })
  expect(await again(restarted, 1)).toBe(false)
  await refuse(restarted)
  await keep(restarted, delivery(2))
  expect(await keep(restarted, delivery(1))).toMatchObject({ isRepeated: true, isOvertaken: true })
})

test('of one body that is news again, a hundred at once are one delivery', async () => {
  const clock = stillClock()
  const spool = await open({ clock })
  await keep(spool, delivery(1))
  clock.move(HOUR)
  await Promise.all(Array.from({ length: 100 }, () => keep(spool, delivery(1))))
  expect(spool.waiting()).toHaveLength(2)
})

test('figures that go back to what they were are taken while those between still wait', async () => {
  const clock = stillClock()
  const spool = await open({ clock })
  await keep(spool, delivery(1))
  await keep(spool, delivery(2))
  clock.move(HOUR)
  expect(await keep(spool, delivery(1))).toMatchObject({ isRepeated: false })
  expect(await bodies(spool)).toEqual([delivery(1), delivery(2), delivery(1)])
})

test('whoever waits for a body that then cannot be written is not told that it was', async () => {
  const disk = failingDisk()
  const spool = await open({ files: disk.files })
  disk.set({ fault: 'write', times: 1 })
  const all = await Promise.allSettled([keep(spool, delivery(1)), keep(spool, delivery(1)), keep(spool, delivery(1))])
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(await bodies(spool)).toEqual([delivery(1)])
})

test('what comes while a sync is under way shares the next one', async () => {
  const disk = failingDisk()
  const spool = await open({ files: disk.files })
  await keep(spool, delivery(0))
  const before = disk.datasyncs()
  await Promise.all(Array.from({ length: 200 }, (_, n) => keep(spool, delivery(n + 1))))
  expect(disk.datasyncs() - before).toBeLessThan(20)
  expect(spool.waiting()).toHaveLength(201)
})

test('a segment cut at any byte gives every delivery before the cut, and says what it leaves', async () => {
  const folder = temporaryFolder()
  const spool = await open({ folder })
  const ends: number[] = []
  const segment = join(folder, '000000001.seg')
  for (let n = 0; n < 3; n++) {
    await keep(spool, delivery(n))
    ends.push(statSync(segment).size)
  }
  const whole = readFileSync(segment)
  for (let size = whole.length - 1; size >= 0; size--) {
    truncateSync(segment, size)
    const { deliveries, remarks } = await readSpool(folder)
    expect([size, deliveries.length]).toEqual([size, ends.filter((end) => end <= size).length])
    expect([size, remarks.length]).toEqual([size, size === 0 || ends.includes(size) ? 0 : 1])
  }
})

test('a byte that changed anywhere takes its own delivery and no other, and what is lost is said', async () => {
  const folder = temporaryFolder()
  const spool = await open({ folder })
  const segment = join(folder, '000000001.seg')
  // A body that holds what looks like a record is one body.
  const within = encodeRecord({ ...KEPT, digest: digestOf(Buffer.from('')) }, []).toString()
  const all = [delivery(0), `[\n${within}]`, delivery(2)]
  const ends = [0]
  for (const body of all) {
    await keep(spool, body)
    ends.push(statSync(segment).size)
  }
  const whole = readFileSync(segment)
  let unharmed = 0
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole)
    flipped[at]! ^= 0x55
    const { records, gaps, wholeBytes } = scanSegment(flipped)
    const hit = ends.findIndex((end) => at < end) - 1
    const left = records.map(({ kept, bodyAt }) => flipped.toString('utf8', bodyAt, bodyAt + kept.bytes))
    if (left.join() === all.join()) {
      unharmed++
      continue
    }
    // Of a line that cannot be read nobody knows how long its body is: what looks like a record there is not told from one.
    expect([at, left.filter((body) => body !== '')]).toEqual([at, all.filter((_, n) => n !== hit)])
    expect([at, gaps.length > 0, wholeBytes]).toEqual([at, hit < 2, ends[hit === 2 ? 2 : 3]])
  }
  // The name of the check itself.
  expect(unharmed).toBe('check'.length * all.length)
  whole[ends[1]! - 20]! ^= 1
  writeFileSync(segment, whole)
  const { deliveries, damage, remarks } = await readSpool(folder)
  expect(deliveries).toHaveLength(2)
  expect(damage).toMatchObject([{ place: '000000001.seg byte 0', words: remarks[0] }])
  expect(remarks[0]).toMatch(
    /1\.seg is damaged: \d+ bytes from byte 0 on cannot be read\. They held a delivery of plant-gl /,
  )
})

test('a damaged delivery that was settled before is no loss, and a body whose record may be damaged is not thrown away', async () => {
  const folder = temporaryFolder()
  const spool = await open({ folder, inlineBytes: 10 })
  for (let n = 0; n < 3; n++) await keep(spool, delivery(n))
  const segment = join(folder, '000000001.seg')
  const whole = readFileSync(segment)
  whole[20]! ^= 1
  writeFileSync(segment, whole)
  const after = await open({ folder })
  expect(await bodies(after)).toEqual([delivery(1), delivery(2)])
  expect(after.damage.map(({ place }) => place)).toEqual(['000000001.seg byte 0'])
  expect(readdirSync(join(folder, 'bodies'))).toHaveLength(3)
  expect(after.remarks.join()).toContain('may belong to what was damaged')

  const other = temporaryFolder()
  const second = await open({ folder: other })
  for (let n = 0; n < 2; n++) await keep(second, delivery(n))
  await second.settle(second.waiting()[0]!, TAKEN)
  const text = readFileSync(join(other, '000000001.seg'))
  text[text.indexOf('\n') + 5]! ^= 1
  writeFileSync(join(other, '000000001.seg'), text)
  expect((await readSpool(other)).damage).toEqual([])
  expect(await bodies(await open({ folder: other }))).toEqual([delivery(1)])
})

test('what nobody needs any more goes: segments that are settled, bodies that were never accepted', async () => {
  const folder = temporaryFolder()
  const clock = stillClock()
  const spool = await open({ folder, clock, segmentBytes: 100, inlineBytes: 10_000 })
  for (let n = 0; n < 4; n++) await keep(spool, delivery(n))
  const waiting = spool.waiting()
  for (const one of waiting.slice(0, 2)) await spool.settle(one, TAKEN)
  const segments = () => readdirSync(folder).filter((name) => /\.(seg|done)$/.test(name))
  expect(segments()).toHaveLength(6)
  clock.move(HOUR)
  await spool.settle(waiting[2]!, TAKEN)
  expect(segments()).toEqual(['000000004.seg'])
  writeFileSync(join(folder, 'bodies', 'never.body'), 'x')
  expect(await bodies(await open({ folder }))).toEqual([delivery(3)])
  expect(readdirSync(join(folder, 'bodies'))).toEqual([])
})

test('it holds as many bytes as it may, and room comes back', async () => {
  const clock = stillClock()
  const spool = await open({ clock, maxBytes: 1_250, inlineBytes: 10 })
  await keep(spool, delivery(1))
  await expect(keep(spool, `${delivery(2)}${' '.repeat(1_000)}`)).rejects.toThrow('may hold 1250')
  await keep(spool, delivery(2))
  await spool.settle(spool.waiting()[0]!, TAKEN)
  await expect(keep(spool, delivery(3))).resolves.toMatchObject({ isRepeated: false })
})

test.each([
  ['inline', 1 << 16],
  ['in files of their own', 10],
])(
  'what is refused leaves others room, however large and often, %s: the oldest of it goes',
  async (_name, inlineBytes) => {
    const folder = temporaryFolder()
    const clock = stillClock()
    const spool = await open({ folder, clock, maxBytes: 20_000, inlineBytes, segmentBytes: 1 })
    const large = (number: number) => `${delivery(number)}${' '.repeat(3_000)}`
    for (let number = 0; number < 20; number++) {
      await keep(spool, large(number))
      await spool.settle(spool.waiting()[0]!, REFUSED)
      clock.move(HOUR)
    }
    const kept = await readRefused(folder)
    expect(kept.map(({ body }) => readFileSync(body, 'utf8'))).toEqual([17, 18, 19].map(large))
    expect(readdirSync(join(folder, 'refused'))).toHaveLength(6)
  },
)

interface DiskState {
  readonly fault?: 'write' | 'datasync' | 'sync' | 'open'
  /** How often; absent: always. */
  readonly times?: number
  /** Bytes that a write takes at most. */
  readonly shortest?: number
}

/** A disk whose calls fail as it is told. */
function failingDisk() {
  let state: DiskState = {}
  let [failed, datasyncs] = [0, 0]
  const check = (name: DiskState['fault']) => {
    if (state.fault !== name || failed >= (state.times ?? Infinity)) return
    failed++
    throw Object.assign(new Error('full'), { code: 'ENOSPC' })
  }
  const files: Files = {
    rename: (from, to) => NODE_FILES.rename(from, to),
    open: async (path, flags, mode) => {
      check('open')
      const file = await NODE_FILES.open(path, flags, mode)
      const handle: Handle = {
        chmod: (to) => file.chmod(to),
        close: () => file.close(),
        truncate: (size) => file.truncate(size),
        sync: async () => (check('sync'), file.sync()),
        datasync: async () => (check('datasync'), datasyncs++, file.datasync()),
        write: async (bytes, offset, length, position) => {
          check('write')
          return file.write(bytes, offset, Math.min(length, state.shortest ?? Infinity), position)
        },
      }
      return handle
    },
  }
  return {
    files,
    set: (next: DiskState) => {
      failed = 0
      state = next
    },
    datasyncs: () => datasyncs,
  }
}
