import { execFileSync } from 'node:child_process'
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ErrorJson, SyncJson } from '../support/shapes.js'
import { until } from '../support/until.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

test('a command that passes its --timeout ends with 75 and says so', async () => {
  const w = await world({ lookerOptions: { faults: [{ kind: 'hang', times: 'always' }] } })
  const ran = await w.run(['pull', '--look', '42', '--timeout', '1', '--json'])
  expect(ran).toMatchObject({ code: 75 })
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-C030' })
})

test.each([
  ['SIGINT', 130, 'MLC-C031'],
  ['SIGTERM', 143, 'MLC-C032'],
] as const)('%s while Looker is asked ends at once with %i, nothing posted', async (signal, code, error) => {
  const w = await world({ lookerOptions: { faults: [{ kind: 'hang', times: 'always' }] } })
  const running = w.start(SYNC)
  await until(() => w.looker.requests.some(({ path }) => path.includes('/run/')))
  running.kill(signal)
  const ran = await running.ended
  expect(ran).toMatchObject({ code })
  expect(ran.json<SyncJson>().jobs[0]).toMatchObject({ exit_code: code, error: { code: error } })
  expect(w.qad.books).toHaveLength(0)
  expect(w.audit().at(-1)).toMatchObject({ event: 'run.done', data: { exit_code: code } })
})

test('a certificate that nobody vouches for is refused, even with NODE_TLS_REJECT_UNAUTHORIZED=0, and no secret is sent', async () => {
  const w = await world()
  const [key, certificate] = [join(w.folder, 'key.pem'), join(w.folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...subject],
    { stdio: 'ignore' },
  )
  const requests: string[] = []
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    requests.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    w.editConfig([w.servers.looker.url, `https://localhost:${port}`])
    const ran = await w.run(['pull', '--look', '42', '--json'], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.json<ErrorJson>().code).toBe('MLC-L003')
    expect(requests).toEqual([])
  } finally {
    server.close()
  }
})

test('a Look that has changed since it was pinned is refused', async () => {
  const w = await world()
  w.editConfig(['look: "42"', `look: "42"\n      expect: { definition: "sha256:${'0'.repeat(64)}" }`])
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 6 })
  const error = ran.json<SyncJson>().jobs[0]?.error
  expect(error?.code).toBe('MLC-L026')
  const definition = /it is (sha256:[0-9a-f]{64})/.exec(error?.message ?? '')?.[1] ?? ''
  w.editConfig([`sha256:${'0'.repeat(64)}`, definition])
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
})

test('credentials refused in mid-run: exit 4, what was posted stays, the rest is skipped, and the next sync finishes it', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'unauthorized' }, on: '/bdoc/', skip: 4, times: Infinity })
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 4 })
  const [job] = ran.json<SyncJson>().jobs
  expect(job?.error).toMatchObject({ code: 'MLC-Q004' })
  const skipped = job?.records.filter(({ status }) => status === 'skipped')
  expect(skipped?.length).toBe(19)
  expect(skipped?.[0]?.code).toBe('MLC-Q024')
  w.qad.clearFaults()
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('a reference that QAD accepts and does not show is told, not counted as posted', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'lag', reads: 1_000 }, on: '/bdoc/', skip: 3 })
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 5 })
  const records = ran.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status !== 'posted')
  expect(records).toMatchObject([{ status: 'unknown', code: 'MLC-Q023' }])
})

test.each([
  ['map', ['map', '--job', 'plant-gl', '--json']],
  ['push', ['push', '--job', 'plant-gl', '--yes', '--json']],
  ['a run that is not there', ['map', '--run', '01J9Z800000000000000000000', '--json']],
  ['something that is no run', ['map', '--run', '../../etc', '--json']],
])('%s without a run names the command that makes one', async (_what, args) => {
  const w = await world()
  const ran = await w.run(args)
  expect(ran).toMatchObject({ code: 2 })
  expect(ran.json<ErrorJson>().code).toBe('MLC-C010')
})

test('push of a run that was not mapped says what to do', async () => {
  const w = await world()
  await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07'])
  const ran = await w.run(['push', '--job', 'plant-gl', '--yes', '--json'])
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-C010', exit_code: 2 })
  expect(ran.json<ErrorJson>().fix).toMatch(/^Run mlc map --run \w+ first\.$/)
})

