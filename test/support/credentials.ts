import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { demoEnvironment } from '../../src/sandbox/company/company.js'
import type { Ran } from './process.js'
import type { World } from './world.js'

/** A host whose environment gives no credential. */
export const BARE = Object.fromEntries(Object.keys(demoEnvironment()).map((name) => [name, undefined]))
export const PULL = ['pull', '--look', '42', '--json']
export const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

export const secretsOf = ({ env }: World) => [env['MLC_LOOKER_CLIENT_SECRET'], env['MLC_QAD_PASSWORD']] as string[]

/** What a store calls the credentials of a system. */
export const entryOf = (w: World, system: 'looker' | 'qad') =>
  `${system}:${system === 'looker' ? w.servers.looker.url : `${w.servers.qad.url}/clouderp`}`

/** Logins that Looker saw. */
export const logins = (w: World) => w.looker.requests.filter(({ path }) => path.endsWith('/login')).length

/** It printed none of the secrets. */
export function silent(w: World, { stdout, stderr }: Ran): void {
  for (const secret of secretsOf(w)) expect(stdout + stderr).not.toContain(secret)
}

/** Every file of the state folder, its audit included. */
export function stateOf(w: World): string {
  const folder = join(w.folder, 'state')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n')
}
