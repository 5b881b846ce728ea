import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { realDisk, type Disk } from '../../src/audit/disk.js'
import { openJournal, type FileJournal } from '../../src/audit/journal.js'
import { explainFault } from '../../src/model/fault.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { ACTOR, clockAt, entry, monthsIn, recordsIn, tempFolder } from './support.js'

type Call = keyof Disk

/** The real disk, except that the calls counted out fail (`error`), or write one byte and say so (`short`). */
function faultyDisk(fails: (index: number, call: Call) => NodeJS.ErrnoException | 'short' | null) {
  const calls: Call[] = []
  const disk = Object.fromEntries(
    Object.keys(CALLS).map((name) => {
      const call = name as Call
      const real = realDisk[call] as (...args: unknown[]) => unknown
      return [
        call,
        (...args: unknown[]) => {
          const fault = fails(calls.push(call) - 1, call)
          if (fault === 'short') return real(args[0], args[1], args[2], 1, args[4])
          if (fault && call === 'closeSync') real(...args)
          if (fault) throw fault
          return real(...args)
        },
      ]
    }),
  ) as unknown as Disk
  return { disk, calls }
}

const CALLS: Record<Call, true> = {
  openSync: true,
  readSync: true,
  writeSync: true,
  fdatasyncSync: true,
  fsyncSync: true,
  fstatSync: true,
  ftruncateSync: true,
  closeSync: true,
}

function errno(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}

/** Six appends over two months, two of them not durable; the data of those that were acknowledged. */
async function sixAppends(folder: string, disk: Disk): Promise<{ acknowledged: number[]; errors: unknown[] }> {
  const clock = clockAt('2026-03-31T00:00:00Z')
  const journal = await openJournal(folder, { clock, actor: ACTOR, disk })
  const [acknowledged, errors]: [number[], unknown[]] = [[], []]
  for (let n = 1; n <= 6; n++) {
    if (n === 4) clock.set('2026-04-01T00:00:00Z')
    const durable = n !== 2 && n !== 3
    await journal.append(entry({ data: { n } }), { durable }).then(
      () => acknowledged.push(n),
      (error: unknown) => errors.push(error),
    )
  }
  await journal.close().catch((error: unknown) => errors.push(error))
  return { acknowledged, errors }
}

test(
  'whichever system call fails, only whole lines stay, and each that was acknowledged as durable is there',
  { timeout: 300_000 },
  async () => {
    const clean = faultyDisk(() => null)
    await sixAppends(tempFolder(), clean.disk)
    expect(new Set(clean.calls)).toEqual(
      new Set(['openSync', 'fstatSync', 'fsyncSync', 'writeSync', 'fdatasyncSync', 'closeSync']),
    )
    for (const code of ['ENOSPC', 'EIO', 'EMFILE']) {
      for (const [index, call] of clean.calls.entries()) {
        const folder = tempFolder()
        const { acknowledged, errors } = await sixAppends(
          folder,
          faultyDisk((n) => (n === index ? errno(code) : null)).disk,
        )
        const place = `${code} in call ${index}, ${call}`
        if (call !== 'closeSync') expect(errors.length, place).toBeGreaterThan(0)
        expect(
          errors.every((error) => isA001(error, code)),
          `${place}: ${errors.join()}`,
        ).toBe(true)
        expect(await verifyAudit(folder), place).toMatchObject({ ok: true, torn: null })
        const written = recordsIn(folder).map(({ data }) => data['n'])
        // Lines whose sync failed are cut off: a crash would else tear them out of the middle of the chain.
        expect(written, place).toEqual(acknowledged.slice(0, written.length))
        const durable = acknowledged.filter((n) => n !== 2 && n !== 3)
        expect(
          durable.every((n) => written.includes(n)),
          place,
        ).toBe(true)
        await expect(sixAppends(folder, realDisk), place).resolves.toMatchObject({ errors: [] })
      }
    }
  },
)

function isA001(error: unknown, code: string): boolean {
  const reasons = [explainFault(errno(code)), 'an earlier write failed and could not be undone']
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'MLC-A001' &&
    reasons.some((r) => error.message.endsWith(r))
  )
}

test('a disk that takes one byte at a time gets the whole line', async () => {
  const folder = tempFolder()
  const { acknowledged } = await sixAppends(
    folder,
    faultyDisk((_, call) => (call === 'writeSync' ? 'short' : null)).disk,
  )
  expect(acknowledged).toEqual([1, 2, 3, 4, 5, 6])
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 6 })
})

