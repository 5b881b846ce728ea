import { appendFileSync } from 'node:fs'

// Loaded with --import into a measured process: leaves its peak resident memory (KiB) and CPU time (microseconds).
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  appendFileSync(process.env['MLC_BENCH_PEAK'], `${JSON.stringify({ maxRSS, cpu: userCPUTime + systemCPUTime })}\n`)
})
