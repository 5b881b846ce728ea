import { unbroken, type Breakage } from './broken.js'
import { createSimLooker, type SimLooker } from './figures.js'
import { createHost, type Ending, type Host } from './host.js'
import { unmountAll } from './mount.js'
import { createSimNet, NET_FAULTS, type SimNet } from './net.js'
import { judge, type Fault, type Final } from './oracle.js'
import { createSimQad, type SimQad } from './qad.js'
import { chanceOf, type Chance } from './random.js'
import type { Tally } from './tally.js'
import { mannersOf, type Level, type Manners } from './tenant.js'
import { createTimeline, type Timeline } from './timeline.js'

/** What one seed came to. */
export interface Outcome {
  readonly seed: number
  /** Empty for a good world. */
  readonly faults: readonly Fault[]
  readonly hash: number
  readonly steps: number
  readonly virtualMs: number
  readonly level: Level
  readonly rows: number
  readonly runs: number
}

export interface World {
  readonly timeline: Timeline
  readonly qad: SimQad
  readonly looker: SimLooker
  readonly net: SimNet
  readonly manners: Manners
  readonly hosts: readonly Host[]
  readonly chance: Chance
  readonly tally: Tally
  readonly weather: Weather
  readonly breakage: Breakage
}

/** What is switched on in this seed. */
interface Weather {
  readonly crashes: boolean
  readonly signals: boolean
  readonly clockJumps: boolean
  readonly restatements: boolean
  readonly periodLocks: boolean
  readonly sessionsEnd: boolean
  readonly lineErrors: boolean
  readonly diskTrouble: number
  readonly netTrouble: number
  readonly lookerTrouble: number
  readonly hurry: boolean
}

const HOSTS = { A: [1, 2, 2, 3], B: [1, 1, 1, 2], C: [1] } as const
const MOST_STEPS = 60_000
/** No process may take longer, whatever happens to it: the longest waits are those that QAD itself asks for (Retry-After). */
const LONGEST_RUN_MS = 60 * 60_000
/** Plain reruns after the last fault within which everything must be settled. */
const RERUNS = 2

export async function simulate(
  seed: number,
  tally: Tally,
  breakage = unbroken,
  tell: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const world = createWorld(seed, tally, breakage, tell)
  const { timeline, qad, manners } = world
  const endings: Ending[] = []
  const finals: Final[] = []
  const faults = [...(await storm(world, endings)), ...(await calm(world, endings, finals))]
  if (faults.length === 0) faults.push(...(await judge({ ...world, finals }).catch(unreadable)))
  for (const fault of faults) timeline.note(`FAULT ${fault.kind}: ${fault.message}`)
  for (const { key, amount, storedAt } of qad.rows) timeline.note(`row ${key} ${amount} ${storedAt}`)
  unmountAll()
  const { hash, steps } = timeline
  return {
    seed,
    faults,
    hash,
    steps,
    virtualMs: timeline.now(),
    level: manners.level,
    rows: qad.rows.length,
    runs: endings.length,
  }
}

/** An audit that cannot even be read. */
function unreadable(error: unknown): Fault[] {
  return [{ kind: 'audit', message: String(error) }]
}

function createWorld(seed: number, tally: Tally, breakage: Breakage, tell: ((line: string) => void) | null): World {
  const chance = chanceOf(seed)
  const timeline = createTimeline(MOST_STEPS, tell)
  const level = breakage.level ?? chance.pick(['A', 'A', 'B', 'B', 'B', 'C'])
  const manners = mannersOf(level, chance.hit(0.5), chance)
  const weather = weatherOf(chance)
  const share = chance.pick([0.1, 0.4])
  const usual = level === 'B' ? ['late commit'] : []
  const faults = NET_FAULTS.filter(
    (fault) => chance.hit(usual.includes(fault) ? 0.6 : share) && !(level === 'C' && fault === 'twice'),
  )
  const looker = createSimLooker(chance.fork())
  const qad = createSimQad(manners, () => timeline.now(), chance.fork(), tally)
  const net = createSimNet({ timeline, qad, manners, faults, chance: chance.fork(), tally })
  const count = chance.pick(HOSTS[level])
  const names = ['h1', 'h2', 'h3'].slice(0, breakage.twoWriters ? 2 : count)
  const hosts = names.map((name) =>
    createHost(name, { timeline, net, looker, manners, chance: chance.fork(), tally, breakage }),
  )
  timeline.note(JSON.stringify({ seed, manners, weather, faults, hosts: names }))
  return { timeline, qad, looker, net, manners, hosts, chance, tally, weather, breakage }
}

