import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { onTerminal } from '../support/terminal.js'
import { world } from '../support/world.js'

// Whoever leaves the question has posted nothing, and a wrapper must not read success.

const ASKS = /Post \d+ references to QAD/
const JULY = '--job plant-gl --period 2026-07'

describe.skipIf(!existsSync('/usr/bin/script'))('a question about posting that is left posts nothing, exit 130', () => {
  test.each([
    ['Ctrl-C', '\u0003', ''],
    ['Ctrl-D', '\u0004', ' --json'],
  ])('sync, %s', async (_key, keys, json) => {
    const w = await world()
    const sat = { cwd: w.folder, env: w.env, keys: [[ASKS, keys]] as const }
    const { code, screen } = await onTerminal(`sync ${JULY}${json}`, sat)
    expect(code, screen).toBe(130)
    expect(screen).toContain(json === '' ? 'Stopped; nothing was done.' : '"code":"MLC-C031"')
    expect(screen).not.toMatch(/MLC-X001|report what/)
    expect(w.audit().filter(({ event }) => event === 'record.sent')).toEqual([])
    const done = w.audit().find(({ event }) => event === 'run.done')
    expect(done?.data).toMatchObject({ exit_code: 130, interrupted: true, error: { code: 'MLC-C031' } })
  })

  test('push, Ctrl-D', async () => {
    const w = await world()
    for (const command of ['pull', 'map'])
      await w.run([command, ...JULY.split(' ').slice(0, command === 'pull' ? 4 : 2)])
    const sat = { cwd: w.folder, env: w.env, keys: [[ASKS, '\u0004']] as const }
    const { code, screen } = await onTerminal('push --job plant-gl --json', sat)
    expect(code, screen).toBe(130)
    expect(screen).toContain('Stopped; nothing was done.')
    expect(w.audit().filter(({ event }) => event === 'record.sent')).toEqual([])
  })
})
