import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownTemporaryFolder } from '../leaks/watch.js'
import { startMlc } from '../support/process.js'
import type { ErrorJson, SyncJson } from '../support/shapes.js'
import { until } from '../support/until.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const NO_STORE = { MLC_STORE: 'none' }

/** A pipe that nobody writes to, in the place of a file. */
function pipeAt(w: World, path: string): void {
  rmSync(join(w.folder, path), { force: true })
  execFileSync('mkfifo', [join(w.folder, path)])
}

function errorOf(ran: { json<T>(): T }): ErrorJson | undefined {
  const json = ran.json<ErrorJson & SyncJson>()
  return json.schema === 'mlc/error/1' ? json : json.jobs[0]?.error
}

describe.skipIf(process.platform === 'win32')('a pipe that nobody writes to', () => {
  const places: readonly [string, string, readonly string[], Record<string, string>, number, string][] = [
    ['a credential', 'pw', [...SYNC, '--timeout', '2'], { MLC_QAD_PASSWORD_FILE: 'pw' }, 75, 'MLC-C030'],
    ['mlc.yaml that is named', 'mlc.yaml', [...SYNC, '--timeout', '2', '--config', 'mlc.yaml'], {}, 75, 'MLC-C030'],
    ['a map file', 'maps/accounts.csv', SYNC, {}, 2, 'MLC-C011'],
    ['a CA file', 'ca.pem', SYNC, {}, 2, 'MLC-C011'],
    ['a query', 'q.json', ['pull', '--query', 'q.json', '--json'], {}, 2, 'MLC-C011'],
    ['the key of the audit', 'key', SYNC, { MLC_AUDIT_KEY_FILE: 'key' }, 2, 'MLC-A006'],
    ['an anchor', 'notes', ['audit', 'verify', '--anchor', 'notes', '--json'], {}, 2, 'MLC-C006'],
  ]

  // Each waits for up to ten seconds: they do so together.
  test('in the place of any file ends the run by itself', async () => {
    const ends = places.map(async ([what, path, args, env]) => {
      const w = await world()
      if (path === 'ca.pem') w.editConfig(...CA_FILE)
      pipeAt(w, path)
      const ran = await w.run(args, { env: { ...NO_STORE, ...env } })
      return { what, code: ran.code, error: errorOf(ran)?.code, posted: w.qad.books.length }
    })
    expect(await Promise.all(ends)).toEqual(
      places.map(([what, , , , code, error]) => ({ what, code, error, posted: 0 })),
    )
  })

  test('gives way to SIGTERM', async () => {
    const w = await world()
    pipeAt(w, 'pw')
    const started = w.start(SYNC, { env: { ...NO_STORE, MLC_LOOKER_CLIENT_SECRET_FILE: 'pw' } })
    const writer = await writerOf(join(w.folder, 'pw'))
    started.kill('SIGTERM')
    const ran = await started.ended
    closeSync(writer)
    expect([ran.code, errorOf(ran)?.code]).toEqual([143, 'MLC-C032'])
  })
})

/** The end of a pipe that is written to: it opens only once somebody reads. */
async function writerOf(pipe: string): Promise<number> {
  let writer: number | null = null
  const opens = () => {
    try {
      writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
      return true
    } catch {
      return false
    }
  }
  await until(opens)
  return writer ?? -1
}

const CA_FILE = [['minGapMs: 0', 'minGapMs: 0, caFile: ca.pem']] as const

describe.skipIf(process.platform === 'win32')('what a shell gives through a pipe', () => {
  const substituted = (text: string) => ['bash', '-c', text, '_']

  test.each<[string, readonly string[]]>([
    ['sync', SYNC],
    ['doctor, which looks at it twice', ['doctor', '--json']],
  ])('is a credential like any other for %s', async (_what, args) => {
    const w = await world()
    w.write('password', w.env['MLC_QAD_PASSWORD'] ?? '')
    const through = substituted('MLC_QAD_PASSWORD_FILE=<(sleep 0.3; cat password) exec "$@"')
    const ran = await w.run(args, { env: { ...NO_STORE, MLC_QAD_PASSWORD: undefined }, through })
    expect([ran.code, ran.stdout]).toEqual([0, expect.not.stringContaining('MLC-S')])
  })

  test('is a mlc.yaml as well', async () => {
    const w = await world()
    const through = substituted('MLC_CONFIG=<(cat mlc.yaml) exec "$@"')
    const ran = await w.run(['config', 'show'], { through })
    expect(ran.code).toBe(0)
  })
})

describe.skipIf(!existsSync('/dev/full'))('what stdout does not take', () => {
  const into = (place: string) => ['bash', '-c', `exec "$@" ${place}`, '_']
  const full = { through: into('> /dev/full'), env: { MLC_STATE_DIR: join(ownTemporaryFolder(), 'state') } }

  test.each<[args: readonly string[], exit: number, alsoSaid: string]>([
    [['--version'], 2, ''],
    [['--help'], 2, ''],
    [['config', 'schema'], 2, ''],
    [['audit', 'verify', '--json'], 2, ''],
    [['audit', 'show', '--event', 'lunch', '--json'], 2, '--event is "lunch"'],
  ])('of mlc %j is no success, and is told where it can be', async (args, exit, alsoSaid) => {
    const { code, stderr } = await startMlc(args, full).ended
    expect(code).toBe(exit)
    expect(stderr).toMatch(/^x MLC-C006 stdout cannot be written: no space left on the disk$/m)
    expect(stderr.match(/stdout cannot be written/g)).toHaveLength(1)
    expect(stderr).toContain(alsoSaid)
    expect(stderr).not.toMatch(/ENOSPC|node:/)
  })

  test.each([[['--version']], [['--help']]])('because its reader has gone is no fault: mlc %j', async (args) => {
    const through = ['bash', '-c', 'set -o pipefail; "$@" | true', '_']
    expect(await startMlc(args, { through }).ended).toMatchObject({ code: 0, stderr: '' })
  })
})
