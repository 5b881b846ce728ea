import { statSync, chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { ErrorJson, PullJson } from '../support/shapes.js'
import { world } from '../support/world.js'

const PULL = ['pull', '--job', 'plant-gl', '--period', '2026-07', '--json']

/** The demo Looker with another filter and another field in Look 42. */
function changedLook() {
  const looker = demoLooker()
  return {
    ...looker,
    looks: looker.looks?.map((look) =>
      look.id === '42'
        ? { ...look, query: { ...look.query, filters: { ...look.query.filters, 'gl.account_code': '-9%' } } }
        : look,
    ),
  }
}

test('a Look that changed after it was pinned is refused, and what changed is said', async () => {
  const w = await world()
  chmodSync(join(w.folder, 'mlc.yaml'), 0o640)
  const before = w.read('mlc.yaml')
  const { run } = (await w.run(PULL)).json<PullJson>()
  const pinned = await w.run(['map', '--run', run ?? '', '--pin'])
  expect(pinned).toMatchObject({ code: 0 })
  expect(pinned.stderr).toContain('Pinned in mlc.yaml')
  const text = w.read('mlc.yaml')
  expect(text.match(/sha256:[0-9a-f]{64}/g)).toHaveLength(1)
  expect(text.length - before.length).toBeLessThan(110)
  expect(statSync(join(w.folder, 'mlc.yaml')).mode & 0o777).toBe(0o640)
  expect(await w.run(PULL)).toMatchObject({ code: 0 })
  expect((await w.run(['map', '--run', run ?? '', '--pin'])).stderr).toContain('Pinned already')
  const other = await world({ looker: changedLook() })
  w.write('mlc.yaml', text.replace(w.servers.looker.url, other.servers.looker.url))
  const refused = await w.run(PULL)
  expect(refused).toMatchObject({ code: 6 })
  expect(refused.json<ErrorJson>()).toMatchObject({ code: 'MLC-L026' })
  expect(refused.json<ErrorJson>().message).toContain('+ filter gl.account_code = -9%')
  expect(refused.json<ErrorJson>().message).not.toContain('field gl.net_amount')
})
