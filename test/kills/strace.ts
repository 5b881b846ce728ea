import { spawnSync } from 'node:child_process'

/** The file calls that can leave something behind on the disk. */
export const FILE_CALLS = [
  'openat',
  'write',
  'writev',
  'pwrite64',
  'fdatasync',
  'fsync',
  'rename',
  'unlink',
  'ftruncate',
  'truncate',
  'close',
  'mkdir',
  'chmod',
  'fchmod',
] as const

/** One call of a traced run, at the moment it was made. */
export interface TracedCall {
  readonly thread: string
  readonly name: string
  /** From 1: the how-manieth of that name in its thread. */
  readonly nth: number
  /** Its arguments; descriptors carry the path or the socket they stand for. */
  readonly text: string
}

/** Why no call can be injected here; null when it can. Some containers forbid tracing. */
export function whyNoStrace(): string | null {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (error) return 'strace is not installed'
  return status === 0 ? null : `strace does not work here: ${stderr.trim().split('\n')[0]}`
}

/** Runs a command and writes its calls, with whole strings, to `output`. */
export function tracing(output: string, calls: readonly string[], stringBytes = 300): string[] {
  return ['strace', '-f', '-y', '-qq', '-s', `${stringBytes}`, '-o', output, '-e', `trace=${calls.join(',')}`]
}

/** Runs a command and lets the n-th call of a name (of each thread) end as told: `signal=SIGKILL`, `error=EIO`, `retval=7`. */
export function injecting(name: string, what: string, when: string, output = '/dev/null'): string[] {
  return ['strace', '-f', '-qq', '-o', output, '-e', `trace=${name}`, '-e', `inject=${name}:${what}:when=${when}`]
}

/** The calls of a trace, in the order they were made. */
export function readTrace(text: string): TracedCall[] {
  const counts = new Map<string, number>()
  const calls: TracedCall[] = []
  for (const line of text.split('\n')) {
    const found = /^(\d+) +(\w+)\((.*)/.exec(line)
    if (!found) continue
    const [, thread = '', name = '', rest = ''] = found
    const nth = (counts.get(`${thread} ${name}`) ?? 0) + 1
    counts.set(`${thread} ${name}`, nth)
    calls.push({ thread, name, nth, text: rest })
  }
  return calls
}

/**
 * The calls on a folder that `when=n` strikes exactly: each thread counts for itself, so a call is out of reach when
 * another thread makes its n-th call of that name earlier.
 */
export function strikable(calls: readonly TracedCall[], folder: string): { hit: TracedCall[]; shadowed: number } {
  const reached = new Set<string>()
  const hit: TracedCall[] = []
  let shadowed = 0
  for (const call of calls) {
    const count = `${call.name} ${call.nth}`
    const isOurs =
      call.text.includes(`${folder}/`) || call.text.includes(`${folder}"`) || call.text.includes(`${folder}>`)
    if (isOurs && reached.has(count)) shadowed++
    else if (isOurs) hit.push(call)
    reached.add(count)
  }
  return { hit, shadowed }
}
