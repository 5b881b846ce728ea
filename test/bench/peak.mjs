import { appendFileSync, readFileSync } from 'node:fs'

// Loaded with --import into a measured process: leaves its peak resident memory (KiB) and CPU time (microseconds).
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const own = { maxRSS: ownPeak() ?? maxRSS, cpu: userCPUTime + systemCPUTime }
  appendFileSync(process.env['MLC_BENCH_PEAK'], `${JSON.stringify(own)}\n`)
})

/** maxRSS begins with what the process that started this one held; the system's own account of this program does not. */
function ownPeak() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) || null
  } catch {
    return null
  }
}
