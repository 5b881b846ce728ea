import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(root, '.build-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => process.exit(128 + constants.signals[signal]))

// Not the folder itself: nobody else may read that.
const dist = join(folder, 'dist')
mkdirSync(dist)
await buildProgram()
await buildParts()
takePlace(join(root, 'dist'))
await compileAhead()

/**
 * The program in few files, packages included: a command reads a tenth of the files that it would read module by module, and
 * starts in half the time. A command's own part, and what few commands need, stays in files of its own. Scripts, not modules:
 * bin/mlc.js says why, and runs them.
 */
async function buildProgram() {
  const program = await rolldown({
    cwd: root,
    platform: 'node',
    input: { mlc: 'src/start.ts' },
    transform: { define: { 'import.meta.url': 'SCRIPT_URL' } },
  })
  await program.write({
    dir: dist,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    // Each file of src/ says where it begins: for whoever reads a stack.
    chunkFileNames: '[name]-[hash].cjs',
    comments: { legal: true, annotation: false, jsdoc: false },
  })
  await program.close()
  for (const name of readdirSync(dist)) {
    const path = join(dist, name)
    writeFileSync(path, script(readFileSync(path, 'utf8')))
  }
}

/** Plain ASCII is read several times as fast as UTF-8, and takes half the memory. No String.raw of the program holds other. */
function script(code) {
  const ascii = code.replace(/[^\n\t -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `(function (exports, require, SCRIPT_URL) { 'use strict'\n${ascii}\n})\n`
}

/** What others than bin/mlc.js start or import, as modules. */
async function buildParts() {
  const parts = await rolldown({
    cwd: root,
    platform: 'node',
    input: {
      // Started as a process of its own.
      'keychain-child': 'src/secrets/keychain-child.ts',
      // Called on its own by its tests, with a real keychain.
      keychain: 'src/secrets/keychain.ts',
      // The examples serve data of their own.
      'sandbox/company/company': 'src/sandbox/company/company.ts',
      'sandbox/looker/sandbox': 'src/sandbox/looker/sandbox.ts',
      'sandbox/qad/sandbox': 'src/sandbox/qad/sandbox.ts',
      'sandbox/serve': 'src/sandbox/serve.ts',
    },
    // Its binary lies beside it.
    external: /^@napi-rs\//,
  })
  await parts.write({ dir: dist, format: 'esm', chunkFileNames: '[name]-[hash].js' })
  await parts.close()
}

/** At once: mlc may run meanwhile, a build may be stopped, or another run beside it. Half a program could be run. */
function takePlace(place) {
  for (let tries = 1; ; tries++) {
    try {
      setAside(place, join(folder, `before-${tries}`))
      return renameSync(dist, place)
    } catch (error) {
      // Another build was faster.
      if (tries === 9) throw error
    }
  }
}

function setAside(place, elsewhere) {
  try {
    renameSync(place, elsewhere)
  } catch {
    // There is none, or it is from a lower layer of a container's image, which cannot be renamed.
    rmSync(place, { recursive: true, force: true })
  }
}

/** Without what is compiled ahead mlc runs as well, only slower. */
async function compileAhead() {
  const command = [join(import.meta.dirname, 'compile.js')]
  // Neither the proxy nor the settings of whoever builds.
  const { PATH, SystemRoot, TMPDIR, TEMP, TMP } = process.env
  const env = { PATH, SystemRoot, TMPDIR, TEMP, TMP }
  const compiling = spawn(process.execPath, command, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  process.once('exit', () => compiling.kill())
  const [stderr, [status]] = await Promise.all([text(compiling.stderr), once(compiling, 'close')])
  if (status !== 0) process.stderr.write(`mlc is built, but not compiled ahead, and so starts slower: ${stderr}\n`)
}