function weatherOf(chance: Chance): Weather {
  const on = () => chance.hit(0.5)
  return {
    ...{
      crashes: on(),
      signals: chance.hit(0.3),
      clockJumps: chance.hit(0.3),
      restatements: on(),
      periodLocks: chance.hit(0.2),
    },
    ...{
      sessionsEnd: chance.hit(0.2),
      lineErrors: chance.hit(0.3),
      diskTrouble: chance.hit(0.3) ? chance.pick([0.01, 0.05]) : 0,
    },
    ...{
      netTrouble: chance.hit(0.85) ? chance.pick([0.03, 0.08, 0.14]) : 0,
      lookerTrouble: chance.hit(0.1) ? 0.2 : 0,
      hurry: chance.hit(0.6),
    },
  }
}

/** Faults of all kinds while every host runs a few syncs. */
async function storm(world: World, endings: Ending[]): Promise<Fault[]> {
  const { hosts, weather, net, looker, qad, manners, breakage } = world
  Object.assign(net, { trouble: weather.netTrouble })
  Object.assign(looker, { trouble: weather.lookerTrouble })
  Object.assign(qad, { moody: weather.lineErrors })
  for (const host of hosts) host.diskTrouble = weather.diskTrouble
  const atOnce = manners.level === 'A' || breakage.twoWriters
  const faults: Fault[] = []
  for (const group of atOnce ? [hosts] : hosts.map((host) => [host])) {
    faults.push(...(await stormOf(group, world, endings)))
    // Level B knows one writer: another may take over when what the first one lost can no longer arrive.
    if (!atOnce && hosts.length > 1) await pause(TAKE_OVER_MS, world)
  }
  Object.assign(net, { trouble: 0 })
  Object.assign(looker, { trouble: 0 })
  Object.assign(qad, { moody: false })
  qad.closed.clear()
  for (const host of hosts) host.diskTrouble = 0
  return faults
}

async function stormOf(hosts: readonly Host[], world: World, endings: Ending[]): Promise<Fault[]> {
  const { timeline, chance, weather, looker } = world
  const left = new Map(hosts.map((host) => [host, chance.whole(1, 3)]))
  let running = hosts.length
  const next = (host: Host): void => {
    const runs = left.get(host) ?? 0
    if (runs === 0) {
      running--
      return
    }
    left.set(host, runs - 1)
    timeline.after(gapMs(world), `${host.name} is due`, () => {
      if (weather.crashes && chance.hit(0.7)) {
        if (chance.hit(0.5)) host.dieAfter(chance.whole(1, 6), 'write steps')
        else host.dieAfter(chance.whole(1, 160), 'steps')
      }
      const ended = (ending: Ending) => {
        endings.push(ending)
        next(host)
      }
      host.start(chance.pick(looker.periods), ended, chance.hit(0.2) ? 'replay' : 'sync')
    })
  }
  for (const host of hosts) next(host)
  const troubles = disturb(hosts, world, () => running === 0)
  const faults = await watched(world, hosts, () => running === 0)
  for (const cancel of troubles) cancel()
  return faults
}

function gapMs({ chance, weather }: World): number {
  return weather.hurry || chance.hit(0.5) ? chance.whole(0, 3_000) : chance.whole(0, 150_000)
}

