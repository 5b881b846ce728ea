import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { expect, onTestFinished, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parseCron } from '../../src/schedule/cron.js'
import { launchdAgent, schtasksLine } from '../../src/schedule/desktop.js'
import { githubWorkflow } from '../../src/schedule/github.js'
import { kubernetesManifest } from '../../src/schedule/kubernetes.js'
import { systemdUnits, type Scope } from '../../src/schedule/systemd.js'
import type { Place } from '../../src/schedule/run.js'
import { mustSkip, scheduled } from './place.js'

const ODD = `it's 100% $HOME "x" \\y`
const ODD_PLACE: Partial<Place> = {
  folder: `/srv/${ODD}`,
  config: `/srv/${ODD}/mlc.yaml`,
  script: `/srv/${ODD}/mlc.js`,
  writes: [`/srv/${ODD}/outbox`],
  variables: { NOTE: ODD },
  credentials: [{ variable: 'MLC_QAD_PASSWORD', file: `/etc/mlc/100% "x" y`, value: null }],
  ownCredentials: [{ variable: 'MLC_QAD_PASSWORD', file: `/etc/mlc/100% "x" y`, value: null }],
}

/** As systemd reads one setting: specifiers, then words in quotes. (systemd.syntax(7)) */
function settings(text: string, name: string): readonly string[] {
  const values = [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
  return values.map((value) =>
    value.replace(/^"(.*)"$/, (_, inner: string) => inner.replace(/\\(.)/g, '$1')).replaceAll('%%', '%'),
  )
}

test('a service names each path and value so that systemd reads what was meant', () => {
  const [{ text }] = systemdUnits(scheduled({}, ODD_PLACE), 'system')
  expect(settings(text, 'WorkingDirectory')).toEqual([`/srv/${ODD}`])
  expect(settings(text, 'Environment')).toContain(`NOTE=${ODD}`)
  expect(settings(text, 'Environment')).toContain(`MLC_CONFIG=/srv/${ODD}/mlc.yaml`)
  expect(settings(text, 'LoadCredential')).toEqual([`qad-password:/etc/mlc/100% "x" y`])
  expect(settings(text, 'ReadWritePaths')).toEqual([`/srv/${ODD}/outbox`])
  // In a command a dollar sign begins a variable as well.
  const [command = ''] = settings(text, 'ExecStart')
  expect(command.replaceAll('$$', '$').replace(/\\(.)/g, '$1')).toContain(`"/srv/${ODD}/mlc.js" sync --job plant-gl`)
})

test('a service of the machine has its state where only it can read, and every credential below %d', () => {
  const [{ text }, timer] = systemdUnits(scheduled({ cron: parseCron('0 8 1 * 1') }), 'system')
  expect(settings(text, 'Type')).toEqual(['oneshot'])
  const lines = text.split('\n')
  for (const line of [
    'StateDirectory=mlc',
    'StateDirectoryMode=0700',
    'Environment=MLC_STATE_DIR=%S/mlc',
    'SuccessExitStatus=143',
  ])
    expect(lines).toContain(line)
  for (const line of ['User=mlc', 'ProtectSystem=strict', 'ProtectHome=yes', 'NoNewPrivileges=yes'])
    expect(lines).toContain(line)
  expect(text).not.toContain('MemoryDenyWriteExecute')
  expect(lines).toContain('LoadCredential=looker-client-secret:/etc/mlc/looker-secret')
  expect(lines).toContain('Environment=MLC_LOOKER_CLIENT_SECRET_FILE=%d/looker-client-secret')
  // Where none is named yet it says which file it will be.
  expect(lines).toContain('LoadCredential=qad-password:/etc/mlc/qad-password')
  expect(lines).toContain('Environment=MLC_LOOKER_CLIENT_ID=q4Zk')
  expect(timer.text.split('\n')).toContain('Persistent=true')
  expect(settings(timer.text, 'OnCalendar')).toEqual(['*-*-01 08:00:00', 'Mon *-*-* 08:00:00'])
})

test.each<[string, Partial<Place>, string]>([
  ['below /var/lib is the service’s own', { state: '/var/lib/mlc-books' }, 'StateDirectory=mlc-books'],
  ['at home is a person’s', { state: '/home/jdoe/.local/state/mlc' }, 'StateDirectory=mlc'],
  ['and mlc at home needs to be read', { script: '/home/jdoe/ml-connector/bin/mlc.js' }, 'ProtectHome=read-only'],
])('a state folder %s', (_, place, line) => {
  expect(systemdUnits(scheduled({}, place), 'system')[0].text.split('\n')).toContain(line)
})

test.skipIf(mustSkip('systemd-analyze')).each<[Scope, Partial<Place>]>([
  ['system', {}],
  ['user', {}],
  ['system', { ...ODD_PLACE, script: process.execPath, folder: '/tmp' }],
])('systemd verifies both units of the %s', (scope, place) => {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-units-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const units = systemdUnits(scheduled({}, { node: process.execPath, ...place }), scope)
  const verify = (edit: (text: string) => string) => {
    for (const { path, text } of units) writeFileSync(join(folder, path), edit(text))
    const how = scope === 'user' ? ['--user'] : []
    const files = units.map(({ path }) => join(folder, path))
    const ran = spawnSync('systemd-analyze', [...how, 'verify', ...files], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
    })
    return `${ran.status}\n${ran.stderr}`
      .split('\n')
      .filter((line) => line.includes('mlc-plant-gl') || /^\d/.test(line))
  }
  expect(verify((text) => text)).toEqual(['0'])
  expect(verify((text) => text.replace('Type=oneshot', 'Typ=oneshot')).length).toBeGreaterThan(1)
})

