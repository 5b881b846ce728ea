import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { enterprise, POST } from '../support/enterprise.js'
import { world, type World } from '../support/world.js'

interface ProbeJson {
  readonly schema: string
  readonly exit_code: number
  readonly summary: Readonly<Record<'confirmed' | 'assumed' | 'contradicted', number>>
  readonly postedProven: boolean
  readonly reads: Readonly<Record<string, { readonly verdict: string }>>
  readonly facts: readonly {
    readonly subject: string
    readonly rule: string
    readonly verdict: string
    readonly evidence: string
    readonly change: string | null
  }[]
  readonly candidates: readonly { readonly for: string }[]
}

const PROBE = ['qad', 'probe', '--json'] as const
const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json'] as const

function contradictions({ facts }: ProbeJson): readonly string[] {
  return facts.filter(({ verdict }) => verdict === 'contradicted').map(({ subject, rule }) => `${subject} ${rule}`)
}

test(
  'an Adaptive tenant is confirmed read by read; nothing but reads and the login leaves',
  { timeout: 120_000 },
  async () => {
    const w = await world()
    const ran = await w.run(PROBE)
    expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
    const json = ran.json<ProbeJson>()
    expect(json).toMatchObject({ schema: 'mlc/qad-probe/1', exit_code: 0, postedProven: false })
    expect(contradictions(json)).toEqual([])
    expect(Object.values(json.reads).map(({ verdict }) => verdict)).not.toContain('absent')
    expect(json.facts.find(({ subject }) => subject === 'swagger')).toMatchObject({ verdict: 'confirmed' })
    const doors = w.qad.requests.map(({ method, path }) => (method === 'GET' ? 'GET' : `${method} ${path}`))
    expect([...new Set(doors)].sort()).toEqual(['GET', 'POST /oauth/token'])
    expect(w.qad.requests.filter(({ path }) => /bdoc|transient/.test(path))).toEqual([])
    expect([w.qad.books, w.qad.entries]).toEqual([[], []])
    // Nothing was seen of the references, so nothing is kept of it.
    expect(existsSync(join(w.folder, 'state', 'qad-probe.json'))).toBe(false)
  },
)

test(
  'once it has seen a reference, an empty read of that very definition is believed',
  { timeout: 120_000 },
  async () => {
    const w = await world()
    w.editConfig(['batchSize: 1', 'batchSize: 8'])
    const batches = async () => {
      const before = w.qad.requests.length
      expect((await w.run(SYNC)).code).toBe(0)
      return w.qad.requests.slice(before).filter(({ method, path }) => method === 'POST' && path.includes('bdoc'))
        .length
    }
    const references = 24
    // Unproven: one alone, which comes back and proves the read; then the others by eights.
    expect(await batches()).toBe(1 + Math.ceil((references - 1) / 8))
    expect((await w.run(PROBE)).json<ProbeJson>().postedProven).toBe(true)
    forgetAll(w)
    expect(await batches()).toBe(references / 8)
    forgetAll(w)
    // Another definition of the read is another read.
    w.editConfig(['        revision: reconReference.revision\n', ''])
    expect(await batches()).toBe(1 + Math.ceil((references - 1) / 8))
    // A probe that is turned away takes its own proof back, and no other.
    const proofs = () => (JSON.parse(w.read(join('state', 'qad-probe.json'))) as { proofs: unknown[] }).proofs.length
    expect([(await w.run(PROBE)).code, proofs()]).toEqual([0, 2])
    w.qad.fault({ fault: { is: 'forbidden' }, on: 'reconReferences', times: Infinity })
    expect([(await w.run(PROBE)).code, proofs()]).toEqual([4, 1])
  },
)

/** QAD without its references, and an audit that never saw them; what a probe has kept stays. */
function forgetAll(w: World): void {
  for (const { key } of [...w.qad.books]) w.qad.remove(key)
  for (const folder of ['audit', 'runs']) rmSync(join(w.folder, 'state', folder), { recursive: true })
}

