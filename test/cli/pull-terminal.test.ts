import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { ErrorJson } from '../support/shapes.js'
import { onTerminal } from '../support/terminal.js'
import { world } from '../support/world.js'

describe.skipIf(!existsSync('/usr/bin/script'))('on a terminal', () => {
  test('pull --look lists the Looks, what is typed searches them, and the one chosen is pulled as a table', async () => {
    const w = await world()
    const keys = [
      [/Which Look\?[\s\S]*Look 42\)/, 'plant'],
      [/Which Look\? plant[\s\S]*Look 42\)/, '\r'],
    ] as const
    const { screen } = await onTerminal('pull --look --filter gl.posting_period=2026-07', {
      cwd: w.folder,
      env: w.env,
      keys,
      columns: 120,
    })
    expect(screen).toMatch(/Shared, Look 42/)
    expect(screen).toMatch(/^2010 +2026-07 +USD +Detroit/m)
    expect(screen).toMatch(/^Total .*1,0\d\d,\d{3}\.\d\d/m)
    expect(screen).toContain('complete: the result was not cut')
  })

  test('a table fits into 80 columns, with every number whole', async () => {
    const w = await world()
    const { screen } = await onTerminal('pull --look 42 --filter gl.posting_period=2026-07', {
      cwd: w.folder,
      env: w.env,
    })
    const table = screen.slice(0, screen.indexOf('Look 42 "')).split('\n')
    expect(table.filter((line) => line.length > 80 && !line.includes('row'))).toEqual([])
    expect(screen).toContain('-305,118.92')
  })
})

test('without a terminal, pull --look names the flag, and asks nobody, Looker neither', async () => {
  const w = await world({ looker: demoLooker() })
  const ran = await w.run(['pull', '--look', '--json'])
  expect(ran).toMatchObject({ code: 2 })
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-C006', fix: 'Add --look ID.' })
  expect(w.looker.requests).toHaveLength(0)
})
