import { spawnSync } from 'node:child_process'
import { parseCron } from '../../src/schedule/cron.js'
import type { Place, ScheduledRun } from '../../src/schedule/run.js'

const CREDENTIALS: Place['credentials'] = [
  { variable: 'MLC_LOOKER_CLIENT_ID', file: null, value: 'q4Zk' },
  { variable: 'MLC_LOOKER_CLIENT_SECRET', file: '/etc/mlc/looker-secret', value: null },
  { variable: 'MLC_QAD_PASSWORD', file: null, value: null },
]

/** A server with everything in its usual place. */
export const PLACE: Place = {
  version: '0.1.0',
  user: 'jdoe',
  home: '/home/jdoe',
  node: '/usr/local/bin/node',
  script: '/usr/local/bin/mlc',
  config: '/srv/books/mlc.yaml',
  folder: '/srv/books',
  files: ['maps/accounts.csv', 'maps/cost-centres.csv'],
  state: '/home/jdoe/.local/state/mlc',
  writes: [],
  variables: { LOOKER_URL: 'https://acme.cloud.looker.com' },
  credentials: CREDENTIALS,
  ownCredentials: CREDENTIALS,
  remarks: [],
}

export function scheduled(changed: Partial<ScheduledRun> = {}, place: Partial<Place> = {}): ScheduledRun {
  const run: ScheduledRun = {
    ...{ jobs: ['plant-gl'], period: 'current', zone: null, mailTo: null, tag: null },
    ...{ cron: parseCron('15 6 * * *'), place: { ...PLACE, ...place } },
  }
  return { ...run, ...changed }
}

/** Only where no CI watches may a missing tool skip a test. */
export function mustSkip(tool: string): boolean {
  return !process.env['CI'] && spawnSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' }).status !== 0
}
