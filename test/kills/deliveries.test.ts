import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { besiege } from './deliveries.js'

/** A share of what `npm run test:kills` runs in full. */
test('killed under load, the endpoint loses nothing that it answered for, and keeps nothing by half', async () => {
  const besieged = besiege()
  try {
    for (const answers of [1, 60, 150]) await besieged.kill(answers)
    expect(besieged.accepted).toBeGreaterThanOrEqual(211)
    expect(await besieged.faults()).toEqual([])
    // What looks for it would find it.
    const spool = join(besieged.folder, 'state', 'ingest')
    const [segment = ''] = readdirSync(spool).filter((name) => name.endsWith('.seg'))
    truncateSync(join(spool, segment))
    expect((await besieged.faults()).join()).toMatch(/^LOST [0-9a-f]{64}/)
  } finally {
    besieged.close()
  }
})
