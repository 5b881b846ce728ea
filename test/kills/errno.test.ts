import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FIGURES, SYNC } from './company.js'
import { DISK_FAULTS, faultPoints, judgeRun, playFault, postedKeys } from './errno.js'
import { findFaults } from './oracle.js'
import { share } from './share.js'
import { openStage, type Scene, type Stage } from './stage.js'
import { injecting, whyNoStrace } from './strace.js'

const FIRST: Scene = { name: 'first sync', figures: FIGURES }
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const healed = () => findFaults(FIGURES, stage.qad.books, join(stage.state, 'audit'))

const noStrace = whyNoStrace()
describe.skipIf(noStrace !== null)(`a call on the state folder fails (${noStrace ?? 'by strace'})`, () => {
  test('no post leaves without its intent on disk, the exit code is the contract’s, and the next run heals', async () => {
    const points = await faultPoints(FIRST, DISK_FAULTS, stage)
    const unhealed: string[] = []
    for (const point of share(points, 6)) {
      const { faults } = await playFault(point, stage)
      if (faults.length > 0) unhealed.push(`${point.name}: ${faults.join('; ')}`)
    }
    expect(unhealed).toEqual([])
  })

  test('a build that posts though the audit cannot be written is caught', async () => {
    stage.set({ ...FIRST, build: 'posts-unaudited' })
    const ran = await stage.start(SYNC, { through: injecting('pwrite64', 'error=ENOSPC', '12+') }).ended
    expect(judgeRun(ran, stage).join()).toContain('POSTED WITHOUT INTENT')
  })
})

test.each([1, 3, 8])(
  'files of at most %i KiB: nothing is posted without its intent, and the next run heals',
  async (kib) => {
    stage.set(FIRST)
    const ran = await stage.start(SYNC, { through: ['bash', '-c', `ulimit -f ${kib}; trap "" XFSZ; exec "$@"`, '_'] })
      .ended
    expect(judgeRun(ran, stage)).toEqual([])
    expect((await stage.start().ended).code).toBe(0)
    expect(await healed()).toEqual([])
  },
)

test.each([24, 30])('at most %i open files: the same', async (files) => {
  stage.set(FIRST)
  const ran = await stage.start(SYNC, { through: ['bash', '-c', `ulimit -n ${files}; exec "$@"`, '_'] }).ended
  expect(postedKeys(stage).length).toBeLessThanOrEqual(6)
  expect(ran.code).not.toBe(null)
  expect((await stage.start().ended).code).toBe(0)
  expect(await healed()).toEqual([])
})

test('a disk that takes seven bytes at a time loses none of them', async () => {
  stage.set(FIRST)
  const node = ['--import', join(import.meta.dirname, 'short-writes.mjs')]
  expect((await stage.start(SYNC, { node }).ended).code).toBe(0)
  expect(await healed()).toEqual([])
})

const noMount = whyNoMount()
describe.skipIf(noMount !== null)(`a small disk (${noMount ?? 'tmpfs'})`, () => {
  const disk = mkdtempSync(join(tmpdir(), 'mlc-disk-'))
  const mounted = (options: string, act: () => Promise<void>) => async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk])
    try {
      await act()
    } finally {
      execFileSync('umount', [disk])
    }
  }
  afterAll(() => rmSync(disk, { recursive: true, force: true }))

  test.each([16, 32])('of %i KiB that fills up', async (kib) => {
    await mounted(`size=${kib}k`, async () => {
      stage.set(FIRST)
      mkdirSync(join(disk, 'state'))
      const env = { MLC_STATE_DIR: join(disk, 'state') }
      const ran = await stage.start(SYNC, { env }).ended
      expect(judgeRun(ran, stage, join(disk, 'state'))).toEqual([])
      execFileSync('mount', ['-o', 'remount,size=4m', disk])
      expect((await stage.start(SYNC, { env }).ended).code).toBe(0)
      expect(await findFaults(FIGURES, stage.qad.books, join(disk, 'state', 'audit'))).toEqual([])
    })()
  })

  test('that is read-only: nothing is sent', async () => {
    await mounted('size=4m', async () => {
      stage.set(FIRST)
      mkdirSync(join(disk, 'state'))
      execFileSync('mount', ['-o', 'remount,ro', disk])
      const env = { MLC_STATE_DIR: join(disk, 'state') }
      expect((await stage.start(SYNC, { env }).ended).code).toBe(2)
      expect(stage.qad.requests).toEqual([])
    })()
  })
})

function whyNoMount(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return null
  } catch {
    return 'no right to mount a tmpfs'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
