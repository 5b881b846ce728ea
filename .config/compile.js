import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import v8 from 'node:v8'
import vm from 'node:vm'
import { crc32 } from 'node:zlib'

/**
 * Writes beside each script of dist/ what V8 has compiled of it once the usual commands have run, against the servers of
 * `mlc demo` and with a home of their own. Run by the build as a process of its own; bin/mlc.js says what it is for.
 */
const COMMANDS = [
  'doctor --json',
  'pull --look 42 --format ndjson',
  'pull --look 42 --json',
  'pull --job plant-gl --period 2026-07',
  'map --job plant-gl',
  'push --job plant-gl --yes',
  'sync --all --period 2026-07 --yes',
  'sync --job plant-gl --period 2026-07 --yes --json',
  'reconcile --job plant-gl --period 2026-07',
  'reconcile --job plant-gl --period 2026-07 --json',
  'replay --job plant-gl --yes',
  'trace GL',
  'status',
  'audit verify',
  'audit show --totals',
  'help pull',
  'pull --no-such-flag',
]
/** They take 2 s. */
const LONGEST_MS = 120_000
/** Done, a usage error as some of them are meant to be, and variances, which the demo plants. */
const EXPECTED = [0, 2, 3]

const root = join(import.meta.dirname, '..')
const bin = join(root, 'bin', 'mlc.js')
const dist = join(root, 'dist')
const home = mkdtempSync(join(tmpdir(), 'mlc-build-'))

// V8 refuses what was compiled under other options than those of bin/mlc.js. But until all has run, nothing may be dropped again.
v8.setFlagsFromString('--semi-space-growth-factor=1')
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--interrupt-budget=400000')
v8.setFlagsFromString('--no-flush-bytecode')

const scripts = new Map()
const servers = spawn(process.execPath, [bin, 'demo', '--serve'], {
  env: { ...process.env, TMPDIR: home, TEMP: home, TMP: home },
  stdio: ['ignore', 'pipe', 'ignore'],
})
const ended = once(servers, 'close')
endBySignal()
process.once('exit', () => {
  servers.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})
setTimeout(() => giveUp(`the commands have not ended in ${LONGEST_MS / 1000} s`), LONGEST_MS).unref()
try {
  Object.assign(process.env, { HOME: home, USERPROFILE: home, LOCALAPPDATA: home, MLC_STORE: 'none' })
  Object.assign(process.env, await variablesOf(servers))
  process.setMaxListeners(0)
  for (const command of COMMANDS) await run(command)
  v8.setFlagsFromString('--flush-bytecode')
  for (const [path, { source, script }] of scripts) keep(`${path}.cache`, source, script.createCachedData())
} catch (error) {
  // Left alone it would be one more crash of mlc, told as mlc tells them.
  giveUp(error.message)
}
servers.kill()
await ended
process.exitCode = 0

function endBySignal() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.removeAllListeners(signal).once(signal, () => process.exit(1))
}

function giveUp(why) {
  writeSync(2, why)
  process.exit(1)
}

/** What `mlc demo --serve` prints for a shell, once its servers are up. */
async function variablesOf({ stdout }) {
  const variables = {}
  for await (const line of createInterface({ input: stdout })) {
    const [, name, value] = /^(?:export |\$env:)(\w+) ?= ?'(.*)'$/.exec(line) ?? []
    if (name !== undefined) variables[name] = value
    if (name === 'MLC_LOOK') return variables
  }
  throw new Error('mlc demo --serve ended')
}

/** As a process of its own would run it: every part of the program begins anew. */
async function run(command) {
  process.argv = [process.execPath, bin, ...command.split(' ')]
  process.setUncaughtExceptionCaptureCallback(null)
  const loaded = new Map()
  const load = (name) => {
    if (!name.startsWith('./')) return process.getBuiltinModule(name)
    if (loaded.has(name)) return loaded.get(name)
    const path = join(dist, name)
    const exports = {}
    loaded.set(name, exports)
    compiled(name, path).script.runInThisContext()(exports, load, pathToFileURL(path).href)
    return exports
  }
  const started = load('./mlc.cjs').start()
  // It has silenced what listened before, and would by itself stop only its own command.
  endBySignal()
  await started
  // Without servers to talk to, little of the program runs.
  if (!EXPECTED.includes(process.exitCode)) throw new Error(`mlc ${command} ended with ${process.exitCode}`)
  process.exitCode = 0
}

/** The same script for every command: V8 compiles each of its functions once. */
function compiled(name, path) {
  if (scripts.has(path)) return scripts.get(path)
  const source = readFileSync(path)
  const compiled = { source, script: new vm.Script(source.latin1Slice(), { filename: `dist${name.slice(1)}` }) }
  scripts.set(path, compiled)
  return compiled
}

/** Begins with the sum that tells whether it is whole, and of this very script, Node.js and kind of machine. */
function keep(path, source, code) {
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(crc32(code, crc32(source, crc32(`${process.version} ${process.platform} ${process.arch}`))))
  writeFileSync(`${path}.part`, Buffer.concat([sum, code]))
  renameSync(`${path}.part`, path)
}