interface Workflow {
  readonly on: { readonly schedule: readonly { readonly cron: string }[] }
  readonly permissions: unknown
  readonly concurrency: unknown
  readonly jobs: { readonly sync: { readonly env?: unknown; readonly steps: readonly Step[] } }
}
interface Step {
  readonly name?: string
  readonly uses?: string
  readonly if?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

test('the workflow takes secrets by name into one step, and carries the state from run to run, also of a failed one', () => {
  const { path, text } = githubWorkflow(scheduled({ jobs: null }), 'books')
  expect(path).toBe('.github/workflows/mlc-all.yml')
  const { on, permissions, concurrency, jobs } = parse(text) as Workflow
  expect(on.schedule).toEqual([{ cron: '15 6 * * *' }])
  expect(permissions).toEqual({ contents: 'read' })
  expect(concurrency).toEqual({ group: 'mlc-state', 'cancel-in-progress': false })
  const { steps } = jobs.sync
  const sync = steps.find(({ name }) => name === 'mlc sync')
  expect(sync?.run).toBe('mlc sync --all --period "$PERIOD" --yes --no-input --quiet --lock-timeout 900')
  expect(sync?.env).toMatchObject({
    LOOKER_URL: '${{ vars.LOOKER_URL }}',
    MLC_QAD_PASSWORD: '${{ secrets.MLC_QAD_PASSWORD }}',
    MLC_LOOKER_CLIENT_ID: '${{ secrets.MLC_LOOKER_CLIENT_ID }}',
    MLC_STORE: 'none',
  })
  // No other program of the job gets to see them.
  expect(JSON.stringify([jobs.sync.env, steps.filter((step) => step !== sync)])).not.toContain('secrets.')
  const [restore, save, artifact] = ['cache/restore', 'cache/save', 'upload-artifact'].map((action) =>
    steps.find(({ uses }) => uses?.startsWith(`actions/${action}@`)),
  )
  const state = sync?.env?.['MLC_STATE_DIR']
  expect([restore?.with?.['path'], save?.with?.['path'], artifact?.with?.['path']]).toEqual([
    state,
    state,
    `${state}/audit`,
  ])
  expect([save?.if, artifact?.if]).toEqual(['always()', 'always()'])
  // A cache of one key is written once: each run needs its own, and begins with the newest.
  expect(save?.with?.['key']).toContain('github.run_id')
  expect(restore?.with?.['restore-keys']).toBe('mlc-state-')
  expect(text).not.toContain('acme.cloud.looker.com')
  expect(text).not.toContain('/srv/')
})

interface Pod {
  readonly containers: readonly {
    readonly args: readonly string[]
    readonly env: readonly { name: string; value: string }[]
  }[]
  readonly volumes: readonly {
    readonly name: string
    readonly configMap?: { readonly items: unknown }
    readonly secret?: unknown
  }[]
  readonly securityContext: unknown
  readonly restartPolicy: string
}
interface CronJob {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly schedule: string
    readonly timeZone?: string
    readonly concurrencyPolicy: string
    readonly jobTemplate: {
      readonly spec: {
        readonly backoffLimit: number
        readonly podFailurePolicy: unknown
        readonly template: { readonly spec: Pod }
      }
    }
  }
}

