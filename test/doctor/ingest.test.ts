import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/load.js'
import { ingestChecks } from '../../src/doctor/ingest.js'
import { MlcError } from '../../src/errors.js'
import type { Job } from '../../src/model/job.js'
import { portsWith } from './ports.js'

function checksOf(ingest: string, delivery: string | null, fault: MlcError | null) {
  const { config } = parseConfig(`version: 1\ningest: ${ingest}\n`, {}, 'mlc.yaml')
  const jobs = [{ name: 'plant-gl', source: { delivery: delivery === null ? null : { mode: delivery } } }] as never
  const ports = portsWith({ ingestSecret: () => (fault === null ? Promise.resolve() : Promise.reject(fault)) })
  return ingestChecks({ config, path: 'mlc.yaml' } as never, jobs as readonly Job[], ports)
}

const UNSET = new MlcError('MLC-S030', 'MLC_INGEST_SECRET is not set')
const SHORT = new MlcError('MLC-S031', 'MLC_INGEST_SECRET is too short')
const HTTPS = 'publicUrl: https://mlc.acme.example'

test.each<[string, string, string | null, MlcError | null, string, RegExp]>([
  ['all is there', `{ ${HTTPS} }`, 'payload', null, 'ok', /is https/],
  ['no secret is set', `{ ${HTTPS} }`, 'payload', UNSET, 'warn', /not set: mlc listen would not start/],
  ['the secret is short', '{}', 'trigger', SHORT, 'warn', /too short/],
  ['there is no address', '{}', 'payload', null, 'warn', /publicUrl is not set/],
  ['the address is http', '{ publicUrl: "http://127.0.0.1:8787" }', null, null, 'warn', /would go openly/],
  ['all of the network may reach it', `{ ${HTTPS}, host: 0.0.0.0 }`, null, null, 'warn', /at 0\.0\.0\.0, which others/],
  ['only files are taken', '{}', 'payload', UNSET, 'ok', /mlc ingest takes files/],
])('of deliveries, where %s', async (_, ingest, delivery, fault, status, detail) => {
  const [check] = checksOf(ingest, delivery, fault)
  expect(await check?.run(() => null)).toMatchObject({ status, detail: expect.stringMatching(detail) as string })
})

test('nothing is said of deliveries where there are none', () => {
  expect(checksOf('{}', null, UNSET)).toEqual([])
})
