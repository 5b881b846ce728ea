import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { restated } from '../support/restated.js'
import type { SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const jobOf = (ran: { json<T>(): T }) => ran.json<SyncJson>().jobs[0]
const outbox = ({ folder }: World) => readdirSync(join(folder, 'outbox')).filter((name) => !name.startsWith('.'))

function useFiles(w: World, format: 'csv' | 'xml', kind: 'adaptive' | 'file' = 'adaptive'): void {
  const text = w.read('mlc.yaml')
  const write = `  write: { target: file, dir: outbox, format: ${format}, settleSeconds: 1 }\n`
  const cut = `${text.slice(0, text.indexOf('  write:'))}${write}${text.slice(text.indexOf('  limits:'))}`
  const site = `  kind: file\n  domain: 10USA\n  entity: 10USACO\n${write}`
  const offline = `${text.slice(0, text.indexOf('  kind: adaptive'))}${site}${text.slice(text.indexOf('  limits:'))}`
  w.write('mlc.yaml', kind === 'file' ? offline : cut)
}

test.each(['csv', 'xml'] as const)(
  'a sync into files (%s): one file a run, nothing twice, a restatement is a new file',
  async (format) => {
    const w = await world()
    useFiles(w, format)
    const first = await w.run(SYNC)
    expect(first).toMatchObject({ code: 0 })
    expect(jobOf(first)?.push).toMatchObject({ created: 24, failed: 0 })
    const [name = ''] = outbox(w)
    expect(outbox(w)).toHaveLength(1)
    expect(readFileSync(join(w.folder, 'outbox', name), 'utf8').match(/MLC[0-9A-Z]{26}/g)).toHaveLength(24)
    const again = await w.run(SYNC)
    expect(again).toMatchObject({ code: 0 })
    expect(jobOf(again)?.push).toMatchObject({ created: 0, same: 24 })
    expect(outbox(w)).toEqual([name])
    const other = await world({ looker: restated('88215.40', '88000.00') })
    w.editConfig([w.servers.looker.url, other.servers.looker.url])
    const changed = await w.run(SYNC)
    expect(changed).toMatchObject({ code: 0 })
    expect(jobOf(changed)?.push).toMatchObject({ created: 0, revised: 1, same: 23 })
    expect(outbox(w)).toHaveLength(2)
    expect(w.qad.books).toEqual([])
    expect((await w.run(['audit', 'verify'])).code).toBe(0)
  },
)

test('kind file: without any QAD the files are written, and it is said that nothing was checked', async () => {
  const w = await world()
  useFiles(w, 'csv', 'file')
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).toContain('are NOT checked')
  expect(jobOf(ran)?.push).toMatchObject({ created: 24 })
  expect(w.qad.requests).toEqual([])
  expect(jobOf(await w.run(SYNC))?.push).toMatchObject({ created: 0, same: 24 })
  expect(outbox(w)).toHaveLength(1)
  const told = (await w.run(['doctor', '--only', 'qad', '--only', 'secrets.qad'])).stdout
  expect(told).toContain('qad.kind is file')
  expect(told).not.toContain('no section')
  expect((await w.run(['audit', 'verify', '--qad'])).stderr).toContain('names no QAD that could be asked')
})
