import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoEnterprise } from '../../src/sandbox/company/company.js'
import type { ReconcileJson, SyncJson } from '../support/shapes.js'
import { world } from '../support/world.js'
import { EXAMPLES } from './readme.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

test(
  'the project for QXtend works as it stands: probed, posted once, found again, reconciled',
  { timeout: 120_000 },
  async () => {
    const w = await world({ qad: demoEnterprise() })
    cpSync(join(EXAMPLES, 'qxtend'), w.folder, { recursive: true })
    const env = { LOOKER_URL: w.servers.looker.url, QXTEND_URL: `${w.servers.qad.url}/qxi/services/QdocWebService` }
    const probe = await w.run(['qad', 'probe', '--json'], { env })
    expect({ code: probe.code, stderr: probe.stderr }).toMatchObject({ code: 0 })
    expect(w.qad.entries).toEqual([])
    const first = await w.run(SYNC, { env })
    expect({ code: first.code, stderr: first.stderr }).toMatchObject({ code: 0 })
    const [job] = first.json<SyncJson>().jobs
    expect(job?.records.every(({ status }) => status === 'posted')).toBe(true)
    expect(new Set(w.qad.entries.map(({ secondText }) => secondText))).toEqual(
      new Set(job?.records.map(({ key }) => `mlc:${key}`)),
    )
    const { length } = w.qad.entries
    const again = (await w.run(SYNC, { env })).json<SyncJson>()
    expect(again.jobs[0]?.push).toMatchObject({ created: 0, revised: 0, same: length })
    expect(w.qad.entries).toHaveLength(length)
    // Entries on a transient layer move no balance of the ledger.
    const compared = await w.run(['reconcile', '--job', 'plant-gl', '--period', '2026-07', '--json'], { env })
    expect(compared.json<ReconcileJson>().summary).toMatchObject({ equal: 8, within: 1, outside: 2 })
  },
)
