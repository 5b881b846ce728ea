import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoQad } from '../../src/sandbox/company/company.js'
import type { QadBalance } from '../../src/sandbox/qad/world.js'
import { world, type World } from '../support/world.js'

const JULY = ['--job', 'plant-gl', '--period', '2026-07']

test('a period is signed when its breaks are explained, by both roles, and suspended when a number moves', async () => {
  const { qad, move } = writable()
  const w = await world({ qad })
  const refused = await w.run(['signoff', ...JULY, '--role', 'preparer', '--json'])
  expect({ code: refused.code, ...refused.json<Signed>() }).toMatchObject({ code: 3, exit_code: 3, signed: false })
  const { open } = refused.json<Signed>()
  expect(open.map(({ key }) => key)).toContain('05010/1200/USD/net_amount')
  for (const { key } of open) expect(await w.run(['note', key, 'known', ...JULY])).toMatchObject({ code: 0 })
  expect(await w.run(['signoff', ...JULY, '--role', 'reviewer'])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('MLC-C022') as string,
  })
  const preparer = await w.run(['signoff', ...JULY, '--role', 'preparer', '--json'])
  expect({ code: preparer.code, ...preparer.json<Signed>() }).toMatchObject({ code: 0, signed: true, open: [] })
  w.write('mlc.yaml', `${w.read('mlc.yaml')}\nsignoff: { secondPerson: true }\n`)
  expect(await w.run(['signoff', ...JULY, '--role', 'reviewer'])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('MLC-C023') as string,
  })
  w.editConfig(['secondPerson: true', 'secondPerson: false'])
  expect(await w.run(['signoff', ...JULY, '--role', 'reviewer'])).toMatchObject({ code: 0 })

  const standing = await w.run(['reconcile', ...JULY, '--json'])
  expect(standing.json()).toMatchObject({
    hash: preparer.json<Signed>().hash,
    signoffs: [
      { role: 'preparer', state: 'standing', open: 0 },
      { role: 'reviewer', state: 'standing' },
    ],
  })
  move('05010/1100', '412000.00')
  const { code, stdout } = await w.run(['reconcile', ...JULY])
  expect(code).toBe(3)
  expect(stdout).toMatch(/2026-07 signed by \S+ as preparer at \S+: suspended, the figures have changed since\n/)
  expect(stdout).toMatch(/as reviewer at \S+: suspended/)
  const withOpen = await w.run(['signoff', ...JULY, '--role', 'preparer', '--with-open'])
  expect(withOpen).toMatchObject({ code: 0, stdout: expect.stringContaining(', with 1 open break') as string })

  const signed = w.audit().filter(({ event }) => event === 'signoff')
  expect(signed.map(({ data }) => [data['role'], data['open']])).toEqual([
    ['preparer', 0],
    ['reviewer', 0],
    ['preparer', 1],
  ])
  expect(signed[2]?.data['openBreaks']).toEqual([{ key: '05010/1100/USD/net_amount', variance: '880.15' }])
  await verified(w)
})

async function verified(w: World): Promise<void> {
  expect(await w.run(['audit', 'verify'])).toMatchObject({ code: 0 })
  const verifier = new URL('../../examples/audit/verify.py', import.meta.url).pathname
  expect(spawnSync('python3', [verifier, join(w.folder, 'state', 'audit')]).status).toBe(0)
}

interface Signed {
  readonly hash: string
  readonly open: readonly { readonly key: string; readonly variance: string }[]
}

/** The demo's QAD with a July that a test may change while it stands. */
function writable() {
  const demo = demoQad()
  const balances: QadBalance[] = [...(demo.companies[0]?.balances ?? [])]
  const companies = demo.companies.map((one, at) => (at === 0 ? { ...one, balances } : one))
  const move = (place: string, amount: string) => {
    const at = balances.findIndex((one) => `${one.account}/${one.costCentre}` === place && one.period === 7)
    const before = balances[at]
    if (before) balances[at] = { ...before, amount }
  }
  return { qad: { ...demo, companies }, move }
}
