import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from './support/until.js'

const ROOT = join(import.meta.dirname, '..')
const POSIX = process.platform !== 'win32'
let folder = ''
let temporary = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlc-build-test-'))
  temporary = join(folder, 'temporary')
  mkdirSync(temporary)
  for (const name of ['.config', 'bin', 'package.json'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  for (const name of ['src', 'node_modules']) symlinkSync(join(ROOT, name), join(folder, name), 'junction')
  mkdirSync(join(folder, 'dist'))
  writeFileSync(join(folder, 'dist', 'mlc.cjs'), 'as it was')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('a build that fails leaves the program that was there, and nothing else', async () => {
  rmSync(join(folder, 'src'))
  expect(await built()).toMatchObject({ code: 1 })
  expect(readdirSync(join(folder, 'dist'))).toEqual(['mlc.cjs'])
  expect(leftovers()).toEqual([])
})

test('a program that cannot be compiled ahead, because its servers do not answer, is built and the build says why', async () => {
  cpSync(join(folder, 'bin', 'mlc.js'), join(folder, 'bin', 'sound.js'))
  writeFileSync(join(folder, 'bin', 'mlc.js'), SERVERS_THAT_DIE)
  const { code, stderr } = await built()
  expect(stderr).toContain('not compiled ahead, and so starts slower: mlc doctor --json ended with 75')
  expect(code).toBe(0)
  expect(readdirSync(join(folder, 'dist'))).toContain('keychain-child.js')
  expect(readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.cache'))).toEqual([])
  expect(leftovers()).toEqual([])
})

test.runIf(POSIX)(
  'a build that is stopped while it compiles leaves a whole program, and neither process nor folder',
  async () => {
    writeFileSync(join(folder, 'bin', 'mlc.js'), SERVERS_THAT_STAY)
    const build = start()
    const group = -(build.pid as number)
    try {
      await until(() => existsSync(join(folder, 'port')))
      // As Ctrl-C does: to all of its processes.
      process.kill(group, 'SIGINT')
      expect(await once(build, 'close')).toEqual([130, null])
      await until(async () => leftovers().length === 0 && !(await isListening()))
    } finally {
      spawnSync('kill', ['-s', 'KILL', '--', String(group)])
    }
    expect(readdirSync(join(folder, 'dist'))).toContain('keychain-child.js')
  },
)

const SERVERS_THAT_DIE = `
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
const servers = spawn(process.execPath, [join(import.meta.dirname, 'sound.js'), ...process.argv.slice(2)])
let printed = ''
servers.stdout.on('data', (part) => (printed += part).includes('MLC_LOOK=') && servers.kill('SIGKILL'))
servers.on('close', () => process.stdout.write(printed))
`

/** Of all signals only the one that cannot be refused ends them. */
const SERVERS_THAT_STAY = `
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined)
const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1', () => {
  const port = join(import.meta.dirname, '..', 'port')
  writeFileSync(port + '.part', String(server.address().port))
  renameSync(port + '.part', port)
})
`

async function isListening(): Promise<boolean> {
  const socket = connect(Number(readFileSync(join(folder, 'port'), 'utf8')), '127.0.0.1')
  const isTaken = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isTaken
}

function start() {
  const env = { PATH: process.env['PATH'], TMPDIR: temporary, TEMP: temporary, TMP: temporary }
  return spawn(process.execPath, [join(folder, '.config', 'build.js')], {
    cwd: folder,
    env,
    detached: POSIX,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

async function built() {
  const build = start()
  const [stderr, ended] = await Promise.all([text(build.stderr), once(build, 'close')])
  const [code] = ended as [number | null]
  return { code, stderr }
}

/** Folders that a build makes for itself. */
function leftovers(): string[] {
  return [...readdirSync(temporary), ...readdirSync(folder).filter((name) => name.startsWith('.build-'))]
}
