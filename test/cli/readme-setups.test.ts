import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoEnvironment } from '../../src/sandbox/company/company.js'
import { mustSkipKeyring, openKeyring, secretTool } from '../support/keyring.js'
import { world, type World } from '../support/world.js'

/** Of the README: where credentials come from on a server, in a service, in a container. */
const [SETUPS = ''] =
  /\n\*\*Credentials\*\*[^]*?\n## /.exec(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')) ?? []
const BLOCKS = [...SETUPS.matchAll(/```\w+\n([^]*?)```/g)].map(([, text = '']) => text)

function block(mark: string): string {
  const found = BLOCKS.filter((text) => text.includes(mark))
  expect(found, mark).toHaveLength(1)
  return found[0] ?? ''
}

type Variables = Readonly<Record<string, string>>

/** As the shell, systemd, Docker and cron read them. */
function assigned(text: string): Variables {
  return Object.fromEntries([...text.matchAll(/\b(MLC_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]))
}

const VAULT_KEY = 'correct horse battery'
const BARE = Object.fromEntries(Object.keys(demoEnvironment()).map((name) => [name, undefined]))

/** Those variables in that world, and none of its own credentials: every file that they name is there. */
function filled(variables: Variables, w: World): Readonly<Record<string, string | undefined>> {
  const values: Variables = { ...w.env, MLC_VAULT_KEY: VAULT_KEY, MLC_CONFIG: join(w.folder, 'mlc.yaml') }
  const entries = Object.entries(variables).map(([name, value]): [string, string] => {
    if (!name.endsWith('_FILE')) return [name, values[name] ?? value]
    const path = join(w.folder, basename(value))
    writeFileSync(path, values[name.replace(/_FILE$/, '')] ?? '', { mode: 0o600 })
    return [name, path]
  })
  return { ...BARE, ...Object.fromEntries<string>(entries) }
}

/** The words behind `mlc` in a line; the demo's calendar ends with the year it was made for. */
function wordsOf(line: string): string[] {
  return line
    .replace(/^.*?\bmlc (?=sync|login)/, '')
    .replace('current', '2026-07')
    .trim()
    .split(' ')
}

const DOCKERFILE = readFileSync(new URL('../../examples/kubernetes/Dockerfile', import.meta.url), 'utf8')

/** What the README has run, as it stands there; everything is posted. */
async function posts(line: string, env: Readonly<Record<string, string | undefined>>, w: World): Promise<void> {
  expect(line).toContain('mlc sync --all')
  expect(await w.run(wordsOf(line), { env })).toMatchObject({ code: 0 })
  expect(w.qad.books.length).toBe(33)
}

const lineWith = (mark: string, text: string) => text.split('\n').find((line) => line.includes(mark)) ?? ''

describe('what the README says of places without a terminal works as it stands there', () => {
  test('a vault that is filled once serves cron afterwards', async () => {
    const w = await world()
    const [filling, crontab] = [block('mlc login looker --no-input'), block('15 6 * * *')]
    const named = assigned(lineWith('export', filling))
    for (const system of ['looker', 'qad']) {
      const line = lineWith(`mlc login ${system}`, filling)
      const ran = await w.run(wordsOf(line), { env: filled({ ...named, ...assigned(line) }, w) })
      expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('+ saved to the vault') as string })
    }
    expect(assigned(crontab)).toEqual(named)
    await posts(lineWith('mlc sync', crontab), filled(named, w), w)
  })

  test('a systemd service gets every file that it names', async () => {
    const w = await world()
    const unit = block('[Service]')
    const variables = assigned(unit)
    const loaded = [...unit.matchAll(/^LoadCredential=([\w-]+):/gm)].map(([, name]) => `%d/${name ?? ''}`)
    expect(Object.values(variables).filter((value) => value.startsWith('%d/'))).toEqual(loaded)
    expect(variables['MLC_STATE_DIR']).toBe(`%S/${/^StateDirectory=(.*)$/m.exec(unit)?.[1] ?? ''}`)
    await posts(lineWith('ExecStart', unit), filled(variables, w), w)
  })

  test('a container finds its files where they are mounted', async () => {
    const w = await world()
    const command = block('docker run')
    const variables = assigned(block('/run/secrets/looker-secret\n'))
    const mounted = [...command.matchAll(/-v [\w./-]+:([\w/]+)/g)].map(([, path]) => `${path ?? ''}/`)
    expect(mounted).toHaveLength(3)
    const paths = Object.values(variables).filter((value) => value.startsWith('/'))
    expect(paths.filter((path) => !mounted.some((folder) => path.startsWith(folder)))).toEqual([])
    // What comes behind the image are words for its entry point.
    expect(DOCKERFILE).toContain('ENTRYPOINT ["node", "/opt/mlc/bin/mlc.js"]')
    await posts(command.replace(' IMAGE ', ' mlc '), filled(variables, w), w)
  })

  test('a credentialCommand that prints what stands there', async () => {
    const w = await world()
    const printed = filledIn(block('{ "looker"'), w)
    w.write('printed.json', printed)
    w.editConfig(['qad:\n', 'credentialCommand: [cat, printed.json]\n\nqad:\n'])
    const sync = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes']
    expect(await w.run(sync, { env: { ...BARE, MLC_STORE: 'none' } })).toMatchObject({ code: 0 })
  })

  test.skipIf(mustSkipKeyring)('a keychain that secret-tool has filled', async () => {
    const w = await world()
    const keyring = await openKeyring('unlocked')
    const lines = [...block('secret-tool').matchAll(/'(\{.*?\})' \| secret-tool (.*) (looker|qad):.*$/gm)]
    expect(lines).toHaveLength(2)
    for (const [, json = '', args = '', system = ''] of lines) {
      const address = system === 'looker' ? w.servers.looker.url : `${w.servers.qad.url}/clouderp`
      const { [system]: secret } = JSON.parse(filledIn(`{"${system}":${json}}`, w)) as Record<string, unknown>
      await secretTool(keyring, [...args.split(' '), `${system}:${address}`], JSON.stringify(secret))
    }
    const sync = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes']
    expect(await w.run(sync, { env: { ...BARE, ...keyring } })).toMatchObject({ code: 0 })
  })
})

/** The JSON of the README with the world's credentials in place of each `…`. */
function filledIn(text: string, { env }: World): string {
  const systems = JSON.parse(text) as Record<string, Record<string, string>>
  const variable = (system: string, name: string) =>
    `MLC_${system}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase()
  const own = (system: string, names: Record<string, string>) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, env[variable(system, name)]]))
  return JSON.stringify(Object.fromEntries(Object.entries(systems).map(([name, names]) => [name, own(name, names)])))
}