test(
  'what contradicts mlc.yaml exits 6 and is told on a terminal with what to change',
  { timeout: 120_000 },
  async () => {
    const w = await world()
    w.editConfig(['code: ac_mstr.ac_code', 'code: ac_mstr.ac_cod'], ['amount: lookerAmount', 'amount: amount'])
    const { code, stdout, stderr } = await w.run(['qad', 'probe'])
    expect(code).toBe(6)
    expect(stdout).toMatch(/^VERDICT +OF +RULE +SEEN\n/)
    expect(stdout).toMatch(
      /contradicted +reads\.glAccounts +columns +ac_mstr\.ac_cod \(code\) is not there; near it ac_mstr\.ac_code/,
    )
    expect(stdout).toMatch(
      /\nContradicted: change this first\n[^]*change: Correct qad\.reads\.glAccounts\.columns\.code\./,
    )
    expect(stdout).toMatch(/change: Correct qad\.write\.fields\.amount/)
    expect(stderr).toMatch(/2 contradicted; nothing was written/)
  },
)

test(
  'a right that is denied exits 4, credentials that are refused 4, a QAD that is down 75',
  { timeout: 120_000 },
  async () => {
    const w = await world()
    w.qad.fault({ fault: { is: 'forbidden' }, on: 'xxgl01', times: Infinity })
    expect((await w.run(PROBE)).code).toBe(4)
    expect((await w.run(PROBE, { env: { MLC_QAD_PASSWORD: 'not-this-one' } })).code).toBe(4)
    await w.servers.qad.close()
    expect((await w.run(PROBE)).code).toBe(75)
  },
)

test('QXtend is asked by its query QDoc alone', { timeout: 120_000 }, async () => {
  const w = await enterprise()
  const first = await w.run(PROBE)
  expect({ code: first.code, stderr: first.stderr }).toMatchObject({ code: 0 })
  const json = first.json<ProbeJson>()
  expect(contradictions(json)).toEqual([])
  expect(json.facts.filter(({ subject }) => subject === 'workspace').map(({ verdict }) => verdict)).toEqual([
    'confirmed',
    'confirmed',
    'confirmed',
  ])
  expect(json.facts.find(({ rule }) => rule === 'daybook')).toMatchObject({ subject: 'write', verdict: 'confirmed' })
  expect(new Set(w.qad.requests.map(({ browseId }) => browseId))).toEqual(new Set(['queryZzTold']))
  expect(w.qad.requests.filter(({ browseId }) => browseId === POST)).toEqual([])
  expect(w.qad.entries).toEqual([])
  expect((await w.run(SYNC)).code).toBe(0)
  expect((await w.run(PROBE)).json<ProbeJson>()).toMatchObject({ exit_code: 0, postedProven: true })
})

test(
  'without a query QDoc QXtend is asked for its description alone, and all is assumed',
  { timeout: 120_000 },
  async () => {
    const w = await enterprise()
    const text = w.read('mlc.yaml')
    const reads = text.slice(text.indexOf('  reads:'), text.indexOf('  write:'))
    w.write('mlc.yaml', text.replace(reads, '').replace('    queryTemplate: query.xml.tmpl\n', ''))
    const ran = await w.run(PROBE)
    expect(ran.code).toBe(0)
    expect(ran.json<ProbeJson>().summary).toMatchObject({ confirmed: 0, contradicted: 0 })
    expect(w.qad.requests.map(({ method }) => method)).toEqual(['GET'])
  },
)

test('kind file: the folder is looked at, and nothing is put there', { timeout: 60_000 }, async () => {
  const w = await world()
  const text = w.read('mlc.yaml')
  const qad =
    'qad:\n  kind: file\n  domain: 10USA\n  entity: 10USACO\n  write: { target: file, dir: outbox, format: csv }\n'
  w.write('mlc.yaml', `${text.slice(0, text.indexOf('qad:'))}${qad}${text.slice(text.indexOf('jobs:'))}`)
  const ran = await w.run(PROBE)
  expect(ran.code).toBe(0)
  expect(ran.json<ProbeJson>().facts.map(({ subject, rule }) => `${subject} ${rule}`)).toEqual([
    'write folder',
    'write import',
  ])
  expect([existsSync(join(w.folder, 'outbox')), w.qad.requests]).toEqual([false, []])
})