test('half a line that cannot be cut off again closes the journal, and the next start sets it aside', async () => {
  const folder = tempFolder()
  let writes = 0
  const { disk } = faultyDisk((_, call) => {
    if (call === 'ftruncateSync') return errno('EIO')
    if (call !== 'writeSync') return null
    writes++
    return writes === 2 ? 'short' : writes === 3 ? errno('EIO') : null
  })
  const { acknowledged, errors } = await sixAppends(folder, disk)
  expect(acknowledged).toEqual([1])
  expect(
    errors
      .map(String)
      .slice(1)
      .every((text) => text.includes('could not be undone')),
  ).toBe(true)
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 1, torn: { line: 2, bytes: 1 } })
  await sixAppends(folder, realDisk)
  expect(recordsIn(folder)[1]?.event).toBe('audit.recovered')
})

test('half a line that was cut off again leaves the journal in use', async () => {
  const folder = tempFolder()
  let writes = 0
  const { disk } = faultyDisk((_, call) => {
    if (call !== 'writeSync') return null
    writes++
    return writes === 2 ? 'short' : writes === 3 ? errno('ENOSPC') : null
  })
  expect(await sixAppends(folder, disk)).toMatchObject({
    acknowledged: [1, 3, 4, 5, 6],
    errors: [{ code: 'MLC-A001' }],
  })
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 5, torn: null })
})

// The second sync belongs to the end of March, the third to the first line of April.
test.each([2, 3])(
  'a failed sync, the %i., closes the journal: what the system dropped, it will not say',
  async (nth) => {
    const folder = tempFolder()
    let syncs = 0
    const { disk } = faultyDisk((_, call) => (call === 'fdatasyncSync' && ++syncs === nth ? errno('EIO') : null))
    const { acknowledged } = await sixAppends(folder, disk)
    expect(acknowledged).toEqual([1, 2, 3])
  },
)

test('lines that may wait are synced by the next that may not, by flush and by close', async () => {
  const { disk, calls } = faultyDisk(() => null)
  const journal = await openJournal(tempFolder(), { clock: clockAt('2026-03-31T00:00:00Z'), actor: ACTOR, disk })
  const syncs = () => calls.filter((call) => call === 'fdatasyncSync').length
  const counted: number[] = []
  for (const step of [wait, wait, keep, wait, flush, flush, wait, close]) {
    await step(journal)
    counted.push(syncs())
  }
  expect(counted).toEqual([0, 0, 1, 1, 2, 2, 2, 3])
})

const wait = (journal: FileJournal) => journal.append(entry(), { durable: false })
const keep = (journal: FileJournal) => journal.append(entry())
const flush = (journal: FileJournal) => journal.flush()
const close = (journal: FileJournal) => journal.close()

test.each([
  ['deleted', (path: string) => fs.rmSync(path)],
  ['cut', (path: string) => fs.truncateSync(path, 10)],
  ['written by somebody else', (path: string) => fs.appendFileSync(path, 'x')],
])('a file that was %s under the writer stops it', async (_, change) => {
  const folder = tempFolder()
  const journal = await openJournal(folder, { clock: clockAt('2026-03-31T00:00:00Z'), actor: ACTOR })
  await journal.append(entry())
  change(join(folder, '2026-03.jsonl'))
  await expect(journal.append(entry())).rejects.toMatchObject({ code: 'MLC-A001' })
  await journal.close()
})

const canLimit = process.platform !== 'win32' && spawnSync('bash', ['-c', 'ulimit -f 8']).status === 0

test.skipIf(!canLimit)('a real limit on the size of files leaves every acknowledged line, whole', async () => {
  const folder = tempFolder()
  expect(await verifyAudit(folder)).toMatchObject({ records: 0 })
  const child = spawnSync('bash', ['-c', `ulimit -f 8; exec "$@"`, 'bash', ...fillCommand(folder)], {
    encoding: 'utf8',
  })
  await requireFull(folder, child.stdout)
})

test('a disk that is really full leaves every acknowledged line, whole', async ({ skip }) => {
  const folder = tempFolder()
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder])
  if (mount.status !== 0) skip('mounting is not allowed here')
  onTestFinished(() => void spawnSync('umount', [folder]))
  const child = spawnSync('bash', ['-c', `exec "$@"`, 'bash', ...fillCommand(folder)], { encoding: 'utf8' })
  await requireFull(folder, child.stdout)
})

function fillCommand(folder: string): string[] {
  return [process.execPath, '--import', 'tsx', new URL('child.ts', import.meta.url).pathname, 'fill', folder]
}

async function requireFull(folder: string, stdout: string): Promise<void> {
  const { acknowledged, code } = JSON.parse(stdout) as { acknowledged: number; code: string }
  expect(code).toBe('MLC-A001')
  expect(acknowledged).toBeGreaterThan(3)
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: acknowledged, torn: null })
  expect(monthsIn(folder)).toEqual(['2026-03.jsonl'])
}
