import { expect } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { World } from './world.js'

interface CheckJson {
  readonly id: string
  readonly status: 'ok' | 'warn' | 'fail' | 'skip'
  readonly code: string | null
  readonly detail: string
  readonly fix: string | null
}

interface DoctorJson {
  readonly schema: string
  readonly exit_code: number
  readonly checks: readonly CheckJson[]
}

export type Env = Readonly<Record<string, string | undefined>>

export async function examine(w: World, args: readonly string[] = [], env: Env = {}) {
  const ran = await w.run(['doctor', '--json', ...args], { env: { MLC_STORE: 'none', ...env } })
  const json = ran.json<DoctorJson>()
  const byId = (id: string) => json.checks.find((check) => check.id === id)
  return { ran, json, byId, first: json.checks.find(({ status }) => status === 'fail') }
}

/** Matchers with a type of their own. */
export const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string
export const holding = (text: string) => expect.stringContaining(text) as string

export const ALWAYS = { times: 'always' } as const
export const EVER = { times: Infinity } as const

/** The order of the contract, with the demo's jobs and reads. */
export const IDS = [
  ...['node', 'config', 'state.writable', 'audit.chain', 'secrets.looker', 'secrets.qad', 'clock'],
  ...['looker.dns', 'looker.tls', 'looker.login', 'looker.version', 'looker.permissions'],
  ...['looker.source.plant-gl', 'looker.source.payables', 'looker.source.procurement'],
  ...['qad.dns', 'qad.tls', 'qad.login', 'qad.workspace', 'qad.swagger'],
  ...['qad.reads.glAccounts', 'qad.reads.costCentres', 'qad.reads.periods'],
  ...['qad.reads.balances', 'qad.reads.posted', 'qad.reads.daybooks', 'qad.daybook'],
  ...['map.plant-gl', 'map.payables', 'map.procurement'],
]

/** The demo's Looker, whose keys are allowed that and nothing else. */
export function allowing(...permissions: readonly string[]) {
  const looker = demoLooker()
  return { ...looker, keys: looker.keys.map((key) => ({ ...key, permissions })) }
}
