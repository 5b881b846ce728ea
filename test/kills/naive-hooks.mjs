/** Which line of which file of the built program is replaced by what. */
const FAULTS = {
  // An intent that waits in the system's memory is lost with the power.
  'no-sync': ['audit/disk.js', 'disk.fdatasyncSync(fd)', 'void fd'],
  'no-intent': ['pipeline/post.js', "await record('record.sent', reference, intent, ports,", 'void (intent,'],
  // What QAD holds already is not asked.
  'no-look': ['pipeline/posted.js', 'export async function readHeld(', BLIND()],
  // A commit that comes late is not waited for.
  'no-settle': ['pipeline/posted.js', 'await ports.clock.sleep(settleMs, ports.signal)', 'void settleMs'],
  'sends-again': ['qad/post.js', "result.kind === 'throttled' ? 429 : 0", "result.kind === 'created' ? 0 : 429"],
  'posts-unaudited': ['audit/writer.js', 'throw unwritable(path, error)', 'void unwritable'],
}

function BLIND() {
  return 'export async function readHeld() { return { held: new Map(), proven: true } }\nasync function replaced('
}

let fault

export function initialize(name) {
  fault = FAULTS[name]
  if (!fault) throw new Error(`there is no naive build ${name}`)
}

export async function load(url, context, next) {
  const loaded = await next(url, context)
  const [file, before, after] = fault
  if (!url.endsWith(`/dist/${file}`)) return loaded
  const source = String(loaded.source)
  // A control that changes nothing would pass for a harness that catches nothing.
  if (!source.includes(before)) throw new Error(`${file} holds no "${before}" to replace`)
  return { ...loaded, source: source.replace(before, after) }
}