test('the CronJob never runs twice at a time, reads secrets from files, and keeps its state on a volume', () => {
  const run = scheduled({ zone: 'America/Detroit', jobs: ['plant-gl', 'Pay_ables'] })
  const [claim, job] = parseAllDocuments(kubernetesManifest(run, '.').text).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as unknown
  }) as [{ kind: string; metadata: { name: string } }, CronJob]
  const { spec } = job
  expect(spec).toMatchObject({ schedule: '15 6 * * *', timeZone: 'America/Detroit', concurrencyPolicy: 'Forbid' })
  expect(job.metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/)
  expect(spec.jobTemplate.spec.podFailurePolicy).toMatchObject({
    rules: [{ action: 'Ignore' }, { onExitCodes: { values: [7, 75] } }],
  })
  const pod = spec.jobTemplate.spec.template.spec
  expect(pod).toMatchObject({ restartPolicy: 'Never', securityContext: { runAsNonRoot: true } })
  const [container] = pod.containers
  expect(container?.args.slice(0, 5)).toEqual(['sync', '--job', 'plant-gl', '--job', 'Pay_ables'])
  const env = Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? [])
  expect(env).toMatchObject({
    MLC_QAD_PASSWORD_FILE: '/run/secrets/mlc/qad-password',
    MLC_LOOKER_CLIENT_ID_FILE: '/run/secrets/mlc/looker-client-id',
    MLC_STATE_DIR: '/state/mlc',
  })
  const volume = (name: string) => pod.volumes.find((one) => one.name === name)
  expect(volume('books')?.configMap?.items).toContainEqual({ key: 'maps-accounts.csv', path: 'maps/accounts.csv' })
  expect(volume('state')).toMatchObject({ persistentVolumeClaim: { claimName: claim.metadata.name } })
  expect(volume('credentials')?.secret).toMatchObject({ defaultMode: 0o440 })
  expect(container).toMatchObject({
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
  })
})

test.each([
  ['in case and sign', ['Pay_ables'], ['pay-ables']],
  [
    'at the end of a long name',
    ['plant-detroit-general-ledger-and-payables-1'],
    ['plant-detroit-general-ledger-and-payables-2'],
  ],
])('jobs that differ %s alone have CronJobs and volumes of their own', (_, some, others) => {
  const names = [some, others].flatMap((jobs) =>
    parseAllDocuments(kubernetesManifest(scheduled({ jobs }), '.').text).map(
      (document) => (document.toJS() as CronJob).metadata.name,
    ),
  )
  expect(new Set(names).size).toBe(4)
})

test('the agent of launchd is well-formed XML with every path as it is', () => {
  const { text } = launchdAgent(scheduled({ cron: parseCron('15 6 1,15 * 1') }, ODD_PLACE))
  const words: string[] = []
  const parser = new SaxesParser()
  parser.on('text', (word) => void words.push(word))
  parser.on('error', (error) => {
    throw error
  })
  parser.write(text).close()
  expect(words).toContain(`/srv/${ODD}/mlc.js`)
  expect(words.filter((word) => word === 'Weekday')).toHaveLength(1)
  expect(() => launchdAgent(scheduled({ cron: parseCron('*/2 * 1-15 * 1') }))).toThrow('launchd knows no lists')
})

test.each([
  ['15 6 * * *', '/SC DAILY /ST 06:15'],
  ['15 6 * * 1-5', '/SC WEEKLY /D MON,TUE,WED,THU,FRI /ST 06:15'],
  ['15 6 3 * *', '/SC MONTHLY /D 3 /ST 06:15'],
])('schtasks is told %s as %s', (text, words) => {
  expect(schtasksLine(scheduled({ cron: parseCron(text) })).text).toContain(words)
})

test.each(['*/5 * * * *', '15 6 1 1 *', '15 6 1 * 1'])('schtasks is not told %s, which it cannot say', (text) => {
  expect(() => schtasksLine(scheduled({ cron: parseCron(text) }))).toThrow(
    expect.objectContaining({ code: 'MLC-C006' }),
  )
})
