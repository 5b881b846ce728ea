import { appendFileSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LookerCalls } from '../context.js'
import type { Http, HttpRequest } from '../http/http.js'
import { isQueryCall } from '../looker/quota.js'
import { isoTime, type Clock } from '../model/clock.js'

export interface CallBookNeeds {
  readonly clock: Clock
  readonly baseUrl: string
  readonly state: () => Promise<string>
  /** Calls of a month that the edition of this Looker includes, as mlc.yaml says; null: it does not. */
  readonly budget: number | null
}

interface CountNeeds extends CallBookNeeds {
  /** Called once, when the calls come near the budget. */
  readonly warn: (text: string) => void
}

/**
 * An HTTP door that counts the query calls of a Looker as they leave, in the state folder: a file for each Looker and calendar
 * month (UTC), one byte a call. Appending needs no lock, and what is appended survives a kill. A count is never a reason to
 * fail: where the folder cannot be written, nothing is counted.
 */
export function countingCalls(http: Http, { clock, baseUrl, state, budget, warn }: CountNeeds): Http {
  let folder: Promise<string | null> | null = null
  let isSaid = false
  const count = async ({ url }: HttpRequest) => {
    if (!isQueryCall(new URL(url).pathname.replace(/^.*?\/api\/4\.0/, ''))) return
    const found = await (folder ??= state().catch(() => null))
    if (found === null) return
    const file = fileOf(found, baseUrl, monthOf(clock))
    const calls = append(file)
    if (budget === null || isSaid || calls < NEAR * budget) return
    isSaid = true
    warn(nearBudget(calls, budget))
  }
  return {
    send: (request) => count(request).then(() => http.send(request)),
    open: (request) => count(request).then(() => http.open(request)),
    close: () => http.close(),
  }
}

/** What was sent to this Looker in the current month, by every mlc with this state folder. */
export async function callsThisMonth({ clock, baseUrl, state, budget }: CallBookNeeds): Promise<LookerCalls> {
  const month = monthOf(clock)
  const calls = sizeOf(fileOf(await state(), baseUrl, month))
  return { instance: new URL(baseUrl).host, month, calls, ...(budget === null ? {} : { budget }) }
}

/** The part of a budget that is used when it is time to say so. */
const NEAR = 0.8

function nearBudget(calls: number, budget: number): string {
  return `${calls} query calls were sent to Looker this month (UTC), and looker.callsPerMonth is ${budget}; mlc pull --estimate tells what a pull costs`
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** @returns how many there are now; 0 where that cannot be told */
function append(file: string): number {
  try {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 })
    appendFileSync(file, '.', { mode: 0o600 })
    return sizeOf(file)
  } catch {
    // See above.
    return 0
  }
}

function fileOf(folder: string, baseUrl: string, month: string): string {
  // A colon is not for file names everywhere.
  return join(folder, 'looker-calls', `${new URL(baseUrl).host.replace(':', '_')}.${month}`)
}

function monthOf(clock: Clock): string {
  return isoTime(clock).slice(0, 7)
}