/** What happens to the hosts and around them at any time. Returns how to call it off. */
function disturb(hosts: readonly Host[], world: World, over: () => boolean): (() => void)[] {
  const { timeline, chance, weather, looker, qad, tally } = world
  const every = (label: string, mostMs: number, act: () => void): (() => void) => {
    let cancel: () => void = () => undefined
    const plan = () => {
      cancel = timeline.after(chance.whole(0, mostMs), label, () => {
        if (over()) return
        act()
        plan()
      })
    }
    plan()
    return () => cancel()
  }
  const some = () => chance.pick([hosts[0] ?? fail(), ...hosts.slice(1)])
  return [
    ...(weather.crashes ? [every('power fails', 400_000, () => some().crash())] : []),
    ...(weather.signals ? [every('Ctrl-C', 120_000, () => some().interrupt())] : []),
    ...(weather.clockJumps ? [every('a clock is set', 120_000, () => jump(some(), world))] : []),
    ...(weather.restatements
      ? [every('the figures change', 90_000, () => tally.count(`looker: ${looker.change()}`))]
      : []),
    ...(weather.periodLocks ? [every('a period is locked or opened', 60_000, () => lock(world))] : []),
    ...(weather.sessionsEnd
      ? [every('sessions end', 30_000, () => (tally.count('qad: sessions end'), qad.endSessions()))]
      : []),
  ]
}

const HOUR_MS = 3_600_000

function jump(host: Host, { chance, tally, timeline }: World): void {
  const ms = chance.pick([HOUR_MS, -HOUR_MS, 40 * 24 * HOUR_MS, -40 * 24 * HOUR_MS])
  tally.count(`clock: ${ms > 0 ? 'forward' : 'back'}`)
  timeline.note(`${host.name} clock ${ms}`)
  host.jumpClock(ms)
}

function lock({ qad, chance, tally, looker }: World): void {
  const period = chance.pick(looker.periods)
  if (qad.closed.delete(period)) return
  tally.count('qad: period locked')
  qad.closed.add(period)
}

/** After the last fault: plain reruns, host after host, at once. What was lost on the way may still arrive. */
async function calm(world: World, endings: Ending[], finals: Final[]): Promise<Fault[]> {
  const { hosts, looker, chance } = world
  if (chance.hit(0.5)) {
    for (const host of hosts) {
      let over = false
      const ended = (ending: Ending) => {
        endings.push(ending)
        over = true
      }
      host.start(looker.periods[0] ?? '', ended, 'replay')
      const faults = await watched(world, [host], () => over)
      if (faults.length > 0) return faults
    }
  }
  for (let rerun = 1; rerun <= RERUNS; rerun++) {
    if (rerun === RERUNS) await pause(REST_MS, world)
    for (const host of hosts) {
      for (const period of looker.periods) {
        let over = false
        host.start(period, (ending) => {
          endings.push(ending)
          if (rerun === RERUNS) finals.push({ host: host.name, period, ending })
          over = true
        })
        const faults = await watched(world, [host], () => over)
        if (faults.length > 0) return faults
      }
    }
  }
  return []
}

/** Longer than QAD may take to commit what a host lost, and its reads to show it. */
const TAKE_OVER_MS = 60_000
/** Longer than reads may lag, and than a request may come a second time. */
const REST_MS = 40_000

/** Goes on until `done`, and finds who does not come to an end. */
async function watched({ timeline }: World, hosts: readonly Host[], done: () => boolean): Promise<Fault[]> {
  let slow: Host | undefined
  const ended = await timeline.run(() => {
    slow = hosts.find(
      (host) => host.lastEnding === null && timeline.now() - host.startedAt > LONGEST_RUN_MS && isRunning(host),
    )
    return done() || slow !== undefined
  })
  if (slow) return [{ kind: 'stuck', message: `${slow.name} does not come to an end` }]
  return ended === 'done' ? [] : [{ kind: 'stuck', message: `the world is ${ended}` }]
}

function isRunning({ lastEnding, startedAt }: Host): boolean {
  return lastEnding === null && startedAt > 0
}

async function pause(ms: number, { timeline }: World): Promise<void> {
  let over = false
  timeline.after(ms, 'a pause ends', () => (over = true))
  await timeline.run(() => over)
}

function fail(): never {
  throw new Error('a world without a host')
}
