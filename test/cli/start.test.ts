import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'mlc-start-'))
const dist = join(folder, 'dist')
const COMMAND = ['help', 'MLC-C006']
const RUN = 'A flag or argument is missing'

/** V8 takes code of another kind of machine, which then breaks: the sum is over this as well. */
const MACHINE = `${process.version} ${process.platform} ${process.arch}`

beforeAll(() => install())
afterAll(() => rmSync(folder, { recursive: true }))

test('every script that a command begins with was compiled ahead, and V8 takes what was compiled', () => {
  const refused = `
    const [fs, v8, vm, zlib] = [require('fs'), require('v8'), require('vm'), require('zlib')]
    const machine = process.argv[1]
    v8.setFlagsFromString('--semi-space-growth-factor=1')
    if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--interrupt-budget=400000')
    for (const name of fs.readdirSync('.').filter((name) => name.endsWith('.cache'))) {
      const source = fs.readFileSync(name.replace(/.cache$/, ''), 'latin1')
      const kept = fs.readFileSync(name)
      const cachedData = kept.subarray(4)
      const { cachedDataRejected } = new vm.Script(source, { cachedData })
      const sum = zlib.crc32(cachedData, zlib.crc32(Buffer.from(source, 'latin1'), zlib.crc32(machine)))
      if (cachedDataRejected !== false || kept.readUInt32LE() !== sum) console.log(name)
    }`
  const { stdout, status } = spawnSync(process.execPath, ['-e', refused, MACHINE], { cwd: dist, encoding: 'utf8' })
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
  const compiled = kept().map((name) => name.replace(/-.*|\.cjs.*/, ''))
  for (const name of ['mlc', 'main', 'pull', 'map', 'push', 'sync', 'reconcile', 'replay', 'status', 'doctor'])
    expect(compiled).toContain(name)
})

test.each<[string, (bytes: Buffer) => Buffer | null]>([
  ['missing', () => null],
  ['empty', () => Buffer.alloc(0)],
  ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['damaged', (bytes) => Buffer.from(bytes.map((byte, at) => (at % 97 === 5 ? byte ^ 0xff : byte)))],
  ['of another script', () => readFileSync(join(ROOT, 'dist', 'mlc.cjs.cache'))],
  ['of another version of V8', ofAnotherVersion],
])('mlc runs all the same where what was compiled ahead is %s', (_, change) => {
  install()
  for (const name of kept()) {
    const path = join(dist, name)
    const changed = change(readFileSync(path))
    const sum = changed && change === ofAnotherVersion ? sumOver(changed, path) : changed
    rmSync(path)
    if (sum) writeFileSync(path, sum)
  }
  const before = readdirSync(dist)
  expect(started()).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining(RUN) as string })
  expect(readdirSync(dist)).toEqual(before)
})

test('a script that was changed since, even to one of the same length, runs as it stands', () => {
  install()
  const name = readdirSync(dist).find((file) => file.endsWith('.cjs') && read(file).includes(RUN))
  if (name === undefined) throw new Error(`no script holds "${RUN}"`)
  const changed = RUN.replace('argument', 'agrument')
  writeFileSync(join(dist, name), read(name).replaceAll(RUN, changed))
  expect(started()).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining(changed) as string })
})

test('what was compiled ahead names no folder of the machine that built it: a stack would show it', () => {
  install()
  expect(kept().filter((name) => read(name).includes(join(ROOT, 'dist')))).toEqual([])
})

test.each(['mlc', 'main', 'help'])('an installation without a part of mlc says so: %s', (part) => {
  install()
  const names = readdirSync(dist).filter((name) => name.startsWith(part) && name.endsWith('.cjs'))
  for (const name of names) rmSync(join(dist, name))
  const { status, stderr } = started()
  expect(stderr).toMatch(
    new RegExp(`mlc is not whole: .*dist.${part}.* cannot be read .ENOENT.; install or build it again`),
  )
  expect(status).toBe(1)
})

/** Under other options V8 refuses what was compiled ahead. */
test('mlc runs all the same under options of Node.js that it was not compiled under', () => {
  install()
  expect(started(['--max-lazy'])).toMatchObject({ status: 0, stdout: expect.stringContaining(RUN) as string })
})

function install(): void {
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, force: true })
}

function kept(): string[] {
  return readdirSync(dist).filter((name) => name.endsWith('.cjs.cache'))
}

function read(name: string): string {
  return readFileSync(join(dist, name), 'latin1')
}

/** V8 keeps a number of its version after the number of the format. */
function ofAnotherVersion(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeUInt32LE(changed.readUInt32LE(8) ^ 0xff, 8)
  return changed
}

function sumOver(bytes: Buffer, path: string): Buffer {
  const source = readFileSync(path.replace(/\.cache$/, ''))
  bytes.writeUInt32LE(crc32(bytes.subarray(4), crc32(source, crc32(MACHINE))))
  return bytes
}

function started(options: readonly string[] = []) {
  const command = [...options, join(folder, 'bin', 'mlc.js'), ...COMMAND]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env: {} })
  return { status, stdout, stderr }
}
