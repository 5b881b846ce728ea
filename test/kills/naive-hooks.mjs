/** Which text of which file of the program is replaced by what, as the build writes it. */
const FAULTS = {
  // An intent that waits in the system's memory is lost with the power.
  'no-sync': ['audit/disk.ts', 'disk.fdatasyncSync(fd)', 'void fd'],
  'no-intent': ['pipeline/post.ts', 'await record("record.sent", reference, intent, ports,', 'void (intent,'],
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

let fault

export function initialize(name) {
  fault = FAULTS[name]
  if (!fault) throw new Error(`there is no naive build ${name}`)
}

export async function load(url, context, next) {
  const loaded = await next(url, context)
  const [file, before, after] = fault
  if (!url.includes('/dist/')) return loaded
  const source = String(loaded.source)
  // The build puts several files into one and says where each begins.
  const from = source.indexOf(`\n// src/${file}\n`)
  if (from === -1) return loaded
  const at = source.indexOf(before, from)
  const end = source.indexOf('\n// ', from + 1)
  // A control that changes nothing would pass for a harness that catches nothing.
  if (at === -1 || (end !== -1 && at > end)) throw new Error(`${file} holds no "${before}" to replace`)
  return { ...loaded, source: source.slice(0, at) + after + source.slice(at + before.length) }
}
