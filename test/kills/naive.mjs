import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Which text of which file of the program is replaced by what, as the build writes it. */
const FAULTS = {
  // An intent that waits in the system's memory is lost with the power.
  'no-sync': ['audit/disk.ts', 'disk.fdatasyncSync(fd)', 'void fd'],
  'no-intent': ['pipeline/post.ts', '("record.sent", entry.reference, intent, ports,', ', void (intent,'],
  // What QAD holds already is not asked.
  'no-look': ['pipeline/posted.ts', 'async function readHeld(', BLIND()],
  // A commit that comes late is not waited for.
  'no-settle': ['pipeline/posted.ts', 'await ports.clock.sleep(settleMs, ports.signal)', 'void settleMs'],
  'sends-again': ['qad/post.ts', 'result.kind === "throttled" ? 429 : 0', 'result.kind === "created" ? 0 : 429'],
  'posts-unaudited': ['audit/writer.ts', 'throw unwritable(path, error)', 'void unwritable'],
}

function BLIND() {
  return 'async function readHeld() { return { held: new Map(), proven: true } }\nasync function replaced('
}

const fault = FAULTS[process.env.MLC_TEST_NAIVE]
if (!fault) throw new Error(`there is no naive build ${process.env.MLC_TEST_NAIVE}`)

// What was compiled ahead is of the sound program: mlc sees that it does not fit, and compiles what it is handed here.
const { readFileSync } = fs
fs.readFileSync = (path, ...options) => {
  const read = readFileSync(path, ...options)
  return /\/dist\/[^/]+\.cjs$/.test(String(path)) ? Buffer.from(replaced(read.toString())) : read
}
syncBuiltinESMExports()

function replaced(source) {
  const [file, before, after] = fault
  // The build puts several files into one and says where each begins.
  const from = source.indexOf(`\n// src/${file}\n`)
  if (from === -1) return source
  const at = source.indexOf(before, from)
  const end = source.indexOf('\n// ', from + 1)
  // A control that changes nothing would pass for a harness that catches nothing.
  if (at === -1 || (end !== -1 && at > end)) throw new Error(`${file} holds no "${before}" to replace`)
  return source.slice(0, at) + after + source.slice(at + before.length)
}