test('every line of the audit is checked before anything is sent: a changed line stops the next sync with 8', async () => {
  const w = await world()
  await w.run(SYNC)
  const path = auditPath(w)
  w.write(path, w.read(path).replace('412880.15', '412880.16'))
  const posts = w.qad.requests.length
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 8 })
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-A002', category: 'audit' })
  expect(w.qad.requests.length).toBe(posts)
  const verified = await w.run(['audit', 'verify', '--json'])
  expect(verified).toMatchObject({ code: 8 })
  expect(verified.json<{ problems: { line: number; problem: string }[] }>().problems).toMatchObject([
    { problem: 'hash' },
  ])
})

test('status names jobs and gates on age', async () => {
  const w = await world()
  expect(await w.run(['status', '--max-age', '26h'])).toMatchObject({ code: 9 })
  await w.run(['sync', '--all', '--period', '2026-07', '--yes'])
  const fresh = await w.run(['status', '--max-age', '26h', '--json'])
  expect(fresh).toMatchObject({ code: 0 })
  expect(fresh.json()).toMatchObject({
    schema: 'mlc/status/1',
    jobs: [{ job: 'plant-gl', open: { failed: 0, unknown: 0 } }, {}, {}],
    credentials: {
      looker: { source: 'MLC_LOOKER_CLIENT_SECRET', code: null },
      qad: { source: 'MLC_QAD_PASSWORD', code: null },
    },
  })
})

test('status names where credentials come from, and that none are found without failing for it', async () => {
  const w = await world()
  w.write('password', 'secret-of-a-file')
  const ran = await w.run(['status'], {
    env: { MLC_QAD_PASSWORD: undefined, MLC_QAD_PASSWORD_FILE: `${w.folder}/password`, MLC_LOOKER_CLIENT_SECRET: '' },
  })
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).toContain('qad: credentials from MLC_QAD_PASSWORD_FILE')
  expect(ran.stderr).toMatch(/looker: no credentials: .*MLC_LOOKER_CLIENT_SECRET/)
  expect(ran.stderr).not.toContain('secret-of-a-file')
})

test('an audit of one run can be shown as the lines that were written', async () => {
  const w = await world()
  const { jobs } = (await w.run(SYNC)).json<SyncJson>()
  const shown = await w.run([
    'audit',
    'show',
    '--run',
    jobs[0]?.run ?? '',
    '--event',
    'record.posted',
    '--format',
    'ndjson',
  ])
  const lines = w
    .read(auditPath(w))
    .split('\n')
    .filter((line) => line.includes('"event":"record.posted"'))
  expect(shown.stdout.trimEnd().split('\n')).toEqual(lines)
})

test('--dry-run shows the plan and posts nothing', async () => {
  const w = await world()
  const ran = await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--dry-run'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).toContain('24 to create')
  expect(w.qad.books).toHaveLength(0)
})

test('a run that cannot be read is said, and no older one is taken in its place', async () => {
  const w = await world()
  await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07'])
  const { run } = (await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--json'])).json<{ run: string }>()
  w.write(`state/runs/${run}/run.json`, '{')
  const ran = await w.run(['map', '--job', 'plant-gl', '--json'])
  expect(ran).toMatchObject({ code: 2 })
  expect(ran.json<ErrorJson>().message).toContain(run)
})

test('audit verify does not pass over a broken mlc.yaml: it may name another folder', async () => {
  const w = await world()
  w.write('mlc.yaml', `${w.read('mlc.yaml')}\naudit: { dri: elsewhere }\n`)
  expect(await w.run(['audit', 'verify', '--json'])).toMatchObject({ code: 2 })
})

test('help explains a code; a word that is none is a usage error', async () => {
  const w = await world()
  const known = await w.run(['help', 'MLC-Q031'])
  expect(known).toMatchObject({ code: 0 })
  expect(known.stdout).toContain('Exit code: 6')
  expect((await w.run(['help', 'q031'])).stdout).toBe(known.stdout)
  expect((await w.run(['help', 'S001'])).stdout).toMatch(/mlc login looker[^]*_FILE/)
  expect(await w.run(['help', 'MLC-Q999'])).toMatchObject({ code: 2 })
})

function auditPath(w: World): string {
  const month = new Date().toISOString().slice(0, 7)
  return `state/audit/${month}.jsonl`.replace(w.folder, '')
}
