import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { world } from '../support/world.js'

const MLC = join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')

/** What a person sees of a command on a terminal of so many columns; nobody else's server is asked. */
function shown(args: string, columns: number, cwd: string, env: Readonly<Record<string, string>>): string[] {
  const line = `stty cols ${columns}; ${process.execPath} ${MLC} ${args}`
  const how = { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], TERM: 'dumb', ...env } } as const
  const { stdout } = spawnSync('script', ['-qefc', line, '/dev/null'], how)
  return stdout.split('\n').map((one) => one.replace(/\r/g, ''))
}

describe.skipIf(!existsSync('/usr/bin/script'))('on a terminal', () => {
  test.each([80, 120])('config show fits into %i columns', async (columns) => {
    const w = await world()
    const lines = shown('config show', columns, w.folder, w.env)
    expect(lines.length).toBeGreaterThan(60)
    expect(lines.filter((line) => line.length > columns)).toEqual([])
  })

  test('doctor breaks at blanks, and what is carried over stands under what it belongs to', async () => {
    const w = await world()
    const env = { ...w.env, MLC_STORE: 'none', MLC_STATE_DIR: '/dev/null/state' }
    const lines = shown('doctor --only state.writable --only node --only config', 60, w.folder, env)
    expect(lines).toContain('  FAIL  state.writable: the folder /dev/null/state cannot be')
    expect(lines.filter((line) => line.length > 60 && line.trim().includes(' '))).toEqual([])
    expect(lines.some((line) => /^ {13}\S/.test(line))).toBe(true)
  })
})

test('what is piped or written to a file is not broken', async () => {
  const w = await world()
  const lines = (await w.run(['config', 'show'])).stdout.split('\n')
  expect(lines.some((line) => line.length > 120)).toBe(true)
})
