import { sharedDepartures } from '../../src/composition/departures.ts'

// Books departures in the file that all processes share; prints how many milliseconds each took, as JSON.
const clock = { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }
const host = { env: process.env, platform: process.platform }
const departures = sharedDepartures({ host, clock, baseUrl: 'http://127.0.0.1:9', key: async () => 'bench' })
const times = []
for (let n = 0; n < 200; n++) {
  const began = performance.now()
  await departures.update((before) => [...before, clock.now()].slice(-60))
  times.push(performance.now() - began)
  await clock.sleep(5)
}
process.stdout.write(JSON.stringify(times))
