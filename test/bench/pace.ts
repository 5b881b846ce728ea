import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createPace, type Departures, type Pace } from '../../src/looker/pace.js'
import { virtualClock } from '../looker/virtual-clock.js'
import { median, type Say } from './programs.js'

const LIMIT = 60
const MINUTE_MS = 60_000
const WORKERS = 8
/** How long Looker takes to answer. */
const ANSWER_MS = 800

/** Rows R3 to R6: how much of what the limit allows is used, and what it costs to agree on it. */
export async function pacing(folder: string, say: Say): Promise<void> {
  for (const [requests, aim] of [
    [600, 0.975],
    [2_000, 0.99],
  ] as const) {
    const { share, refused } = await simulate(1, requests, slidingServer())
    const found = `${percent(share)} of the bound, ${refused} answers 429`
    say(`R3 pace of ${requests} requests`, found, `>= ${percent(aim)}, none`, share >= aim && refused === 0)
  }
  const burst = await simulate(1, 600, bucketServer(10))
  const found = `${percent(burst.share)} of the bound, ${burst.refused} answers 429`
  say(
    'R4 the same where only 10 may come at once',
    found,
    `>= 96 %, <= ${WORKERS}`,
    burst.share >= 0.96 && burst.refused <= WORKERS,
  )
  for (const processes of [2, 4, 8]) {
    const { share, refused } = await simulate(processes, 600, slidingServer())
    const text = `${percent(share)} of the bound, ${refused} answers 429`
    say(`R5 the same by ${processes} processes`, text, '>= 97 %, none', share >= 0.97 && refused === 0)
  }
  const times = (await Promise.all(Array.from({ length: 4 }, () => bookingTimes(folder)))).flat()
  say('R6 booking a departure, 4 processes', `${median(times).toFixed(2)} ms`, '<= 1 ms', median(times) <= 1)
}

interface Server {
  /** True when the request is let in. */
  lets(now: number): boolean
  /** The shortest time in which so many can be let in. */
  boundMs(requests: number): number
}

/** No sixty seconds hold more than the limit. */
function slidingServer(): Server {
  const times: number[] = []
  return {
    boundMs: (requests) => MINUTE_MS * Math.floor((requests - 1) / LIMIT),
    lets(now) {
      if ((times[times.length - LIMIT] ?? -Infinity) > now - MINUTE_MS) return false
      times.push(now)
      return true
    },
  }
}

/** One a second, and so many that may be saved up. */
function bucketServer(size: number): Server {
  let [tokens, at] = [size, 0]
  return {
    boundMs: (requests) => ((requests - size) * MINUTE_MS) / LIMIT,
    lets(now) {
      tokens = Math.min(size, tokens + ((now - at) * LIMIT) / MINUTE_MS)
      at = now
      if (tokens < 1) return false
      tokens--
      return true
    },
  }
}

/** So many requests in virtual time, by workers of one or more processes that share their departures. */
async function simulate(processes: number, requests: number, server: Server) {
  const clock = virtualClock()
  let times: readonly number[] = []
  const departures: Departures = { update: (change) => Promise.resolve(void (times = change(times))) }
  let [left, refused, last] = [requests, 0, 0]
  const work = async (pace: Pace): Promise<void> => {
    while (left > 0) {
      left--
      for (;;) {
        await pace.turn()
        last = clock.now()
        const isIn = server.lets(last)
        if (!isIn) pace.refused()
        await clock.sleep(isIn ? ANSWER_MS : 1_000)
        if (isIn) break
        refused++
      }
    }
  }
  for (let process = 0; process < processes; process++) {
    const pace = createPace(LIMIT, clock, departures)
    for (let worker = 0; worker < WORKERS; worker++) void work(pace)
  }
  await clock.run()
  const boundMs = server.boundMs(requests)
  return { share: boundMs / last, refused }
}

/** Milliseconds that a real process needs for each of its bookings, beside three others. */
async function bookingTimes(folder: string): Promise<number[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'booking.mjs')], {
    env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  return JSON.parse(text) as number[]
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
