import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { kubernetesManifest } from '../../src/schedule/kubernetes.js'
import { mustSkip, scheduled } from '../schedule/place.js'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples')

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>>
}

function manifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => {
    expect([document.errors, document.warnings]).toEqual([[], []])
    return document.toJS() as Manifest
  })
}

test('each plant has its own job, time and state, and is kept as safe as what mlc schedule prints', () => {
  const all = manifests(readFileSync(join(EXAMPLES, 'kubernetes', 'plants.yaml'), 'utf8'))
  const crons = all.filter(({ kind }) => kind === 'CronJob')
  const claims = all.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name)
  expect(crons.map(({ metadata }) => metadata.name)).toEqual(['mlc-detroit', 'mlc-pune', 'mlc-gliwice'])
  const ownJob = (cron: Manifest) => /"--job","([\w-]+)"/.exec(JSON.stringify(cron))?.[1]
  const ownClaim = (cron: Manifest) => /"claimName":"([\w-]+)"/.exec(JSON.stringify(cron))?.[1]
  expect(new Set(crons.map(ownJob)).size).toBe(3)
  expect(crons.map(ownClaim)).toEqual(claims)
  expect(new Set(claims).size).toBe(3)
  const [, printed] = manifests(kubernetesManifest(scheduled(), '.').text)
  const guards = (cron: Manifest | undefined) => {
    const spec = cron?.spec as {
      jobTemplate: { spec: Record<string, unknown> & { template: { spec: Pod } } }
      concurrencyPolicy: string
    }
    const { template, podFailurePolicy, backoffLimit } = spec.jobTemplate.spec
    const { containers, volumes: _, securityContext, restartPolicy } = template.spec
    const own = containers.map(({ securityContext: guard, volumeMounts, args }) => ({
      guard,
      volumeMounts,
      flags: args.slice(5),
    }))
    return {
      concurrencyPolicy: spec.concurrencyPolicy,
      podFailurePolicy,
      backoffLimit,
      securityContext,
      restartPolicy,
      own,
    }
  }
  for (const cron of crons) expect(guards(cron)).toEqual(guards(printed))
})

interface Pod {
  readonly containers: readonly {
    readonly securityContext: unknown
    readonly volumeMounts: unknown
    readonly args: readonly string[]
  }[]
  readonly volumes: unknown
  readonly securityContext: unknown
  readonly restartPolicy: string
}

/** As much of Airflow as the DAG needs to be loaded, and a DAG that keeps its tasks. */
const AIRFLOW = {
  '__init__.py': '',
  'decorators.py': `
tasks = {}
def dag(**settings):
    assert settings["max_active_runs"] == 1 and settings["catchup"] is False
    return lambda make: make
def task(task_id):
    def keep(run):
        tasks[task_id] = run
        return lambda: None
    return keep
`,
  'exceptions.py': 'class AirflowException(Exception): pass\nclass AirflowFailException(AirflowException): pass\n',
  'models.py': 'class Variable:\n    get = staticmethod(lambda name: "/srv/" + name)\n',
}

const RUN = `
import os, sys
sys.dont_write_bytecode = True
import mlc_plants
from airflow.decorators import tasks
for plant, run in tasks.items():
    for code in (0, 5, 6, 7, 75, 143):
        os.environ["HOME"] = str(code)
        try:
            run(plant, params={"period": "2026-07"})
            print(plant, code, "good")
        except Exception as error:
            print(plant, code, type(error).__name__, error)
`

test.skipIf(mustSkip('python3'))('a task of the DAG tries again what time can mend, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-airflow-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'airflow'))
  for (const [name, text] of Object.entries(AIRFLOW)) writeFileSync(join(folder, 'airflow', name), text)
  writeFileSync(
    join(folder, 'mlc'),
    '#!/bin/sh\necho "$@" "$MLC_STATE_DIR" "$MLC_QAD_PASSWORD_FILE" >> "$0.calls"\nexit "$HOME"\n',
    { mode: 0o755 },
  )
  const env = { PYTHONPATH: `${folder}:${join(EXAMPLES, 'airflow')}`, PATH: `${folder}:${process.env['PATH'] ?? ''}` }
  const ran = spawnSync('python3', ['-c', RUN], { env, encoding: 'utf8' })
  expect(ran.stderr).toBe('')
  const lines = ran.stdout
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('plant-pune '))
  expect(lines.map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
    ...['0 good', '5 AirflowFailException', '6 AirflowFailException', '7 AirflowException', '75 AirflowException'],
    '143 AirflowException',
  ])
  const calls = new Set(readFileSync(join(folder, 'mlc.calls'), 'utf8').trim().split('\n'))
  // Each plant with its own state, and no other secret than a file's name.
  expect(calls.size).toBe(3)
  expect([...calls]).toContain(
    'sync --job plant-pune --period 2026-07 --yes --no-input --quiet --lock-timeout 900 /srv/mlc_state/plant-pune /srv/mlc_credentials/qad-password',
  )
})
