#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs'

const [first, ...rest] = process.argv.slice(2)
// Answered here, before anything is loaded: scripts ask for the version often.
const isVersion = (first === '--version' || first === '-V') && rest.length === 0
if (!isVersion || !isAnswered()) await program().start()

/**
 * The program lies in dist/ as scripts, each beside what V8 compiled of it when it was built: compiling would take a third of
 * the time of a short command, and of modules V8 keeps nothing.
 */
function program() {
  const vm = process.getBuiltinModule('node:vm')
  setOptions()
  const loaded = new Map()
  const load = (name) => {
    if (!name.startsWith('./')) return process.getBuiltinModule(name)
    if (loaded.has(name)) return loaded.get(name)
    const exports = {}
    loaded.set(name, exports)
    const place = new URL(`../dist/${name}`, import.meta.url)
    const source = sourceOf(place)
    // A stack shows the name that a script was compiled under: a whole path would be one of the machine that built mlc.
    const options = { filename: `dist${name.slice(1)}`, cachedData: compiledAhead(place, source) }
    new vm.Script(source.latin1Slice(), options).runInThisContext()(exports, load, place.href)
    return exports
  }
  return load('./mlc.cjs')
}

/** Of a script that a command comes to need later, the system's own words would pass for a fault of the user's files. */
function sourceOf(place) {
  try {
    return readFileSync(place)
  } catch (cause) {
    const path = process.getBuiltinModule('node:url').fileURLToPath(place)
    throw new Error(`mlc is not whole: ${path} cannot be read (${cause.code}); install or build it again`, { cause })
  }
}

/**
 * V8 refuses what another version of V8 compiled, or this one with other options, and compiles then. But a file that is
 * damaged, of another script or from another kind of machine it would take at its word: hence the sum over all three.
 */
function compiledAhead(place, source) {
  try {
    const kept = readFileSync(new URL(`${place.href}.cache`))
    const compiled = kept.subarray(4)
    const { crc32 } = process.getBuiltinModule('node:zlib')
    const sum = crc32(compiled, crc32(source, crc32(`${process.version} ${process.platform} ${process.arch}`)))
    return kept.readUInt32LE() === sum ? compiled : undefined
  } catch {
    // Nothing of it ran when it was compiled ahead, or the build could not.
    return undefined
  }
}

/** Set before anything is loaded: what was compiled ahead counts only under the options that it was compiled under. */
function setOptions() {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  // Rows live for a moment, so a large young generation only costs memory: a pull of 1,000,000 rows peaks at 118 MB instead
  // of 150. V8 reads this factor whenever the young generation might grow.
  setFlagsFromString('--semi-space-growth-factor=1')
  // Optimizing code earlier, as V8 would by itself, takes a sixth of a pull of 5,000 rows, which ends before that pays; of
  // 1,000,000 rows none is missed. Later versions of Node.js have no such option.
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=400000')
}

/** False: stdout did not take it, and the whole program says why, or that nobody reads. */
function isAnswered() {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  try {
    writeSync(1, `${version}\n`)
    return true
  } catch {
    return false
  }
}
